import type { StateAccess } from './state-proxy.ts';
import type { Stage } from './environment.ts';

/** The states in which a worker holds a run. */
export type WorkerState =
  | 'PREPARING' | 'PREPARING_APPLY' | 'PREPARING_REPLAN' | 'INITIALIZING' | 'PLANNING' | 'APPLYING' | 'PERFORMING' | 'DESTROYING';

export const isStoppable = (state: WorkerState): boolean => state === 'PREPARING' || state === 'PREPARING_REPLAN' || state === 'INITIALIZING' || state === 'PLANNING';

export const stageOf = (state: WorkerState): Stage => (state === 'APPLYING' || state === 'PERFORMING' || state === 'DESTROYING' ? 'write' : 'read');

/** What the tool may do with the managed state. */
export function stateAccess(state: WorkerState): StateAccess {
  if (stageOf(state) === 'write') return 'write';
  return state === 'INITIALIZING' || state === 'PLANNING' ? 'read' : 'none';
}

export const startOf = (phase: 'INITIAL' | 'APPLY' | 'REPLAN'): WorkerState => (phase === 'INITIAL' ? 'PREPARING' : phase === 'APPLY' ? 'PREPARING_APPLY' : 'PREPARING_REPLAN');
