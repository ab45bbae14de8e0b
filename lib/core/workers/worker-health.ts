import type { Worker } from './worker.ts';

/** How often a worker reports, in seconds. */
export const HEARTBEAT_SECONDS = { busy: 20, idle: 60 } as const;

/** Silence after which a worker gets no new run, and after which it is given up, in seconds. */
export const SUSPECT_AFTER_SECONDS = { busy: 60, idle: 150 } as const;
export const LOST_AFTER_SECONDS = { busy: 120, idle: 240 } as const;

/** Time for a reconnect after the broker dropped the connection without a goodbye. */
export const WILL_GRACE_SECONDS = 30;
/** Time for workers to find the region that serves from now on. */
export const RETURN_SECONDS = 600;
/** The note of a run whose worker did not. */
export const REGION_FAILOVER = 'region failover';

export type WorkerHealth = 'idle' | 'busy' | 'suspect' | 'lost';

type Signs = Pick<Worker, 'runId' | 'lastSeenAt' | 'willAt' | 'awaitedSince'>;

const mode = (worker: Signs) => (worker.runId === null ? 'idle' : 'busy');

/** Whether nothing was heard of the worker since its region changed. */
export const isAwaited = ({ awaitedSince, lastSeenAt }: Pick<Signs, 'awaitedSince' | 'lastSeenAt'>): boolean =>
  awaitedSince !== null && lastSeenAt <= awaitedSince;

/** When the worker is given up unless it shows a sign of life. */
export function lostAt(worker: Signs): Date {
  if (worker.awaitedSince !== null && isAwaited(worker)) return new Date(worker.awaitedSince.getTime() + RETURN_SECONDS * 1000);
  const silent = worker.lastSeenAt.getTime() + LOST_AFTER_SECONDS[mode(worker)] * 1000;
  const dropped = worker.willAt === null ? Infinity : worker.willAt.getTime() + WILL_GRACE_SECONDS * 1000;
  return new Date(Math.min(silent, dropped));
}

export function healthOf(worker: Signs, now: Date): WorkerHealth {
  if (now >= lostAt(worker)) return 'lost';
  const silentMs = now.getTime() - worker.lastSeenAt.getTime();
  if (isAwaited(worker) || worker.willAt !== null || silentMs >= SUSPECT_AFTER_SECONDS[mode(worker)] * 1000) return 'suspect';
  return mode(worker);
}

/** Whole seconds until the worker would be given up, so that a check then decides. */
export function secondsUntilLost(worker: Signs, now: Date): number {
  return Math.max(1, Math.ceil((lostAt(worker).getTime() - now.getTime()) / 1000));
}

/** The note of a run whose worker fell silent. */
export function lossNote(worker: Pick<Worker, 'id' | 'lastSeenAt' | 'awaitedSince'>, now: Date): string {
  if (isAwaited(worker)) return REGION_FAILOVER;
  const seconds = Math.max(0, Math.round((now.getTime() - worker.lastSeenAt.getTime()) / 1000));
  return `worker lost: no heartbeat from ${worker.id} for ${seconds}s`;
}
