import { isActive, nextState, RUN_STATES, type RunEvent, type RunState } from '../runs/run-states.ts';
import type { Run } from '../runs/run.ts';
import { workerRefusal } from '../workers/worker-refusals.ts';

type Described = Pick<Run, 'type' | 'state' | 'skipInitialization'>;

/** Where a worker takes a run of each type by itself; all decisions after planning are the server's (workers.md §7.3). */
function stepsForward({ type, state, skipInitialization }: Described): readonly RunEvent[] {
  switch (state) {
    case 'PREPARING':
      return type === 'TASK' && skipInitialization ? ['perform'] : ['initialize'];
    case 'INITIALIZING':
      if (type === 'TASK') return ['perform'];
      if (type === 'DESTROY') return ['destroy'];
      return type === 'TRACKED' || type === 'PROPOSED' ? ['plan'] : [];
    case 'PREPARING_REPLAN':
      return ['plan'];
    case 'PREPARING_APPLY':
      return ['apply'];
    case 'APPLYING':
    case 'PERFORMING':
    case 'DESTROYING':
      return ['finish'];
    default:
      return [];
  }
}

/** The event behind a worker's `from` → `to`, or a refusal: the run is elsewhere by now, or the step is not a worker's. */
export function workerEvent(run: Described & Pick<Run, 'id'>, from: string, to: string): RunEvent {
  const refuse = (why: string) => workerRefusal('bad_transition', `run ${run.id} cannot go from ${from} to ${to}: ${why}`, { runId: run.id, state: run.state });
  if (run.state !== from) throw refuse(`it is ${run.state}`);
  if (!(RUN_STATES as readonly string[]).includes(to)) throw refuse('there is no such state');
  if (isActive(run.state)) {
    const events: readonly RunEvent[] = [...stepsForward(run), 'fail', 'stop'];
    const event = events.find((candidate) => nextState(run.state, candidate) === to);
    if (event !== undefined) return event;
  }
  throw refuse(`a worker does not take a ${run.type} run there`);
}

const PREPARING: ReadonlySet<RunState> = new Set<RunState>(['PREPARING', 'PREPARING_APPLY', 'PREPARING_REPLAN']);
const WRITING: ReadonlySet<RunState> = new Set<RunState>(['APPLYING', 'PERFORMING', 'DESTROYING']);

/** The worker has the run but has executed nothing of it. */
export const isPreparing = (state: RunState): boolean => PREPARING.has(state);
/** Infrastructure may be changing. */
export const isWriting = (state: RunState): boolean => WRITING.has(state);
