import { sql as raw, type ExpressionBuilder, type RawBuilder, type UpdateObject } from 'kysely';
import { json } from '../ports/json.ts';
import type { Tables } from '../ports/tables.ts';
import { isBlocking, isTerminal } from './run-states.ts';
import type { Run } from './run.ts';
import { BUSY_STACK_STATES, setsStackState, stackStateOf } from './stack-state.ts';

type StackColumns = ExpressionBuilder<Tables, 'stacks'>;

/** A blocking run that leaves the queue takes its stack's slot. */
export const takesSlot = (before: Run, after: Run): boolean => isBlocking(after.type) && before.state === 'QUEUED' && after.state === 'READY';

/**
 * The slot, the state shown, the tracked commit and the last apply of a stack whose blocking run made a step. Names are qualified, for the
 * run's own columns stand beside the stack's in the statement. A run behind another changes nothing that is shown.
 */
export function stackColumns(eb: StackColumns, before: Run, after: Run, by: string | null): UpdateObject<Tables, 'stacks'> {
  const holdsSlot = eb.or([eb('stacks.blocker_run_id', 'is', null), eb('stacks.blocker_run_id', '=', after.id)]);
  const shown = setsStackState(after.type) ? stackStateOf(after.state) : undefined;
  // A run that went back to the queue after a worker was lost, and is then canceled, must not leave a busy stack behind.
  const abandons = setsStackState(after.type) && after.state === 'CANCELED';
  const when = abandons ? eb.and([holdsSlot, eb('stacks.state', 'in', [...BUSY_STACK_STATES])]) : holdsSlot;
  const state = abandons ? 'STOPPED' : shown;
  const set = <T>(value: RawBuilder<T>, column: 'state' | 'state_set_at' | 'state_set_by'): RawBuilder<T> => raw<T>`case when ${when} then ${value} else ${raw.ref(`stacks.${column}`)} end`;
  const slotFreed = isTerminal(after.state) || after.state === 'QUEUED';
  const applied = after.type === 'TRACKED' && before.state === 'APPLYING' && after.state === 'FINISHED';
  return {
    ...(takesSlot(before, after) ? { blocker_run_id: after.id } : {}),
    ...(slotFreed ? { blocker_run_id: raw<string | null>`nullif(stacks.blocker_run_id, cast(${after.id} as text))` } : {}),
    ...(state === undefined
      ? {}
      : {
          state: set(raw<string>`cast(${state} as text)`, 'state'),
          state_set_at: set(raw<Date>`cast(${after.updatedAt} as timestamptz)`, 'state_set_at'),
          state_set_by: set(raw<string | null>`cast(${by} as text)`, 'state_set_by'),
        }),
    ...(takesSlot(before, after) && after.type === 'TRACKED' ? { tracked_commit: json(after.commit), tracked_commit_set_by: after.triggeredBy } : {}),
    ...(applied ? { last_apply_at: after.updatedAt, last_applied_version: after.toolVersion } : {}),
    ...(after.type === 'DESTROY' && isTerminal(after.state) && after.state !== 'FINISHED' ? { deleting: false } : {}),
  };
}

/** Whether a step changes anything about the stack, slot aside. */
export const touchesStack = (after: Run): boolean => isBlocking(after.type) && (isTerminal(after.state) || after.state === 'QUEUED' || (setsStackState(after.type) && stackStateOf(after.state) !== undefined));
