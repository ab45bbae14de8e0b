import type { Ports } from '../../ports/ports.ts';
import { toRun, type RunRow } from '../../runs/run-rows-store.ts';
import { selectRun } from '../../runs/run-store.ts';
import type { Run } from '../../runs/run.ts';
import { rowOf } from '../../shared/parts-store.ts';
import { readSession, requireSubject } from '../../workers/actions/authenticate-worker.ts';
import { findSessionSubject, subjectOf } from '../../workers/session-subject-store.ts';
import type { WorkerInPool } from '../../workers/worker.ts';

/** The worker behind a session token and the run that its call is about, in one statement; whether the worker holds the run is asked elsewhere. */
export async function authenticateCall(
  ports: Pick<Ports, 'db' | 'clock' | 'signer' | 'settings'>,
  bearer: string | undefined,
  runId: string,
): Promise<{ readonly worker: WorkerInPool; readonly run: Run | undefined }> {
  const session = await readSession(ports, bearer);
  const now = ports.clock.now();
  const answer = await findSessionSubject(ports.db.sql, session, now, { run: selectRun(ports.db.sql, runId) });
  const worker = requireSubject(session, subjectOf(answer), now);
  const run = rowOf<RunRow>(answer, 'run');
  return { worker, run: run && toRun(run) };
}
