import type { Job } from '../../../protocol/job.ts';
import type { Ports } from '../../ports/ports.ts';
import { findRun } from '../../runs/run-store.ts';
import { tellStep } from '../../runs/actions/step-run.ts';
import { afterwards, requireSameRequest, type OnceCall } from '../../workers/actions/answer-once.ts';
import { requireSubject } from '../../workers/actions/authenticate-worker.ts';
import { releaseKey } from '../../workers/idempotency-store.ts';
import { workerRefusal } from '../../workers/worker-refusals.ts';
import type { SessionFacts } from '../../workers/worker-session.ts';
import { findWorker } from '../../workers/worker-store.ts';
import type { WorkerInPool } from '../../workers/worker.ts';
import { getStack } from '../../stacks/stack-store.ts';
import { claimOnce, handoverText, type ClaimKey, type KeptClaim } from '../claim-store.ts';
import { workerActor } from '../handover.ts';
import { isPreparing } from '../worker-transitions.ts';
import { forgetHandover } from './forget-handover.ts';
import { prepareJob, type PrepareNeeds } from './prepare-job.ts';

type Needs = PrepareNeeds & Pick<Ports, 'db' | 'clock' | 'ids'>;

/** Runs that fail while they are prepared make way for the next, but a worker is not kept at it for ever. */
const TRIES = 5;
/** A call that waited so long in vain, as for a host that does not answer, leaves the next run to the next call. */
const ENOUGH_MS = 5_000;

/**
 * Gives the worker the run that was assigned to it, else the best of its pool, and everything it needs for it. The claim is the commit:
 * drain takes the same row, and of two workers that want one run, one passes over it.
 */
export async function claimRun(ports: Needs, worker: Pick<WorkerInPool, 'id' | 'poolId' | 'certificateId'>): Promise<Job | undefined> {
  return answerClaim(ports, { workerId: worker.id, poolId: worker.poolId, certificateId: worker.certificateId });
}

/**
 * The same for the worker of a session, which the statement that claims judges as well; undefined when there is no run. A call that is
 * repeated with its key gets the same handover again, unless the worker has begun it or has it no longer.
 */
export async function answerClaim(ports: Needs, session: SessionFacts, once?: OnceCall): Promise<Job | undefined> {
  let forgot = false;
  const until = ports.clock.now().getTime() + ENOUGH_MS;
  for (let tries = 0; tries < TRIES && ports.clock.now().getTime() < until; tries++) {
    const now = ports.clock.now();
    const key: ClaimKey | undefined = once?.key === undefined ? undefined : { key: once.key, requestSha256: once.requestSha256, keptUntil: afterwards(now) };
    const answer = await claimOnce(ports, ports.db.sql, session, key);
    const worker = requireSubject(session, answer.subject, now);
    if (answer.kept !== undefined && once !== undefined) return claimAgain(ports, worker, once, answer.kept);
    if (answer.claimed === undefined) {
      if (worker.drained || worker.cycling || answer.isFree) return undefined;
      if (worker.runId === null || forgot) return refuse(ports, session);
      await forgetHandover(ports, worker);
      forgot = true;
      continue;
    }
    const { before, run, stack, ...known } = answer.claimed;
    tellStep(ports, before, run, workerActor(worker));
    const job = await prepareJob(ports, worker, { before, run, stack, known });
    if (job !== undefined) return job;
    // The key goes to the run that comes next.
    if (key !== undefined) await releaseKey(ports.db.sql, worker.id, key.key);
  }
  return undefined;
}

/** The job of the handover that the first call began. Nothing is changed; a run that cannot begin ends as it would have then. */
async function claimAgain(ports: Needs, worker: WorkerInPool, once: OnceCall, kept: KeptClaim): Promise<Job | undefined> {
  requireSameRequest(kept, once);
  const { runId, lease } = worker;
  if (runId === null || lease === null || kept.handover !== handoverText({ id: runId, lease })) return undefined;
  const run = await findRun(ports.db.sql, runId);
  if (run?.workerId !== worker.id || run.lease !== lease || !isPreparing(run.state)) return undefined;
  return prepareJob(ports, worker, { before: { ...run, attempts: run.attempts - 1 }, run, stack: await getStack(ports.db.sql, run.stackId) });
}

/** The worker changed while its row was awaited: it is told what it is by now. */
async function refuse({ db }: Pick<Ports, 'db'>, { workerId }: SessionFacts): Promise<undefined> {
  const worker = await findWorker(db.sql, workerId);
  if (worker === undefined) throw workerRefusal('worker_unknown', `worker ${workerId} is not registered`);
  if (worker.runId !== null) throw workerRefusal('busy', `worker ${workerId} already holds run ${worker.runId}`);
  if (worker.drained || worker.cycling) throw workerRefusal('drained', `worker ${workerId} is ${worker.drained ? 'drained' : 'about to end'} and takes no run`);
  return undefined;
}
