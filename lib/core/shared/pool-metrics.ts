/** What is told of each worker pool while the database is awake; the dashboard shows it by these names. */
export const POOL_METRICS = { queuedRuns: 'QueuedRuns', activeRuns: 'ActiveRuns', workers: 'Workers' } as const;

export type PoolMetric = keyof typeof POOL_METRICS;

/** The attribute that names the pool. */
export const POOL_ATTRIBUTE = 'Pool';
