import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { auditRow } from '../../shared/audit-store.ts';
import { conflict } from '../../shared/errors.ts';
import { insertReview } from '../run-discussion-store.ts';
import { isReviewable, type ReviewDecision, type RunReview } from '../run-discussion.ts';
import { noteOf } from '../run-input.ts';
import { loadRun, type RunChoice } from './load-run.ts';

/** Approves or rejects a run that waits; of several reviews of one person in one state, the newest counts. */
export async function reviewRun(
  ports: Pick<Ports, 'db' | 'clock' | 'ids' | 'wakeups'>,
  actor: Actor,
  input: RunChoice & { readonly decision: ReviewDecision; readonly note?: string | null },
): Promise<RunReview> {
  const { run, stack } = await loadRun(ports, actor, input);
  requireAction(actor, 'run:review', stack.spaceId);

  if (!isReviewable(run.state)) throw conflict(`a run in state ${run.state} takes no reviews`, { runId: run.id, state: run.state });
  const review = {
    id: ports.ids.ulid(),
    runId: run.id,
    state: run.state,
    stateVersion: run.stateVersion,
    author: actor.login,
    decision: input.decision,
    note: noteOf(input.note),
    createdAt: ports.clock.now(),
  };
  const audit = auditRow(ports, actor, { action: 'run.review', resourceType: 'run', resourceId: run.id, spaceId: run.spaceId, relatedType: 'stack', relatedId: run.stackId, body: { decision: review.decision, state: run.state } });
  if (!(await insertReview(ports.db.sql, review, audit))) throw conflict(`run ${run.id} is no longer in state ${run.state}: it moved on meanwhile`, { runId: run.id, state: run.state });
  ports.wakeups.wake(`run:${run.id}`);
  return review;
}
