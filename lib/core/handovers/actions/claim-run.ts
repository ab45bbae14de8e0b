import type { Job } from '../../../protocol/job.ts';
import type { Ports } from '../../ports/ports.ts';
import { tellStep } from '../../runs/actions/step-run.ts';
import { afterwards, HOLD_SECONDS, keptAnswer, MAX_KEPT_CHARS, type Answer } from '../../workers/actions/answer-once.ts';
import { requireSubject } from '../../workers/actions/authenticate-worker.ts';
import { releaseKey } from '../../workers/idempotency-store.ts';
import { workerRefusal } from '../../workers/worker-refusals.ts';
import type { SessionFacts } from '../../workers/worker-session.ts';
import { findWorker } from '../../workers/worker-store.ts';
import type { WorkerInPool } from '../../workers/worker.ts';
import { keepClaim } from '../claim-answer-store.ts';
import { claimOnce, type ClaimKey } from '../claim-store.ts';
import { workerActor } from '../handover.ts';
import { forgetHandover } from './forget-handover.ts';
import { prepareJob, type PrepareNeeds } from './prepare-job.ts';

type Needs = PrepareNeeds & Pick<Ports, 'db' | 'clock' | 'ids'>;

/** A call that may be repeated: a repetition with the same key and request gets the first answer. */
export interface OnceClaim {
  /** Absent where the caller does not ask for it. */
  readonly key: string | undefined;
  readonly requestSha256: string;
  readonly answer: (job: Job) => Answer;
}

type Outcome = { readonly job: Job } | { readonly kept: Answer };

/** Runs that fail while they are prepared make way for the next, but a worker is not kept at it for ever. */
const TRIES = 5;

/**
 * Gives the worker the run that was assigned to it, else the best of its pool, and everything it needs for it. The claim is the commit:
 * drain takes the same row, and of two workers that want one run, one passes over it.
 */
export async function claimRun(ports: Needs, worker: Pick<WorkerInPool, 'id' | 'poolId' | 'certificateId'>): Promise<Job | undefined> {
  const outcome = await claim(ports, { workerId: worker.id, poolId: worker.poolId, certificateId: worker.certificateId });
  return outcome !== undefined && 'job' in outcome ? outcome.job : undefined;
}

/** The same for the worker of a session, which the statement that claims judges as well; undefined when there is no run. */
export async function answerClaim(ports: Needs, session: SessionFacts, once: OnceClaim): Promise<Answer | undefined> {
  const outcome = await claim(ports, session, once);
  if (outcome === undefined) return undefined;
  return 'kept' in outcome ? outcome.kept : once.answer(outcome.job);
}

async function claim(ports: Needs, session: SessionFacts, once?: OnceClaim): Promise<Outcome | undefined> {
  let holdsKey = false;
  let forgot = false;
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      const now = ports.clock.now();
      const key: ClaimKey | undefined = once?.key === undefined || holdsKey ? undefined : { key: once.key, requestSha256: once.requestSha256, heldUntil: new Date(now.getTime() + HOLD_SECONDS * 1000) };
      const answer = await claimOnce(ports, ports.db.sql, session, key);
      const worker = requireSubject(session, answer.subject, now);
      if (answer.kept !== undefined && once !== undefined) return { kept: keptAnswer(answer.kept, once) };
      if (answer.claimed === undefined) {
        if (worker.drained || worker.cycling || answer.isFree) return undefined;
        if (worker.runId === null || forgot) return await refuse(ports, session);
        await forgetHandover(ports, worker);
        forgot = true;
        continue;
      }
      holdsKey ||= key !== undefined;
      const { before, run } = answer.claimed;
      tellStep(ports, before, run, workerActor(worker));
      const keep = (job: Job, found: Parameters<typeof keepClaim>[2]) => keepClaim(ports.db.sql, run, found, keyOf(ports, worker, once, job));
      const job = await prepareJob(ports, worker, answer.claimed, keep);
      if (job === undefined) continue;
      holdsKey = false;
      return { job };
    }
    return undefined;
  } finally {
    if (holdsKey && once?.key !== undefined) await releaseKey(ports.db.sql, session.workerId, once.key);
  }
}

/** The answer under its key, if it is not too long to be kept. */
function keyOf(ports: Pick<Ports, 'clock'>, worker: Pick<WorkerInPool, 'id'>, once: OnceClaim | undefined, job: Job) {
  if (once?.key === undefined) return undefined;
  const answer = once.answer(job);
  const kept = answer.response.length > MAX_KEPT_CHARS ? undefined : { ...answer, expiresAt: afterwards(ports.clock.now()) };
  return { workerId: worker.id, key: once.key, kept };
}

/** The worker changed while its row was awaited: it is told what it is by now. */
async function refuse({ db }: Pick<Ports, 'db'>, { workerId }: SessionFacts): Promise<undefined> {
  const worker = await findWorker(db.sql, workerId);
  if (worker === undefined) throw workerRefusal('worker_unknown', `worker ${workerId} is not registered`);
  if (worker.runId !== null) throw workerRefusal('busy', `worker ${workerId} already holds run ${worker.runId}`);
  if (worker.drained || worker.cycling) throw workerRefusal('drained', `worker ${workerId} is ${worker.drained ? 'drained' : 'about to end'} and takes no run`);
  return undefined;
}
