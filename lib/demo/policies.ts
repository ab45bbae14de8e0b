import type { Api } from './api.ts';
import { say } from './report.ts';

/** Warns, so that a run that would deploy by itself waits for a person as well. */
const WIDE_CHANGES = `package spacelift

warn contains sprintf("%d resources would change at once", [n]) if {
  n := count(affected_resources)
  n > 1
}
`;

/** Nobody applies what nobody else looked at. */
const ONE_REVIEW = `package spacelift

approve if input.run.state != "UNCONFIRMED"
approve if count(input.reviews.current.approvals) > 0
reject if count(input.reviews.current.rejections) > 0
`;

/** What the plan policy would say if it were stricter. */
const STRICTER = `package spacelift

deny contains "one server at a time" if count(updated_resources) > 1
`;

const PLAN_POLICY = 'wide-changes';
const DONE_WITHIN_MS = 15_000;
const ENDED: ReadonlySet<string> = new Set(['FINISHED', 'FAILED']);

/** A plan policy and an approval policy, attached to the stack. */
export async function addPolicies(api: Api, stack: string): Promise<void> {
  for (const [name, type, body] of [[PLAN_POLICY, 'PLAN', WIDE_CHANGES], ['one-review', 'APPROVAL', ONE_REVIEW]] as const) {
    const { policyCreatev2 } = await api.query<{ policyCreatev2: { id: string } }>('mutation ($input: PolicyCreateInput!) { policyCreatev2(input: $input) { id } }', { input: { name, type, body, engineType: 'REGO_V1' } });
    await api.query('mutation ($id: ID!, $stack: ID!) { policyAttach(id: $id, stack: $stack) { id } }', { id: policyCreatev2.id, stack });
    say(`  ${type.padEnd(9)} ${policyCreatev2.id}`);
  }
}

/** Approves, and waits until the policies have heard of it. */
export async function approve(api: Api, stack: string, run: string, wait: (ms: number) => Promise<unknown>): Promise<void> {
  await api.query('mutation ($stack: ID!, $run: ID!) { runReview(stack: $stack, run: $run, decision: APPROVE, note: "looked at") { id } }', { stack, run });
  await until('the approval to count', wait, async () => {
    const answer = await api.query<{ stack: { run: { needsApproval: boolean } } }>('query ($stack: ID!, $run: ID!) { stack(id: $stack) { run(id: $run) { needsApproval } } }', { stack, run });
    return answer.stack.run.needsApproval ? undefined : true;
  });
}

async function until<T>(what: string, wait: (ms: number) => Promise<unknown>, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + DONE_WITHIN_MS;
  while (performance.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await wait(20);
  }
  throw new Error(`waited in vain for ${what}`);
}

interface Receipt {
  readonly policyName: string;
  readonly type: string;
  readonly outcome: string;
  readonly messages: readonly string[];
  readonly durationMs: number;
}

/** Each decision about a run, and the chain of causes that led to where it is. */
export async function showReasons(api: Api, stack: string, run: string): Promise<void> {
  const answer = await api.query<{ stack: { run: { policyReceipts: readonly Receipt[]; why: readonly { kind: string; text: string }[] } } }>(
    'query ($stack: ID!, $run: ID!) { stack(id: $stack) { run(id: $run) { policyReceipts { policyName type outcome messages durationMs } why { kind text } } } }',
    { stack, run },
  );
  for (const { policyName, type, outcome, messages, durationMs } of answer.stack.run.policyReceipts) {
    say(`  ${type.padEnd(9)} ${policyName.padEnd(13)} ${outcome.padEnd(10)} ${durationMs} ms${messages.length === 0 ? '' : `  ${messages.join('; ')}`}`);
  }
  say('  why:');
  for (const { kind, text } of answer.stack.run.why) say(`    ${kind.padEnd(9)} ${text}`);
}

interface Replay {
  readonly id: string;
  readonly status: string;
  readonly done: number;
  readonly total: number;
  readonly flips: readonly { readonly run: string | null; readonly old: string; readonly new: string }[];
}

/** What a stricter plan policy would have said about the plans so far, before anybody saves it. */
export async function showReplay(api: Api, wait: (ms: number) => Promise<unknown>): Promise<void> {
  const { policyReplayStart } = await api.query<{ policyReplayStart: { id: string } }>('mutation ($body: String!) { policyReplayStart(policy: "wide-changes", body: $body, engineType: REGO_V1) { id } }', { body: STRICTER });
  const replay = await until('the replay to end', wait, async () => {
    const { policyReplay } = await api.query<{ policyReplay: Replay }>('query ($id: ID!) { policyReplay(id: $id) { id status done total flips { run old new } } }', { id: policyReplayStart.id });
    return ENDED.has(policyReplay.status) ? policyReplay : undefined;
  });
  say(`  ${replay.total} plans, ${replay.flips.length} of them judged otherwise (${replay.status})`);
  for (const flip of replay.flips) say(`  run ${flip.run ?? '?'}: ${flip.old} → ${flip.new}`);
}
