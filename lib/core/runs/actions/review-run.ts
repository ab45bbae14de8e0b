import type { Ports } from '../../ports/ports.ts';
import { lineage } from '../../spaces/space.ts';
import { listSpaces } from '../../spaces/space-store.ts';
import type { Sql } from '../../ports/database.ts';
import { can, requireAction, type Actor } from '../../shared/actor.ts';
import { auditRow } from '../../shared/audit-store.ts';
import { conflict, forbidden } from '../../shared/errors.ts';
import type { Stack } from '../../stacks/stack.ts';
import { ORPHANED } from '../policy-check.ts';
import type { Run } from '../run.ts';
import { insertReview } from '../run-discussion-store.ts';
import { isReviewable, type ReviewDecision, type RunReview } from '../run-discussion.ts';
import { noteOf } from '../run-input.ts';
import { rolesOfSession } from '../policy-check-store.ts';
import { runCheckDue } from '../run-messages.ts';
import { loadRun, type RunChoice } from './load-run.ts';
import { approvalStanding } from './require-approved.ts';

/** Approves or rejects a run that waits; of several reviews of one person in one state, the newest counts. */
export async function reviewRun(
  ports: Pick<Ports, 'db' | 'queue' | 'clock' | 'ids' | 'wakeups'>,
  actor: Actor,
  input: RunChoice & { readonly decision: ReviewDecision; readonly note?: string | null },
): Promise<RunReview> {
  const { run, stack } = await loadRun(ports, actor, input);
  requireAction(actor, 'run:review', stack);

  if (!isReviewable(run.state)) throw conflict(`a run in state ${run.state} takes no reviews`, { runId: run.id, state: run.state });
  await requireUndecided(ports.db.sql, actor, run, stack);
  const review: RunReview = {
    id: ports.ids.ulid(),
    runId: run.id,
    state: run.state,
    stateVersion: run.stateVersion,
    author: actor.login,
    decision: input.decision,
    note: noteOf(input.note),
    session: { admin: actor.isRootAdmin, creatorIp: actor.remoteIp, login: actor.login, name: actor.name, teams: actor.teams, machine: actor.machine },
    authorRoles: await rolesOf(ports.db.sql, actor, stack.spaceId),
    createdAt: ports.clock.now(),
  };
  const audit = auditRow(ports, actor, { action: 'run.review', resourceType: 'run', resourceId: run.id, spaceId: run.spaceId, relatedType: 'stack', relatedId: run.stackId, body: { decision: review.decision, state: run.state } });
  if (!(await insertReview(ports.db.sql, review, audit))) throw conflict(`run ${run.id} is no longer in state ${run.state}: it moved on meanwhile`, { runId: run.id, state: run.state });
  await ports.queue.enqueue(ports.db.sql, runCheckDue, { runId: run.id, stateVersion: run.stateVersion, cause: review.id });
  ports.queue.flush();
  ports.wakeups.wake(`run:${run.id}`);
  return review;
}

/** Reviews are for approval policies that have not made up their minds, or for administrators where those are gone. */
async function requireUndecided(sql: Sql, actor: Actor, run: Run, stack: Stack): Promise<void> {
  const { standing, check, hasPolicies } = await approvalStanding(sql, run, stack);
  if (standing === 'approved') throw conflict(`run ${run.id} is approved already and takes no more reviews`, { runId: run.id });
  if (hasPolicies) return;
  if (check === undefined || check.stateVersion !== run.stateVersion || check.approval === 'approved') {
    if (run.state !== 'PENDING_REVIEW') throw conflict(`no approval policy is attached to stack ${stack.id}, so its runs take no reviews`, { runId: run.id, stackId: stack.id });
  }
  if (!can(actor, 'space:admin', stack)) throw forbidden(`run ${run.id} waits: ${ORPHANED}`, { runId: run.id });
}

async function rolesOf(sql: Sql, actor: Actor, spaceId: string): Promise<RunReview['authorRoles']> {
  if (actor.sessionId === null) return [];
  return rolesOfSession(sql, actor.sessionId, lineage(await listSpaces(sql), spaceId).map(({ id }) => id));
}
