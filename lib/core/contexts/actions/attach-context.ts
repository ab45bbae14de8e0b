import type { Sql } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import { getAttachableStack } from '../../shared/attachable-stack-store.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict, invalid, notFound } from '../../shared/errors.ts';
import { unlessOvertaken } from '../../shared/sql-errors.ts';
import { canRead } from '../../spaces/space-rights.ts';
import { listSpaces } from '../../spaces/space-store.ts';
import { isUsableIn } from '../../spaces/space.ts';
import { insertAttachment } from '../attachment-store.ts';
import { attachmentPriority } from '../context-input.ts';
import type { Context, ContextAttachment } from '../context.ts';
import { visibleContext } from './read-context.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'ids'>;

/** Puts a context on a stack. */
export async function attachContext(ports: Needs, actor: Actor, input: { readonly contextId: string; readonly stackId: string; readonly priority?: number | null }): Promise<ContextAttachment> {
  const context = await visibleContext(ports.db.sql, actor, input.contextId);
  return unlessOvertaken({ reference: `context "${context.id}" or stack "${input.stackId}" was deleted at this moment` }, () =>
    ports.db.transaction((tx) => attachWithin(ports, tx.sql, actor, context, input.stackId, input.priority ?? 0)),
  );
}

/** The same inside a larger change. */
export async function attachWithin(ports: Pick<Ports, 'clock' | 'ids'>, sql: Sql, actor: Actor, context: Context, stackId: string, priority: number): Promise<ContextAttachment> {
  const stack = await getAttachableStack(sql, stackId);
  if (!canRead(actor, stack.spaceId)) throw notFound(`stack "${stackId}" not found`, { stack: stackId });
  requireAction(actor, 'stack:update', stack.spaceId);
  if (!isUsableIn(await listSpaces(sql), context.spaceId, stack.spaceId)) {
    throw invalid(`context "${context.id}" is not usable by stack "${stack.id}": its space ${context.spaceId} is neither the stack's nor one that the stack's space inherits from`, { context: context.id, stack: stack.id });
  }

  const attachment: ContextAttachment = { id: ports.ids.ulid(), contextId: context.id, stackId: stack.id, stackName: stack.name, priority: attachmentPriority(priority), isAutoattached: false };
  if (!(await insertAttachment(sql, attachment, ports.clock.now()))) throw conflict(`context "${context.id}" is attached to stack "${stack.id}" already`, { context: context.id, stack: stack.id });
  await saveAudit(ports, sql, actor, {
    action: 'context.attach', resourceType: 'context', resourceId: context.id, relatedType: 'stack', relatedId: stack.id, spaceId: stack.spaceId, body: { priority: attachment.priority },
  });
  return attachment;
}
