import type { Ports } from '../../ports/ports.ts';
import { workerRefusal } from '../../workers/worker-refusals.ts';
import { requireUser, type RunCall } from '../run-call.ts';
import { requireAccess, unlockAgainst } from '../state-rules.ts';
import { swapLock, viewState } from '../state-view-store.ts';

const TRIES = 10;

/** Frees the run's own lock, or the leftover of a run that has ended; `lockId` undefined is a forced unlock. Freeing nothing is no error. */
export async function unlockState(ports: Pick<Ports, 'db'>, call: RunCall, lockId: string | undefined): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const view = await viewState(ports.db.sql, call.runId, call.workspace);
    const user = requireUser(view?.user, call);
    if (requireAccess(user, 'lock').lock === 'ignored') return;
    const workspace = view?.workspace;
    if (workspace === undefined || workspace.lock === null) return;
    const taken = unlockAgainst(workspace.lock, user, lockId);
    if (taken !== undefined) throw workerRefusal('state_conflict', taken.runId === user.runId ? 'the state is locked with another ID' : `the state is locked by run ${taken.runId}`, { reason: 'locked' });
    if ((await swapLock(ports.db.sql, { user, workspace }, null)) !== undefined) return;
  }
  throw workerRefusal('slow_down', 'the lock of the state changes hands too fast');
}
