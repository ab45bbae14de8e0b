import type { HandoverPhase } from '../../protocol/job.ts';
import type { RunState } from '../runs/run-states.ts';
import type { Run } from '../runs/run.ts';
import type { Actor } from '../shared/actor.ts';
import { workerRefusal } from '../workers/worker-refusals.ts';
import type { Worker } from '../workers/worker.ts';

/** A worker that takes no assignment in this time did not hear of it. */
export const ASSIGNMENT_SECONDS = 10;
/** After that, other workers come first for this long. */
export const PASSED_OVER_SECONDS = 30;
/** How often a run is handed over before it has begun: workers may be lost with it, and what it needs may not answer. */
export const MAX_ATTEMPTS = 3;
/** Follows the reason of the last attempt. */
export const TRIED_OFTEN = `the run was handed over ${MAX_ATTEMPTS} times and did not begin`;
/** How long what did not answer is given, before the run that needs it is handed over again. */
export const AGAIN_SECONDS = 30;

/** What a handover does, by the state in which the run waited for it. */
export function phaseOf(state: RunState): HandoverPhase {
  if (state === 'CONFIRMED') return 'APPLY';
  return state === 'REPLAN_REQUESTED' ? 'REPLAN' : 'INITIAL';
}

/** Refuses a worker whose time with the run is over: it was lost, superseded, or gave the run back. */
export function requireHandover(run: Run, worker: Pick<Worker, 'id'>, lease: number): void {
  if (run.lease === lease && run.workerId === worker.id) return;
  throw workerRefusal('stale_lease', `lease ${lease} of run ${run.id} no longer counts: the run was handed over anew or taken back`, { runId: run.id, lease });
}

/** The worker as the one who made a step. */
export function workerActor(worker: Pick<Worker, 'id'>): Actor {
  const login = `worker::${worker.id}`;
  return { kind: 'worker', id: worker.id, login, name: login, isRootAdmin: false, sessionId: null, teams: [], machine: true, remoteIp: null, grants: new Map() };
}

const MAX_NOTE = 2000;

/** A worker's note as it is kept: words within bounds, or none. */
export function keptNote(note: string | undefined): string | null {
  // A tool may say anything, also what no row can hold.
  const text = note?.replaceAll('\0', '').toWellFormed().trim() ?? '';
  return text === '' ? null : text.slice(0, MAX_NOTE);
}
