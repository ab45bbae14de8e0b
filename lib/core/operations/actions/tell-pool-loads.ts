import type { Ports } from '../../ports/ports.ts';
import { POOL_ATTRIBUTE, POOL_METRICS, type PoolMetric } from '../../shared/pool-metrics.ts';
import { poolLoads } from '../pool-load-store.ts';

/** Tells how busy each worker pool is. Only a pass that uses the database anyway asks: numbers keep no installation awake. */
export async function tellPoolLoads(ports: Pick<Ports, 'db' | 'telemetry'>): Promise<void> {
  for (const { pool, ...load } of await poolLoads(ports.db.sql)) {
    for (const [name, count] of Object.entries(load)) ports.telemetry.count(POOL_METRICS[name as PoolMetric], { [POOL_ATTRIBUTE]: pool }, count);
  }
}
