import { isBlocking, type RunType } from './run-states.ts';
import type { Priority } from './run.ts';

/** A run that waits for a worker of the pool: READY, CONFIRMED or REPLAN_REQUESTED. */
export interface PoolEntry {
  readonly id: string;
  readonly stackId: string;
  readonly type: RunType;
  readonly driftDetection: boolean;
  readonly priority: Priority;
  readonly createdAt: Date;
}

const PRIORITY_RANK: Readonly<Record<Priority, number>> = { HIGH: 0, NORMAL: 1, LOW: 2 };

/** Runs that change something first, then previews, then drift detection (runs.md §4.3). */
export function queueClass(run: Pick<PoolEntry, 'type' | 'driftDetection'>): number {
  if (run.driftDetection && !isBlocking(run.type)) return 2;
  return isBlocking(run.type) ? 0 : 1;
}

/**
 * Rank by priority. Within one stack, priority never lets a run pass one of a better class: it counts as no more urgent
 * than the least urgent of those.
 */
export function priorityRank(run: PoolEntry, entries: readonly PoolEntry[]): number {
  const better = entries.filter((other) => other.stackId === run.stackId && queueClass(other) < queueClass(run));
  return Math.max(PRIORITY_RANK[run.priority], ...better.map((other) => PRIORITY_RANK[other.priority]));
}

export interface RankedEntry extends PoolEntry {
  readonly rank: number;
}

/** Order of a pool's queue: priority, class, age. */
export function compareForPool(a: RankedEntry, b: RankedEntry): number {
  return a.rank - b.rank || queueClass(a) - queueClass(b) || a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** The whole queue in order; `claimableRuns` of the store asks the database for the same. */
export function inPoolOrder<E extends PoolEntry>(entries: readonly E[]): readonly E[] {
  return entries.map((entry) => ({ entry, ranked: { ...entry, rank: priorityRank(entry, entries) } })).sort((a, b) => compareForPool(a.ranked, b.ranked)).map(({ entry }) => entry);
}
