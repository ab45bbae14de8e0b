import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict, invalid } from '../../shared/errors.ts';
import { setVendorConfig } from '../stack-change-store.ts';
import type { OpenTofuConfig, Stack } from '../stack.ts';
import { visibleStack } from './read-stack.ts';
import { requireNotDeleting } from './update-stack.ts';

/** Turns a Terraform stack that runs OpenTofu into a stack of OpenTofu proper; state and settings stay. */
export async function migrateStackVendor(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, actor: Actor, input: { readonly id: string; readonly targetVendor: string }): Promise<Stack> {
  const before = await visibleStack(ports.db.sql, actor, input.id);
  requireAction(actor, 'stack:update', before.spaceId);
  requireNotDeleting(before);
  if (input.targetVendor !== 'OpenTofu' && input.targetVendor !== 'OPEN_TOFU') throw invalid(`a stack cannot be migrated to ${input.targetVendor}: only OpenTofu is supported`, { field: 'targetVendor' });
  const config = before.vendorConfig;
  if (config.vendor !== 'terraform' || config.workflowTool !== 'OPEN_TOFU') throw conflict('only a Terraform stack whose workflow tool is OPEN_TOFU can become an OpenTofu stack', { stack: before.id });

  const vendorConfig: OpenTofuConfig = {
    vendor: 'opentofu', version: config.version, workflowTool: 'OPENTOFU', workspace: config.workspace, useSmartSanitization: config.useSmartSanitization,
    externalStateAccessEnabled: config.externalStateAccessEnabled, concise: true,
  };
  const after: Stack = { ...before, vendorConfig, updatedAt: ports.clock.now() };
  await ports.db.transaction(async (tx) => {
    if (!(await setVendorConfig(tx.sql, before.id, vendorConfig, after.updatedAt))) throw conflict(`stack "${before.id}" is being deleted`, { stack: before.id });
    await saveAudit(ports, tx.sql, actor, { action: 'stack.migrate-vendor', resourceType: 'stack', resourceId: before.id, spaceId: before.spaceId, body: { from: 'terraform', to: 'opentofu' } });
  });
  return after;
}
