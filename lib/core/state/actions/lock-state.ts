import type { Ports } from '../../ports/ports.ts';
import { workerRefusal } from '../../workers/worker-refusals.ts';
import { requireUser, type RunCall } from '../run-call.ts';
import { lockAgainst, requireAccess } from '../state-rules.ts';
import { currentVersion } from '../state-store.ts';
import { swapLock, viewState } from '../state-view-store.ts';
import { runAuthor, type LockInfo } from '../state.ts';
import { ensureWorkspace } from '../workspace-store.ts';
import { readable, type ReadableState } from './read-state.ts';

export type LockAnswer =
  /** Locked by this run. Until it unlocks nobody else changes the state, so a read of it needs no further question. */
  | { readonly holder: null; readonly state: ReadableState | undefined }
  | { readonly holder: LockInfo };

/** Each time that something moves between look and write it is looked at anew. */
const TRIES = 10;

/** Takes the state's lock for the run, or answers the holder's document. For a proposed run it succeeds and stores nothing. */
export async function lockState(ports: Pick<Ports, 'db' | 'objects' | 'clock' | 'ids'>, call: RunCall, info: LockInfo): Promise<LockAnswer> {
  const { sql } = ports.db;
  for (let tries = 0; tries < TRIES; tries++) {
    const view = await viewState(sql, call.runId, call.workspace);
    const user = requireUser(view?.user, call);
    if (requireAccess(user, 'lock').lock === 'ignored') return { holder: null, state: await readable(ports, view?.current) };
    const workspace = view?.workspace;
    if (workspace === undefined) {
      await ensureWorkspace(ports, sql, user.stackId, call.workspace);
      continue;
    }
    const taken = lockAgainst(workspace.lock, user, info.ID);
    if (taken !== undefined) return { holder: { ...taken.info, Who: runAuthor(taken.runId) } };
    const locked = await swapLock(sql, { user, workspace }, info);
    if (locked === undefined) continue;
    const current = locked.currentVersionId === workspace.currentVersionId ? view?.current : await currentVersion(sql, locked);
    return { holder: null, state: await readable(ports, current) };
  }
  throw workerRefusal('slow_down', 'the lock of the state changes hands too fast');
}
