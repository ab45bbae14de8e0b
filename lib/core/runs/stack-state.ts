import type { StackState } from '../stacks/stack.ts';
import { isActive, type RunState, type RunType } from './run-states.ts';

const SHOWN: ReadonlySet<RunState> = new Set<RunState>([
  'PREPARING', 'INITIALIZING', 'PLANNING', 'UNCONFIRMED', 'REPLAN_REQUESTED', 'PREPARING_REPLAN', 'CONFIRMED', 'PREPARING_APPLY',
  'APPLYING', 'DESTROYING', 'FINISHED', 'FAILED', 'STOPPED', 'DISCARDED',
]);

/** A stack shows the state of its newest tracked or destroying run; tasks and previews do not change it (runs.md §15). */
export const setsStackState = (type: RunType): boolean => type === 'TRACKED' || type === 'DESTROY';

/** The stack state that a run's state stands for; undefined where the stack keeps what it shows. */
export const stackStateOf = (state: RunState): StackState | undefined => (SHOWN.has(state) ? (state as StackState) : undefined);

/** Stack states in which a worker is busy: one of them must not stay behind when its run is canceled. */
export const BUSY_STACK_STATES = [...SHOWN].filter(isActive) as readonly StackState[];
