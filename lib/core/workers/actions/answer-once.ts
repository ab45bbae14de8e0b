import type { Ports } from '../../ports/ports.ts';
import { keepAnswer, releaseKey, takeKey, type KeptAnswer } from '../idempotency-store.ts';
import { workerRefusal } from '../worker-refusals.ts';

/** A call ends within 29 s: a key that is held longer belongs to a server that died. */
const HOLD_SECONDS = 30;
const KEEP_HOURS = 24;
/** A database row stays below 64 KiB. */
const MAX_KEPT_CHARS = 48 * 1024;

export interface Answer {
  readonly status: number;
  readonly response: string;
}

/** Until when an answer that is given now is kept. */
export const afterwards = (now: Date): Date => new Date(now.getTime() + KEEP_HOURS * 3_600_000);

/** A call that may be repeated: a repetition brings the same key and request. */
export interface OnceCall {
  /** Absent where the caller does not ask for it. */
  readonly key: string | undefined;
  readonly requestSha256: string;
}

/** Refuses a key that came with another request before. */
export function requireSameRequest(kept: { readonly requestSha256: string }, call: { readonly requestSha256: string }): void {
  if (kept.requestSha256 !== call.requestSha256) throw workerRefusal('idempotency_mismatch', 'this idempotency key belongs to another request');
}

/** The answer of the first call with a key, for a repetition of the same request that comes after it. */
function keptAnswer(kept: KeptAnswer, call: { readonly requestSha256: string }): Answer {
  requireSameRequest(kept, call);
  if (kept.status === 0) throw workerRefusal('slow_down', 'a call with this idempotency key is still at work');
  return { status: kept.status, response: kept.response };
}

/** Does the work of a call once: a repetition with the same key and request gets the first answer, another request is refused. */
export async function answerOnce(
  ports: Pick<Ports, 'db' | 'clock'>,
  call: { readonly workerId: string; readonly key: string; readonly requestSha256: string },
  work: () => Promise<Answer>,
): Promise<Answer> {
  const now = ports.clock.now();
  const kept = await takeKey(ports.db.sql, { ...call, now, heldUntil: new Date(now.getTime() + HOLD_SECONDS * 1000) });
  if (kept !== undefined) return keptAnswer(kept, call);

  let answer: Answer;
  try {
    answer = await work();
  } catch (error) {
    await releaseKey(ports.db.sql, call.workerId, call.key);
    throw error;
  }
  if (answer.response.length > MAX_KEPT_CHARS) {
    await releaseKey(ports.db.sql, call.workerId, call.key);
    return answer;
  }
  await keepAnswer(ports.db.sql, { ...call, ...answer, expiresAt: afterwards(ports.clock.now()) });
  return answer;
}
