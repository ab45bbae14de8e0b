import type { Ports } from '../../ports/ports.ts';
import { requireUser, type RunCall } from '../run-call.ts';
import { accessOf, requireAccess } from '../state-rules.ts';
import { viewState } from '../state-view-store.ts';
import { DEFAULT_WORKSPACE, type StateVersion } from '../state.ts';

const URL_TTL_SECONDS = 300;

/** A version with the address of its body. */
export interface ReadableState {
  readonly version: StateVersion;
  readonly url: string;
  readonly expiresAt: Date;
}

/** The current state for the run that holds the lease; undefined when there is none. */
export async function readState(ports: Pick<Ports, 'db' | 'objects'>, call: RunCall): Promise<ReadableState | undefined> {
  const view = await viewState(ports.db.sql, call.runId, call.workspace);
  requireAccess(requireUser(view?.user, call), 'read');
  return readable(ports, view?.current);
}

/** The same for a run that has just begun to be executed, which the caller knows; null when there is no state, undefined when it keeps none here. */
export async function stateAtStart(ports: Pick<Ports, 'db' | 'objects'>, run: { readonly id: string }): Promise<ReadableState | null | undefined> {
  const view = await viewState(ports.db.sql, run.id, DEFAULT_WORKSPACE);
  if (view === undefined || !view.user.managed || !accessOf(view.user.type, view.user.state).read) return undefined;
  return (await readable(ports, view.current)) ?? null;
}

/** What a run may read of a version; nothing of none, and of a deletion. */
export async function readable({ objects }: Pick<Ports, 'objects'>, version: StateVersion | undefined): Promise<ReadableState | undefined> {
  if (version === undefined || version.isDeletedMarker) return undefined;
  return { version, ...(await objects.presignGet('states', version.objectKey, { ttlSeconds: URL_TTL_SECONDS })) };
}
