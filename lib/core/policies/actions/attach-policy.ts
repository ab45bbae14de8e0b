import type { Ports } from '../../ports/ports.ts';
import { getAttachableStack } from '../../shared/attachable-stack-store.ts';
import { can, requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict, invalid, notFound } from '../../shared/errors.ts';
import { unlessOvertaken } from '../../shared/sql-errors.ts';
import { listSpaces } from '../../spaces/space-store.ts';
import { isUsableIn } from '../../spaces/space.ts';
import { findAttachment, insertAttachment, removeAttachment } from '../attachment-store.ts';
import { policyChanged } from '../policy-messages.ts';
import { findPolicy } from '../policy-store.ts';
import { isAttachable, type PolicyAttachment } from '../policy.ts';
import { visiblePolicy } from './read-policy.ts';

type Needs = Pick<Ports, 'db' | 'queue' | 'clock' | 'ids'>;

/** Lets a policy act on a stack. */
export async function attachPolicy(ports: Needs, actor: Actor, input: { readonly policyId: string; readonly stackId: string }): Promise<PolicyAttachment> {
  const policy = await visiblePolicy(ports.db.sql, actor, input.policyId);
  if (!isAttachable(policy.type)) {
    throw invalid(`a ${policy.type.toLowerCase()} policy is not attached: it holds ${policy.type === 'LOGIN' ? 'for the whole account' : 'for its space and those that inherit from it'}`, { policy: policy.id });
  }
  const attach = () => ports.db.transaction(async (tx) => {
    const stack = await getAttachableStack(tx.sql, input.stackId);
    if (!can(actor, 'space:read', stack.spaceId)) throw notFound(`stack "${input.stackId}" not found`, { stack: input.stackId });
    requireAction(actor, 'stack:update', stack.spaceId);
    if (!isUsableIn(await listSpaces(tx.sql), policy.spaceId, stack.spaceId)) {
      throw invalid(`policy "${policy.id}" is not usable by stack "${stack.id}": its space ${policy.spaceId} is neither the stack's nor one that the stack's space inherits from`, { policy: policy.id, stack: stack.id });
    }
    const attachment: PolicyAttachment = { id: ports.ids.ulid(), policyId: policy.id, stackId: stack.id, stackName: stack.name, isAutoattached: false };
    if (!(await insertAttachment(tx.sql, attachment, ports.clock.now()))) throw conflict(`policy "${policy.id}" is attached to stack "${stack.id}" already`, { policy: policy.id, stack: stack.id });
    await ports.queue.enqueue(tx.sql, policyChanged, { policyId: policy.id, type: policy.type, stackId: stack.id });
    await saveAudit(ports, tx.sql, actor, { action: 'policy.attach', resourceType: 'policy', resourceId: policy.id, relatedType: 'stack', relatedId: stack.id, spaceId: stack.spaceId });
    tx.afterCommit(() => ports.queue.flush());
    return attachment;
  });
  return unlessOvertaken({ reference: `policy "${policy.id}" or stack "${input.stackId}" was deleted at this moment` }, attach);
}

/** Takes a policy off a stack, by the id of the attachment. One by label goes with the label. */
export async function detachPolicy(ports: Needs, actor: Actor, input: { readonly id: string }): Promise<PolicyAttachment> {
  const found = await findAttachment(ports.db.sql, input.id);
  if (!found || !can(actor, 'space:read', found.stackSpaceId)) throw notFound(`policy attachment "${input.id}" not found`, { attachment: input.id });
  const { stackSpaceId, ...attachment } = found;
  requireAction(actor, 'stack:update', stackSpaceId);
  const policy = await findPolicy(ports.db.sql, attachment.policyId);
  await ports.db.transaction(async (tx) => {
    await removeAttachment(tx.sql, attachment.id);
    if (policy) await ports.queue.enqueue(tx.sql, policyChanged, { policyId: policy.id, type: policy.type, stackId: attachment.stackId });
    await saveAudit(ports, tx.sql, actor, { action: 'policy.detach', resourceType: 'policy', resourceId: attachment.policyId, relatedType: 'stack', relatedId: attachment.stackId, spaceId: stackSpaceId });
    tx.afterCommit(() => ports.queue.flush());
  });
  return attachment;
}
