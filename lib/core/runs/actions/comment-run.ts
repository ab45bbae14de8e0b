import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { auditRow } from '../../shared/audit-store.ts';
import { insertComment } from '../run-discussion-store.ts';
import type { RunComment } from '../run-discussion.ts';
import { commentOf } from '../run-input.ts';
import { loadRun, type RunChoice } from './load-run.ts';

/** Leaves a comment on a run, in whatever state it is. */
export async function commentRun(ports: Pick<Ports, 'db' | 'clock' | 'ids' | 'wakeups'>, actor: Actor, input: RunChoice & { readonly body: string }): Promise<RunComment> {
  const { run, stack } = await loadRun(ports, actor, input);
  requireAction(actor, 'run:comment', stack);

  const comment = { id: ports.ids.ulid(), runId: run.id, username: actor.login, body: commentOf(input.body), createdAt: ports.clock.now() };
  await insertComment(ports.db.sql, comment, auditRow(ports, actor, { action: 'run.comment', resourceType: 'run', resourceId: run.id, spaceId: run.spaceId, relatedType: 'stack', relatedId: run.stackId }));
  ports.wakeups.wake(`run:${run.id}`);
  return comment;
}
