import { conflict } from '../shared/errors.ts';

export type RunType = 'PROPOSED' | 'TRACKED' | 'TASK' | 'TESTING' | 'DESTROY' | 'PARSE';

export type RunState =
  | 'QUEUED' | 'READY' | 'PREPARING' | 'INITIALIZING' | 'PLANNING' | 'PENDING_REVIEW' | 'UNCONFIRMED' | 'REPLAN_REQUESTED'
  | 'PREPARING_REPLAN' | 'CONFIRMED' | 'PREPARING_APPLY' | 'APPLYING' | 'PERFORMING' | 'DESTROYING'
  | 'FINISHED' | 'FAILED' | 'STOPPED' | 'CANCELED' | 'DISCARDED' | 'SKIPPED';

export type RunEvent =
  | 'unblock' | 'demote' | 'claim' | 'requeue' | 'initialize' | 'plan' | 'perform' | 'destroy' | 'apply' | 'finish'
  | 'review' | 'park' | 'confirm' | 'discard' | 'cancel' | 'skip' | 'replan' | 'stop' | 'fail';

/** Every state has a row; every cell names where the event leads. A blank cell is a refusal (runs.md §2). */
export const RUN_TRANSITIONS = {
  QUEUED: { unblock: 'READY', cancel: 'CANCELED', discard: 'DISCARDED', skip: 'SKIPPED', fail: 'FAILED' },
  READY: { claim: 'PREPARING', demote: 'QUEUED', cancel: 'CANCELED', discard: 'DISCARDED', fail: 'FAILED' },
  PREPARING: { initialize: 'INITIALIZING', perform: 'PERFORMING', requeue: 'READY', stop: 'STOPPED', fail: 'FAILED' },
  INITIALIZING: { plan: 'PLANNING', perform: 'PERFORMING', destroy: 'DESTROYING', finish: 'FINISHED', requeue: 'READY', stop: 'STOPPED', fail: 'FAILED' },
  PLANNING: { finish: 'FINISHED', review: 'PENDING_REVIEW', park: 'UNCONFIRMED', apply: 'APPLYING', requeue: 'READY', stop: 'STOPPED', fail: 'FAILED' },
  PENDING_REVIEW: { finish: 'FINISHED', discard: 'DISCARDED', fail: 'FAILED' },
  UNCONFIRMED: { confirm: 'CONFIRMED', discard: 'DISCARDED', replan: 'REPLAN_REQUESTED', fail: 'FAILED' },
  REPLAN_REQUESTED: { claim: 'PREPARING_REPLAN', discard: 'DISCARDED', fail: 'FAILED' },
  PREPARING_REPLAN: { plan: 'PLANNING', requeue: 'REPLAN_REQUESTED', stop: 'STOPPED', fail: 'FAILED' },
  CONFIRMED: { claim: 'PREPARING_APPLY', discard: 'DISCARDED', fail: 'FAILED' },
  PREPARING_APPLY: { apply: 'APPLYING', requeue: 'CONFIRMED', fail: 'FAILED' },
  APPLYING: { finish: 'FINISHED', destroy: 'DESTROYING', fail: 'FAILED' },
  PERFORMING: { finish: 'FINISHED', fail: 'FAILED' },
  DESTROYING: { finish: 'FINISHED', fail: 'FAILED' },
  FINISHED: {},
  FAILED: {},
  STOPPED: {},
  CANCELED: {},
  DISCARDED: {},
  SKIPPED: {},
} as const satisfies Record<RunState, Partial<Record<RunEvent, RunState>>>;

export const RUN_STATES = Object.keys(RUN_TRANSITIONS) as readonly RunState[];

export const isTerminal = (state: RunState): boolean => Object.keys(RUN_TRANSITIONS[state]).length === 0;
export const TERMINAL_STATES = RUN_STATES.filter(isTerminal);

const row = (state: RunState): Partial<Record<RunEvent, RunState>> => RUN_TRANSITIONS[state];

/** Where an event leads, or undefined: the event is refused in that state. */
export const nextState = (state: RunState, event: RunEvent): RunState | undefined => row(state)[event];

/** A worker is executing for the run: it was claimed, and has neither ended nor been parked. */
const WORKED_ON: ReadonlySet<RunState> = new Set<RunState>([
  'PREPARING', 'INITIALIZING', 'PLANNING', 'PREPARING_REPLAN', 'PREPARING_APPLY', 'APPLYING', 'PERFORMING', 'DESTROYING',
]);
export const isActive = (state: RunState): boolean => WORKED_ON.has(state);
export const ACTIVE_STATES = RUN_STATES.filter(isActive);

/** States from which a worker may claim the run. */
export const CLAIMABLE_STATES = RUN_STATES.filter((state) => 'claim' in row(state));
/** States in which a graceful stop is honoured by the worker. */
export const isStoppable = (state: RunState): boolean => isActive(state) && 'stop' in row(state);

const BLOCKING: ReadonlySet<RunType> = new Set<RunType>(['TRACKED', 'TASK', 'DESTROY']);
/** Blocking runs may change state, so they take the stack's only slot (runs.md §4.1). */
export const isBlocking = (type: RunType): boolean => BLOCKING.has(type);

export interface Stepping {
  readonly id: string;
  readonly state: RunState;
  readonly stateVersion: number;
  readonly updatedAt: Date;
  readonly finishedAt: Date | null;
}

/** The run one step on, or CONFLICT when its state refuses the event. */
export function advance<R extends Stepping>(run: R, event: RunEvent, at: Date): R {
  const state = nextState(run.state, event);
  if (state === undefined) throw conflict(`a run in state ${run.state} cannot ${event}`, { runId: run.id, state: run.state });
  return { ...run, state, stateVersion: run.stateVersion + 1, updatedAt: at, finishedAt: isTerminal(state) ? at : null };
}
