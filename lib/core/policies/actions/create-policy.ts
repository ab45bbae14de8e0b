import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict } from '../../shared/errors.ts';
import { slugOf, slugWithSuffix } from '../../shared/slug.ts';
import { unlessOvertaken } from '../../shared/sql-errors.ts';
import { requireVisibleSpace } from '../../spaces/space-rights.ts';
import { getSpace } from '../../spaces/space-store.ts';
import { ROOT_SPACE } from '../../spaces/space.ts';
import { endSessionsBut } from '../login-session-store.ts';
import { policyFields, refusedBody, requireFittingSpace, type PolicyInput } from '../policy-input.ts';
import { policyChanged } from '../policy-messages.ts';
import { findPolicy, insertPolicy } from '../policy-store.ts';
import { policyType, sourceOf, type Policy, type PolicyEngineType } from '../policy.ts';
import { keepBody } from './load-body.ts';

export type SaveNeeds = Pick<Ports, 'db' | 'queue' | 'objects' | 'policyEngine' | 'clock' | 'ids'>;

/** Adds a policy, once the engine takes its text. */
export async function createPolicy(ports: SaveNeeds, actor: Actor, input: PolicyInput & { readonly type: string; readonly engineType?: PolicyEngineType | null }): Promise<Policy> {
  const fields = policyFields(input);
  const type = policyType(input.type);
  const engineType = input.engineType ?? 'REGO_V0';
  const spaceId = input.space || ROOT_SPACE;
  requireVisibleSpace(actor, spaceId);
  await getSpace(ports.db.sql, spaceId);
  requireAction(actor, 'policy:create', spaceId);
  requireFittingSpace(type, spaceId);
  const { errors } = await ports.policyEngine.check(type, sourceOf({ body: input.body, engineType }));
  if (errors.length > 0) throw refusedBody(errors);

  const slug = slugOf(fields.name) || 'policy';
  const taken = (await findPolicy(ports.db.sql, slug)) !== undefined;
  const now = ports.clock.now();
  const { sha256, ...kept } = await keepBody(ports, input.body);
  const policy: Policy = {
    ...fields, id: taken ? slugWithSuffix(slug, ports.ids.random(5)) : slug, ulid: ports.ids.ulid(), type, engineType, spaceId,
    bodySha256: sha256, keepsInputs: input.keepsInputs ?? true, version: 1, createdAt: now, updatedAt: now,
  };
  const insert = () => ports.db.transaction(async (tx) => {
    if (!(await insertPolicy(tx.sql, policy, kept))) throw conflict(`there is a policy with the name "${policy.name}" already`, { field: 'name', name: policy.name });
    if (type === 'LOGIN') await endSessionsBut(tx.sql, actor.login, now);
    await ports.queue.enqueue(tx.sql, policyChanged, { policyId: policy.id, type });
    await saveAudit(ports, tx.sql, actor, {
      action: 'policy.create', resourceType: 'policy', resourceId: policy.id, spaceId, body: { name: policy.name, type, engineType, labels: policy.labels, bodySha256: sha256 },
    });
    tx.afterCommit(() => ports.queue.flush());
  });
  await unlessOvertaken({ reference: `space "${spaceId}" was deleted at this moment` }, insert);
  return policy;
}
