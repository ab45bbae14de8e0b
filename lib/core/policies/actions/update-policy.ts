import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict, invalid } from '../../shared/errors.ts';
import { unlessOvertaken } from '../../shared/sql-errors.ts';
import { requireVisibleSpace } from '../../spaces/space-rights.ts';
import { getSpace, listSpaces } from '../../spaces/space-store.ts';
import { isUsableIn } from '../../spaces/space.ts';
import { stacksOfPolicies } from '../attachment-store.ts';
import { endSessionsBut } from '../login-session-store.ts';
import { policyFields, refusedBody, requireFittingSpace, type PolicyInput } from '../policy-input.ts';
import { policyChanged } from '../policy-messages.ts';
import { savePolicy } from '../policy-store.ts';
import { policyType, sourceOf, type Policy, type PolicyEngineType } from '../policy.ts';
import type { SaveNeeds } from './create-policy.ts';
import { keepBody, loadBodies } from './load-body.ts';
import { visiblePolicy } from './read-policy.ts';

export interface UpdatePolicy extends PolicyInput {
  readonly id: string;
  readonly engineType?: PolicyEngineType | null;
  /** A policy is what it was made as; clients may repeat the type. */
  readonly type?: string | null;
}

/** Replaces a policy's settings and text, once the engine takes the text. Of two who save at once, one is told so. */
export async function updatePolicy(ports: SaveNeeds, actor: Actor, input: UpdatePolicy): Promise<Policy> {
  const before = await visiblePolicy(ports.db.sql, actor, input.id);
  requireAction(actor, 'policy:update', before.spaceId);
  const fields = policyFields(input);
  if (input.type && policyType(input.type) !== before.type) throw invalid(`the type of a policy cannot change: "${before.id}" decides ${before.type}`, { field: 'type' });
  const spaceId = input.space || before.spaceId;
  requireFittingSpace(before.type, spaceId);
  if (spaceId !== before.spaceId) {
    requireVisibleSpace(actor, spaceId);
    await getSpace(ports.db.sql, spaceId);
    requireAction(actor, 'policy:update', spaceId);
  }

  const engineType = input.engineType ?? before.engineType;
  const [withBody] = await loadBodies(ports, [before]);
  if (withBody?.body !== input.body || engineType !== before.engineType) {
    const { errors } = await ports.policyEngine.check(before.type, sourceOf({ body: input.body, engineType }));
    if (errors.length > 0) throw refusedBody(errors);
  }
  const now = ports.clock.now();
  const { sha256, ...kept } = await keepBody(ports, input.body);
  const after: Policy = { ...before, ...fields, engineType, spaceId, bodySha256: sha256, keepsInputs: input.keepsInputs ?? before.keepsInputs, version: before.version + 1, updatedAt: now };
  const save = () => ports.db.transaction(async (tx) => {
    const saved = await savePolicy(tx.sql, after, kept);
    if (saved === undefined) throw conflict(`policy "${after.id}" was saved by somebody else at this moment: look at it again, then save`, { policy: after.id });
    const spaces = await listSpaces(tx.sql);
    const attached = (await stacksOfPolicies(tx.sql, [after], spaces)).get(after.id) ?? [];
    const stranded = attached.find((attachment) => !attachment.isAutoattached && !isUsableIn(spaces, spaceId, attachment.stackSpaceId));
    if (stranded) throw conflict(`policy "${after.id}" would no longer be usable by stack "${stranded.stackId}": detach it first`, { policy: after.id, stack: stranded.stackId });
    if (after.type === 'LOGIN') await endSessionsBut(tx.sql, actor.login, now);
    await ports.queue.enqueue(tx.sql, policyChanged, { policyId: after.id, type: after.type });
    await saveAudit(ports, tx.sql, actor, {
      action: 'policy.update', resourceType: 'policy', resourceId: after.id, spaceId, body: { name: after.name, engineType, labels: after.labels, bodySha256: sha256, version: after.version },
    });
    tx.afterCommit(() => ports.queue.flush());
    const { unusedKey } = saved;
    if (unusedKey !== null) tx.afterCommit(() => ports.objects.delete('documents', unusedKey));
  });
  await unlessOvertaken({ unique: `there is a policy with the name "${after.name}" already`, reference: `space "${spaceId}" was deleted at this moment` }, save);
  return after;
}
