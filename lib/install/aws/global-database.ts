import {
  CreateDBInstanceCommand,
  DescribeDBClustersCommand,
  DescribeGlobalClustersCommand,
  FailoverGlobalClusterCommand,
  SwitchoverGlobalClusterCommand,
} from '@aws-sdk/client-rds';
import { CommandFault } from '../outcome.ts';
import { failedWith, type AwsClients } from './clients.ts';

const POLL_MS = 10_000;
/** A region without an instance takes ten minutes more. */
const LONGEST_WAIT_MS = 30 * 60_000;
const SERVERLESS = 'db.serverless';
const ENGINE = 'aurora-postgresql';

/** How a database of two regions stands, seen from the one to go to. */
export interface GlobalDatabase {
  readonly status: string;
  /** The cluster of that region. */
  readonly clusterArn: string;
  readonly isWriter: boolean;
}

export interface DatabaseSwitch {
  readonly identifier: string;
  readonly from: AwsClients;
  readonly to: AwsClients;
  readonly acceptDataLoss: boolean;
  readonly clock: { readonly now: () => Date; readonly sleep: (ms: number) => Promise<void> };
  readonly say: (line: string) => void;
}

const missing = (what: string) => new CommandFault('preCheck', `disaster_recovery.global_cluster_identifier: ${what}`);
const regionOf = (arn: string): string => arn.split(':')[3] ?? '';

/** The database as the region to go to tells it. */
export async function findGlobalDatabase(to: AwsClients, identifier: string): Promise<GlobalDatabase> {
  const { GlobalClusters = [] } = await to.rds.send(new DescribeGlobalClustersCommand({ GlobalClusterIdentifier: identifier })).catch((error: unknown) => {
    if (failedWith(error, 'GlobalClusterNotFoundFault')) return { GlobalClusters: [] };
    throw error;
  });
  const found = GlobalClusters.find(({ GlobalClusterIdentifier }) => GlobalClusterIdentifier === identifier);
  const member = found?.GlobalClusterMembers?.find(({ DBClusterArn = '' }) => regionOf(DBClusterArn) === to.region);
  if (found === undefined) throw missing(`${to.region} knows no global cluster ${identifier}`);
  if (member === undefined) throw missing(`${identifier} has no cluster in ${to.region}: add one, and wait until it has caught up`);
  return { status: found.Status ?? 'unknown', clusterArn: member.DBClusterArn ?? '', isWriter: member.IsWriter === true };
}

/** A cluster of storage alone gets an instance first, or there would be nothing to promote. */
async function ensureInstance({ to, say }: DatabaseSwitch, { clusterArn }: GlobalDatabase): Promise<void> {
  const identifier = clusterArn.split(':').at(-1) ?? '';
  const { DBClusters = [] } = await to.rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: identifier }));
  if ((DBClusters[0]?.DBClusterMembers ?? []).length > 0) return;
  try {
    await to.rds.send(new CreateDBInstanceCommand({
      DBInstanceIdentifier: `${identifier}-writer`, DBClusterIdentifier: identifier, DBInstanceClass: SERVERLESS, Engine: ENGINE, PubliclyAccessible: false,
    }));
    say(`an instance is being made for ${identifier}`);
  } catch (error) {
    // One that an interrupted failover asked for is on its way.
    if (!failedWith(error, 'DBInstanceAlreadyExistsFault', 'DBInstanceAlreadyExists')) throw error;
  }
}

/** Makes the new region's cluster the one that is written to, and waits until it is. What has been asked for already is waited for. */
export async function switchDatabase(change: DatabaseSwitch): Promise<void> {
  const { identifier, from, to, acceptDataLoss, clock, say } = change;
  const before = await findGlobalDatabase(to, identifier);
  if (before.isWriter && before.status === 'available') return;
  if (!before.isWriter && before.status === 'available') {
    await ensureInstance(change, before);
    const target = { GlobalClusterIdentifier: identifier, TargetDbClusterIdentifier: before.clusterArn };
    // A planned one is the old region's to begin; otherwise it may not be there to ask.
    if (acceptDataLoss) await to.rds.send(new FailoverGlobalClusterCommand({ ...target, AllowDataLoss: true }));
    else await from.rds.send(new SwitchoverGlobalClusterCommand(target));
    say(`the database is going to ${to.region}`);
  }
  const until = clock.now().getTime() + LONGEST_WAIT_MS;
  for (;;) {
    const { isWriter, status } = await findGlobalDatabase(to, identifier);
    if (isWriter && (status === 'available' || acceptDataLoss)) break;
    if (clock.now().getTime() >= until) {
      const how = `${identifier} is ${status}: look at it, and run the command again`;
      throw new CommandFault('deployFailed', `the database has not come to ${to.region} within half an hour; ${how}`);
    }
    await clock.sleep(POLL_MS);
  }
  say(`${to.region} writes to the database`);
}
