import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { forbidden, notFound } from '../../shared/errors.ts';
import { findStack } from '../../stacks/stack-store.ts';
import { requireManagedStack } from '../managed-stack.ts';
import { currentVersion } from '../state-store.ts';
import { findWorkspace } from '../workspace-store.ts';

const URL_TTL_SECONDS = 300;

/** An address at which the current state can be fetched for five minutes, in plain text. */
export async function stateDownloadUrl(ports: Pick<Ports, 'db' | 'objects' | 'clock' | 'ids'>, actor: Actor, input: { readonly stackId: string }): Promise<{ readonly url: string }> {
  const { sql } = ports.db;
  const stack = requireManagedStack(actor, await findStack(sql, input.stackId), input.stackId, 'stack:state-download');
  if (!stack.vendorConfig.externalStateAccessEnabled) throw forbidden(`external state access is off for stack "${stack.id}"; switch it on in the stack's settings`, { stack: stack.id });
  const version = await currentVersion(sql, await findWorkspace(sql, stack.id));
  if (version === undefined || version.isDeletedMarker) throw notFound(`stack "${stack.id}" has no state yet`, { stack: stack.id });

  const { url } = await ports.objects.presignGet('states', version.objectKey, { ttlSeconds: URL_TTL_SECONDS });
  await saveAudit(ports, sql, actor, { action: 'stack.state-download', resourceType: 'stack', resourceId: stack.id, spaceId: stack.spaceId, body: { version: version.id, serial: version.serial } });
  return { url };
}
