import { policiesOfStack } from '../../policies/attachment-store.ts';
import type { Sql } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import { can, type Actor } from '../../shared/actor.ts';
import { conflict } from '../../shared/errors.ts';
import type { Stack } from '../../stacks/stack.ts';
import { askedOf, BEING_ASKED, ORPHANED, standingOf, waitingFor, type PolicyCheck, type Standing } from '../policy-check.ts';
import { findCheck } from '../policy-check-store.ts';
import { runCheckDue } from '../run-messages.ts';
import type { Run } from '../run.ts';

export interface RunStanding {
  readonly standing: Standing;
  readonly check: PolicyCheck | undefined;
  readonly hasPolicies: boolean;
}

/** How a run stands with the approval policies of its stack, in the state that it waits in. */
export async function approvalStanding(sql: Sql, run: Run, stack: Stack): Promise<RunStanding> {
  const policies = await policiesOfStack(sql, stack, run.state === 'QUEUED' ? ['APPROVAL', 'INITIALIZATION'] : ['APPROVAL']);
  const check = await findCheck(sql, run.id);
  return { standing: standingOf(run, check, askedOf(policies.map(({ policy }) => policy))), check, hasPolicies: policies.some(({ policy }) => policy.type === 'APPROVAL') };
}

/** Refuses to let a run go on that its approval policies hold. When those are gone, an administrator of the stack decides in their place. */
export async function requireApproved(ports: Pick<Ports, 'db' | 'queue'>, actor: Actor, run: Run, stack: Stack): Promise<void> {
  const { standing, check } = await approvalStanding(ports.db.sql, run, stack);
  if (standing === 'free' || standing === 'approved') return;
  if (standing === 'undecided' && check?.orphaned === true) {
    if (can(actor, 'space:admin', stack)) return;
    throw conflict(`run ${run.id} waits: ${ORPHANED}`, { runId: run.id });
  }
  // A label or a space may have changed, of which no message tells runs.
  if (standing === 'due') {
    await ports.queue.enqueue(ports.db.sql, runCheckDue, { runId: run.id, stateVersion: run.stateVersion, cause: `confirm ${stack.updatedAt.getTime()}` });
    ports.queue.flush();
  }
  throw conflict(`run ${run.id} is not approved: ${standing === 'due' || check === undefined ? BEING_ASKED : waitingFor(check)}`, { runId: run.id, approvals: check?.missing ?? [] });
}
