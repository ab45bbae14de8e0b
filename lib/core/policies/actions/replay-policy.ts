import type { Ports } from '../../ports/ports.ts';
import { requireRootAdmin, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { invalid } from '../../shared/errors.ts';
import { inputKey, INPUT_DAYS, type Evaluation } from '../evaluation.ts';
import { countRepeatable, repeatable } from '../evaluation-store.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { outcomeOf } from '../outcome.ts';
import { refusedBody } from '../policy-input.ts';
import { policyReplayDue } from '../policy-messages.ts';
import { sourceOf, type PolicyEngineType } from '../policy.ts';
import { ERROR, EXPIRED, UNKNOWN, type Replay, type ReplayFlip } from '../replay.ts';
import { findReplay, flipsOf, insertReplay, saveProgress } from '../replay-store.ts';
import { visiblePolicy } from './read-policy.ts';

type Needs = Pick<Ports, 'db' | 'queue' | 'objects' | 'policyEngine' | 'clock' | 'ids' | 'settings'>;

const DAY_MS = 86_400_000;
/** Evaluations in one message, so that a slow body stays within a function's time. */
const PART = 10;

export interface StartReplay {
  readonly policyId: string;
  readonly body: string;
  readonly engineType: PolicyEngineType;
  /** Unix seconds; by default as far back as inputs are kept. */
  readonly since?: number | null;
}

/** Begins to evaluate a candidate body over what the policy was asked about lately. */
export async function startReplay(ports: Needs, actor: Actor, input: StartReplay): Promise<Replay> {
  requireRootAdmin(actor);
  const policy = await visiblePolicy(ports.db.sql, actor, input.policyId);
  const { errors } = await ports.policyEngine.check(policy.type, sourceOf(input));
  if (errors.length > 0) throw refusedBody(errors);
  const now = ports.clock.now();
  const earliest = new Date(now.getTime() - INPUT_DAYS * DAY_MS);
  const asked = input.since === null || input.since === undefined ? earliest : new Date(input.since * 1000);
  if (asked > now) throw invalid('a replay begins in the past', { field: 'since' });
  const since = asked < earliest ? earliest : asked;

  const id = ports.ids.ulid();
  const bodyKey = `replays/${id}`;
  await ports.objects.put('documents', bodyKey, Buffer.from(input.body, 'utf8'));
  const total = await countRepeatable(ports.db.sql, policy.ulid, since);
  const replay: Replay = {
    id, policyId: policy.id, policyUlid: policy.ulid, type: policy.type, engineType: input.engineType, bodyKey, since, status: total === 0 ? 'FINISHED' : 'RUNNING', done: 0, total, lastId: '',
    createdBy: actor.login, createdAt: now,
  };
  await ports.db.transaction(async (tx) => {
    await insertReplay(tx.sql, replay);
    if (total > 0) await ports.queue.enqueue(tx.sql, policyReplayDue, { replayId: id });
    await saveAudit(ports, tx.sql, actor, { action: 'policy.replay', resourceType: 'policy', resourceId: policy.id, spaceId: policy.spaceId, body: { replay: id, total } });
    tx.afterCommit(() => ports.queue.flush());
  });
  return replay;
}

/** A replay with what it found so far; undefined when there is none of that id. */
export async function readReplay(ports: Pick<Ports, 'db'>, actor: Actor, id: string): Promise<(Replay & { readonly flips: readonly ReplayFlip[] }) | undefined> {
  requireRootAdmin(actor);
  const replay = await findReplay(ports.db.sql, id);
  return replay && { ...replay, flips: await flipsOf(ports.db.sql, id) };
}

/** Does the next part of a replay, and asks for the one after it. */
export async function continueReplay(ports: Needs, { replayId }: { readonly replayId: string }): Promise<void> {
  const replay = await findReplay(ports.db.sql, replayId);
  if (replay === undefined || replay.status !== 'RUNNING') return;
  const evaluations = await repeatable(ports.db.sql, { policyUlid: replay.policyUlid, since: replay.since, afterId: replay.lastId, limit: Math.min(PART, replay.total - replay.done) });
  const body = (await ports.objects.get('documents', replay.bodyKey))?.toString('utf8');
  const flips = body === undefined ? [] : (await Promise.all(evaluations.map((evaluation) => repeat(ports, replay, body, evaluation)))).filter((flip) => flip !== undefined);
  const done = replay.done + evaluations.length;
  const isOver = done >= replay.total || evaluations.length === 0;
  await ports.db.transaction(async (tx) => {
    const status = body === undefined ? 'FAILED' : isOver ? 'FINISHED' : 'RUNNING';
    const saved = await saveProgress(tx.sql, replay, { done, lastId: evaluations.at(-1)?.id ?? replay.lastId, status, flips });
    if (saved && status === 'RUNNING') await ports.queue.enqueue(tx.sql, policyReplayDue, { replayId });
    tx.afterCommit(() => ports.queue.flush());
  });
}

/** The difference that the candidate makes to one evaluation, if any. */
async function repeat(ports: Needs, replay: Replay, body: string, evaluation: Evaluation): Promise<ReplayFlip | undefined> {
  const about = { evaluationId: evaluation.id, runId: evaluation.runId, old: evaluation.error === null ? evaluation.outcome : ERROR };
  const input = await ports.objects.get('policy-inputs', inputKey(evaluation.inputSha256));
  if (input === undefined) return { ...about, input: EXPIRED, new: UNKNOWN };
  const { deadlineMs } = ports.settings.policyLimits ?? DEFAULT_LIMITS;
  const [[result] = []] = await ports.policyEngine.evaluate(replay.type, [sourceOf({ body, engineType: replay.engineType })], [input.toString('utf8')], { deadlineMs: deadlineMs[replay.type] });
  const outcome = result?.decision === undefined ? ERROR : outcomeOf(replay.type, result.decision);
  return outcome === about.old ? undefined : { ...about, input: inputKey(evaluation.inputSha256), new: outcome };
}
