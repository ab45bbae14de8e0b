import type { Ports } from '../../ports/ports.ts';
import { requireUser, type RunCall } from '../run-call.ts';
import { requireAccess } from '../state-rules.ts';
import { currentVersion } from '../state-store.ts';
import type { StateVersion } from '../state.ts';
import { findStateUser, findWorkspace } from '../workspace-store.ts';

const URL_TTL_SECONDS = 300;

/** The current state for the run that holds the lease; undefined when there is none. */
export async function readState(ports: Pick<Ports, 'db' | 'objects'>, call: RunCall): Promise<{ readonly version: StateVersion; readonly url: string; readonly expiresAt: Date } | undefined> {
  const user = requireUser(await findStateUser(ports.db.sql, call.runId), call);
  requireAccess(user, 'read');

  const version = await currentVersion(ports.db.sql, await findWorkspace(ports.db.sql, user.stackId, call.workspace));
  if (version === undefined || version.isDeletedMarker) return undefined;
  return { version, ...(await ports.objects.presignGet('states', version.objectKey, { ttlSeconds: URL_TTL_SECONDS })) };
}
