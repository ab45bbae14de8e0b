import type { AwsClients } from './clients.ts';
import { newestMetrics } from './metrics.ts';

/** The name of the rule on every bucket that is copied. */
const RULE = 'everything';
const LAG_WINDOW_MS = 10 * 60_000;

/** A bucket whose objects are copied, by the names that it and its copy have. */
export interface Copying {
  readonly source: string;
  readonly destination: string;
}

/**
 * How many operations have not been copied yet, by the newest numbers since a time; undefined while there is none of some bucket. The service
 * tells them in the region where copies arrive, minutes late.
 */
export async function copyBacklog(to: AwsClients, copies: readonly Copying[], since: Date, now: Date): Promise<number | undefined> {
  const metrics = copies.map(({ source, destination }) => ({
    namespace: 'AWS/S3', name: 'OperationsPendingReplication', dimensions: { SourceBucket: source, DestinationBucket: destination, RuleId: RULE },
  }));
  const newest = await newestMetrics(to, metrics, since, now);
  return newest.some((value) => value === undefined) ? undefined : newest.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

/** How far the database of a region is behind, in milliseconds; undefined when nothing was told in the last minutes. */
export async function databaseLag(to: AwsClients, cluster: string, now: Date): Promise<number | undefined> {
  const metric = { namespace: 'AWS/RDS', name: 'AuroraGlobalDBRPOLag', dimensions: { DBClusterIdentifier: cluster } };
  return (await newestMetrics(to, [metric], new Date(now.getTime() - LAG_WINDOW_MS), now))[0];
}
