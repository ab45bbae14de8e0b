import { isActive, type RunState, type RunType } from '../runs/run-states.ts';
import { workerRefusal } from '../workers/worker-refusals.ts';
import type { StateLock, StateUser, StateVersion } from './state.ts';

/** States written by runs; imports may not be larger than a fifth of it. */
export const MAX_RUN_STATE_BYTES = 512 * 1024 * 1024;
export const MAX_IMPORT_BYTES = 100 * 1024 * 1024;
export const MAX_LITERAL_BYTES = 4 * 1024 * 1024;
/** Versions that are not current are kept this long. */
export const RETENTION_DAYS = 30;

export interface StateAccess {
  readonly read: boolean;
  /** `ignored`: answered as if taken, so that a preview never collides with an apply. */
  readonly lock: 'taken' | 'ignored' | 'refused';
  readonly write: boolean;
}

const NOTHING: StateAccess = { read: false, lock: 'refused', write: false };
const READING: ReadonlySet<RunState> = new Set<RunState>(['INITIALIZING', 'PLANNING']);
const WRITING: ReadonlySet<RunState> = new Set<RunState>(['APPLYING', 'PERFORMING', 'DESTROYING']);
const OWNERS: ReadonlySet<RunType> = new Set<RunType>(['TRACKED', 'DESTROY', 'TASK']);

/** What a run of a type may do with its stack's state in a state of its own. */
export function accessOf(type: RunType, state: RunState): StateAccess {
  if (type === 'PROPOSED') return READING.has(state) ? { read: true, lock: 'ignored', write: false } : NOTHING;
  if (!OWNERS.has(type)) return NOTHING;
  if (WRITING.has(state)) return { read: true, lock: 'taken', write: true };
  return READING.has(state) ? { read: true, lock: 'taken', write: false } : NOTHING;
}

/** Refuses a worker that no longer holds the run: superseded, lost, or never assigned. */
export function requireHandover(user: StateUser, call: { readonly workerId: string; readonly lease: number }): void {
  if (user.lease !== call.lease || user.workerId !== call.workerId) throw workerRefusal('stale_lease', `run ${user.runId} was handed over anew; this lease no longer counts`);
}

export function requireAccess(user: StateUser, kind: 'read' | 'lock' | 'write'): StateAccess {
  const access = accessOf(user.type, user.state);
  const allowed = kind === 'read' ? access.read : kind === 'write' ? access.write : access.lock !== 'refused';
  if (!allowed) throw workerRefusal('state_forbidden', `a ${user.type} run cannot ${kind} the state while it is ${user.state}`);
  return access;
}

/** The lock, if it counts: its run is being worked on under the same lease. Nothing is written when that ends. */
export function liveLock(lock: StateLock | null): StateLock | undefined {
  const holder = lock?.holder;
  return lock !== null && holder !== undefined && holder.lease === lock.lease && isActive(holder.state) ? lock : undefined;
}

const isHolder = (lock: StateLock, user: StateUser): boolean => lock.runId === user.runId && lock.lease === user.lease;

/** Who keeps the run from taking the lock; its own leftover of an earlier phase does not, nor the same request told twice. */
export function lockAgainst(lock: StateLock | null, user: StateUser, lockId: string): StateLock | undefined {
  const live = liveLock(lock);
  return live !== undefined && isHolder(live, user) && (live.stateVersion < user.stateVersion || live.info.ID === lockId) ? undefined : live;
}

/** Who keeps the run from unlocking. `lockId` is undefined for a forced unlock, which does not say whose lock is meant. */
export function unlockAgainst(lock: StateLock | null, user: StateUser, lockId: string | undefined): StateLock | undefined {
  const live = liveLock(lock);
  return live !== undefined && isHolder(live, user) && (lockId === undefined || lockId === live.info.ID) ? undefined : live;
}

export interface IncomingState {
  readonly sha256: string;
  readonly serial: number;
  readonly lineage: string;
  readonly lockId: string | null;
}

export type WriteVerdict =
  | { readonly kind: 'accept'; readonly forced: boolean }
  | { readonly kind: 'unchanged'; readonly versionId: string }
  | { readonly kind: 'conflict'; readonly reason: string };

/** Decides about a write by the current version and the lock alone; a task may force what others may not. */
export function judgeWrite(current: StateVersion | undefined, lock: StateLock | null, user: StateUser, incoming: IncomingState): WriteVerdict {
  const lockConflict = judgeLockId(lock, user, incoming.lockId);
  if (lockConflict !== undefined) return { kind: 'conflict', reason: lockConflict };
  if (current === undefined || current.isDeletedMarker) return { kind: 'accept', forced: false };
  if (current.sha256 === incoming.sha256) return { kind: 'unchanged', versionId: current.id };
  const reason = orderConflict(current, incoming);
  if (reason === undefined) return { kind: 'accept', forced: false };
  return user.type === 'TASK' ? { kind: 'accept', forced: true } : { kind: 'conflict', reason };
}

function judgeLockId(lock: StateLock | null, user: StateUser, lockId: string | null): string | undefined {
  const live = liveLock(lock);
  if (live === undefined) return lockId === null ? undefined : 'the state is not locked with this ID';
  if (!isHolder(live, user)) return `the state is locked by run ${live.runId}`;
  return lockId === live.info.ID ? undefined : 'the state is locked with another ID';
}

function orderConflict(current: StateVersion, incoming: IncomingState): string | undefined {
  if (incoming.lineage !== current.lineage) return `the state has lineage ${incoming.lineage}, the current one ${current.lineage}`;
  if (incoming.serial < current.serial) return `the state has serial ${incoming.serial}, the current one already ${current.serial}`;
  if (incoming.serial === current.serial) return `another state with serial ${current.serial} is stored already`;
  return undefined;
}

/** Serial of a state put in place by hand: plans made before it no longer apply. */
export const serialAfter = (own: number, current: StateVersion | undefined): number => Math.max(own, current === undefined ? 0 : current.serial + 1);

/** When a version that is no longer current ceases to exist. */
export function isExpired(version: StateVersion, now: Date): boolean {
  return version.supersededAt !== null && now.getTime() - version.supersededAt.getTime() >= RETENTION_DAYS * 86_400_000;
}
