import type { PolicyEvaluation, PolicyType } from '../../ports/policy-engine.ts';
import type { Ports } from '../../ports/ports.ts';
import { sha256 } from '../../shared/text.ts';
import { inputKey, sampleKey, type Evaluation, type Subject, type Verdict } from '../evaluation.ts';
import { insertEvaluations } from '../evaluation-store.ts';
import { inputText } from '../input-text.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { messagesOf, outcomeOf } from '../outcome.ts';
import { sourceOf, type Policy, type PolicyWithBody } from '../policy.ts';
import { sampleText } from '../sample-text.ts';
import { loadBodies } from './load-body.ts';
import { tellFaults } from './tell-faults.ts';

export type EvaluateNeeds = Pick<Ports, 'db' | 'queue' | 'objects' | 'policyEngine' | 'clock' | 'ids' | 'settings' | 'telemetry'>;

export interface EvaluateOptions {
  readonly deadlineMs?: number;
}

/** What a row can hold beside its other columns; a larger result becomes an object. */
const MAX_RESULT_IN_ROW = 24 * 1024;
const MAX_MESSAGES_IN_ROW = 16 * 1024;

/**
 * Asks policies of one type about one input and keeps the evidence: a row for each, the input for replays, a sample where one is
 * asked for or the policy failed. It never throws for what a policy does; a fault is a verdict, and is told to the administrators.
 */
export async function evaluatePolicies<T extends PolicyType>(ports: EvaluateNeeds, type: T, policies: readonly Policy[], input: string, subject: Subject, options: EvaluateOptions = {}): Promise<readonly Verdict<T>[]> {
  if (policies.length === 0) return [];
  const [verdicts = []] = await evaluateMany(ports, type, [{ policies, input, subject }], options);
  return verdicts;
}

/** One policy about one document. */
export async function evaluatePolicy<T extends PolicyType = PolicyType>(ports: EvaluateNeeds, policy: Policy & { readonly type: T }, input: unknown, options: EvaluateOptions & { readonly subject?: Subject } = {}): Promise<Verdict<T>> {
  const [verdict] = await evaluatePolicies(ports, policy.type, [policy], inputText(input), options.subject ?? {}, options);
  if (verdict === undefined) throw new Error('one policy has one verdict');
  return verdict;
}

export interface Question {
  readonly policies: readonly Policy[];
  readonly input: string;
  readonly subject: Subject;
}

/**
 * Many questions in few evaluations: inputs that the same policies are asked about go to the engine together, and each policy's text is
 * read once. The verdicts come in the order of the questions.
 */
export async function evaluateMany<T extends PolicyType>(ports: EvaluateNeeds, type: T, questions: readonly Question[], options: EvaluateOptions = {}): Promise<readonly (readonly Verdict<T>[])[]> {
  const limits = ports.settings.policyLimits ?? DEFAULT_LIMITS;
  const deadlineMs = Math.min(options.deadlineMs ?? limits.deadlineMs[type], limits.combinedMs);
  const answers: (readonly Verdict<T>[])[] = questions.map(() => []);
  const groups = Map.groupBy(questions.map((question, index) => ({ ...question, index })), ({ policies }) => policies.map(({ ulid, version }) => `${ulid}.${version}`).join(' '));
  await Promise.all([...groups.values()].map(async (group) => {
    const policies = await loadBodies(ports, group[0]?.policies ?? []);
    const at = ports.clock.now();
    const rows = policies.length === 0 ? [] : await ports.policyEngine.evaluate(type, policies.map(sourceOf), group.map(({ input }) => input), { deadlineMs });
    const durationMs = ports.clock.now().getTime() - at.getTime();
    const failed = new Set<string>();
    for (const [place, { index, input, subject }] of group.entries()) {
      const verdicts = policies.map((policy, row): Verdict<T> => verdictOf(ports.ids.ulid(), type, policy, rows[row]?.[place]));
      answers[index] = verdicts;
      // An access policy that fails may do so for every stack on a page: once says it.
      const told = type === 'ACCESS' ? verdicts.filter(({ policy, fault }) => fault === null || !failed.has(policy.ulid)) : verdicts;
      for (const { policy, fault } of told) if (fault !== null) failed.add(policy.ulid);
      await keep(ports, type, { input, subject, durationMs, at }, policies, told);
      await tellFaults(ports, told, subject);
    }
  }));
  return answers;
}

function verdictOf<T extends PolicyType>(evaluationId: string, type: T, policy: Policy, evaluation: PolicyEvaluation<T> | undefined): Verdict<T> {
  const decision = evaluation?.decision ?? null;
  const fault = decision === null ? (evaluation?.error ?? { kind: 'internal' as const, message: 'the policy engine did not answer' }) : null;
  return { evaluationId, policy, decision, fault, malformed: decision === null ? [] : (evaluation as { readonly malformed: readonly string[] }).malformed, outcome: outcomeOf(type, decision), messages: messagesOf(type, decision) };
}

interface Occasion {
  readonly input: string;
  readonly subject: Subject;
  readonly durationMs: number;
  readonly at: Date;
}

async function keep<T extends PolicyType>(ports: EvaluateNeeds, type: T, occasion: Occasion, policies: readonly PolicyWithBody[], verdicts: readonly Verdict<T>[]): Promise<void> {
  const inputSha256 = sha256(occasion.input);
  const kept: Evaluation[] = [];
  const objects: Promise<void>[] = [];
  for (const verdict of verdicts) {
    const policy = policies.find(({ ulid }) => ulid === verdict.policy.ulid) as PolicyWithBody;
    const sampled = verdict.decision === null || verdict.decision.sample;
    // Who asks for access is not kept unless the policy asks for it: there are as many questions as stacks on a page.
    if (type === 'ACCESS' && !sampled) continue;
    const key = sampled ? sampleKey(occasion.at, ports.ids.random(4).readUInt32BE(), type, policy.ulid, verdict.outcome) : null;
    if (key !== null) objects.push(ports.objects.put('policy-inputs', key, Buffer.from(sampleOf(policy, verdict, occasion), 'utf8')));
    const inputKept = policy.keepsInputs && type !== 'ACCESS' && (type !== 'LOGIN' || sampled);
    const result = JSON.stringify(verdict.decision ?? {});
    const resultKey = Buffer.byteLength(result) > MAX_RESULT_IN_ROW ? `receipts/${verdict.evaluationId}` : null;
    if (resultKey !== null) objects.push(ports.objects.put('documents', resultKey, Buffer.from(result, 'utf8')));
    kept.push({
      id: verdict.evaluationId, policyId: policy.id, policyUlid: policy.ulid, policyName: policy.name, type, engineType: policy.engineType,
      outcome: verdict.outcome, messages: cut(verdict.messages), flags: cut(flagsOf(verdict)), result: resultKey === null ? (verdict.decision ?? {}) : null, resultKey,
      error: verdict.fault === null ? null : `${verdict.fault.kind}: ${verdict.fault.message}`.slice(0, 4000).toWellFormed(), bodySha256: sha256(policy.body), inputSha256, inputKept, sampleKey: key,
      runId: occasion.subject.runId ?? null, stateVersion: occasion.subject.stateVersion ?? null, stackId: occasion.subject.stackId ?? null, repository: occasion.subject.repository ?? null,
      branch: occasion.subject.branch ?? null, pullRequestId: occasion.subject.pullRequestId ?? null, durationMs: occasion.durationMs, createdAt: occasion.at,
    });
  }
  if (kept.some(({ inputKept }) => inputKept)) objects.push(ports.objects.put('policy-inputs', inputKey(inputSha256), Buffer.from(occasion.input, 'utf8')));
  await Promise.all(objects);
  await insertEvaluations(ports.db.sql, kept);
}

const flagsOf = (verdict: Verdict<PolicyType>): readonly string[] => (verdict.decision !== null && 'flag' in verdict.decision ? verdict.decision.flag : []);

/** As many texts as a row takes; all of them are in the result. */
function cut(texts: readonly string[]): readonly string[] {
  let left = MAX_MESSAGES_IN_ROW;
  return texts.flatMap((text) => {
    const part = text.slice(0, left).toWellFormed();
    left -= part.length;
    return part === '' ? [] : [part];
  });
}

function sampleOf<T extends PolicyType>(policy: PolicyWithBody, { decision, fault, outcome }: Verdict<T>, { input, subject, at }: Occasion): string {
  const facts = {
    body: policy.body, results: decision, outcome, error: fault === null ? null : `${fault.kind}: ${fault.message}`, policyId: policy.id, engineType: policy.engineType, timestamp: Math.floor(at.getTime() / 1000),
    stack: subject.stackId ?? null, repository: subject.repository ?? null, branch: subject.branch ?? null, pullRequestId: subject.pullRequestId ?? null,
  };
  return sampleText(input, facts);
}
