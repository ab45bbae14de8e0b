import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict } from '../../shared/errors.ts';
import { stacksOfPolicies } from '../attachment-store.ts';
import { endSessionsBut } from '../login-session-store.ts';
import { policyChanged } from '../policy-messages.ts';
import { removePolicy } from '../policy-store.ts';
import type { PolicyWithBody } from '../policy.ts';
import { loadBodies } from './load-body.ts';
import { visiblePolicy } from './read-policy.ts';

type Needs = Pick<Ports, 'db' | 'queue' | 'objects' | 'clock' | 'ids'>;

/** Erases a policy. One that people attached goes only when forced; runs that it held are not thereby approved. */
export async function deletePolicy(ports: Needs, actor: Actor, input: { readonly id: string; readonly force?: boolean | null }): Promise<PolicyWithBody> {
  const policy = await visiblePolicy(ports.db.sql, actor, input.id);
  requireAction(actor, 'policy:delete', policy.spaceId);
  const [withBody = { ...policy, body: '' }] = await loadBodies(ports, [policy]);
  await ports.db.transaction(async (tx) => {
    const attached = (await stacksOfPolicies(tx.sql, [{ ...policy, labels: [] }], [])).get(policy.id) ?? [];
    const [first] = attached;
    if (first !== undefined && input.force !== true) {
      throw conflict(`policy "${policy.id}" is attached to ${attached.length} ${attached.length === 1 ? 'stack' : 'stacks'}, among them "${first.stackId}": detach it first, or delete it by force`, { policy: policy.id });
    }
    const removed = await removePolicy(tx.sql, policy.id);
    if (policy.type === 'LOGIN') await endSessionsBut(tx.sql, actor.login, ports.clock.now());
    await ports.queue.enqueue(tx.sql, policyChanged, { policyId: policy.id, type: policy.type });
    await saveAudit(ports, tx.sql, actor, { action: 'policy.delete', resourceType: 'policy', resourceId: policy.id, spaceId: policy.spaceId, body: { name: policy.name, type: policy.type } });
    tx.afterCommit(() => ports.queue.flush());
    const key = removed?.unusedKey ?? null;
    if (key !== null) tx.afterCommit(() => ports.objects.delete('documents', key));
  });
  return withBody;
}
