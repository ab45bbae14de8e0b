import type { Actor } from '../shared/actor.ts';
import { notFound } from '../shared/errors.ts';
import { workerRefusal } from '../workers/worker-refusals.ts';
import { requireHandover } from './state-rules.ts';
import { DEFAULT_WORKSPACE, runAuthor, type StateUser } from './state.ts';

/** A worker's call about the state of the run it holds. */
export interface RunCall {
  readonly workerId: string;
  readonly runId: string;
  readonly lease: number;
  readonly workspace: string;
}

/** The run of a call, if it is this worker's and its stack has a managed state. */
export function requireUser(user: (StateUser & { readonly managed: boolean }) | undefined, call: RunCall): StateUser {
  if (user === undefined) throw workerRefusal('not_found', `run ${call.runId} not found`);
  requireHandover(user, call);
  if (!user.managed) throw workerRefusal('state_forbidden', `stack ${user.stackId} keeps its state elsewhere`);
  if (call.workspace !== DEFAULT_WORKSPACE) throw notFound(`the stack has no state called ${JSON.stringify(call.workspace)}, only ${DEFAULT_WORKSPACE}`);
  return user;
}

/** The run as the author of a write, for the audit trail. */
export function runActor(runId: string): Actor {
  const name = runAuthor(runId);
  return { kind: 'run', id: runId, login: name, name, isRootAdmin: false, sessionId: null, teams: [], machine: true, remoteIp: null, grants: new Map() };
}
