import {
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DescribeDBClustersCommand,
  ModifyDBClusterCommand,
  RemoveFromGlobalClusterCommand,
  type DBCluster,
} from '@aws-sdk/client-rds';
import { failedWith, type AwsClients } from './clients.ts';

const POLL_MS = 10_000;

/** The cluster, undefined when there is none. */
export async function findCluster(aws: AwsClients, identifier: string): Promise<DBCluster | undefined> {
  try {
    return (await aws.rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: identifier }))).DBClusters?.[0];
  } catch (error) {
    if (failedWith(error, 'DBClusterNotFoundFault', 'DBClusterNotFound')) return undefined;
    throw error;
  }
}

/** Lets a cluster be deleted. */
export async function unprotectCluster(aws: AwsClients, identifier: string): Promise<void> {
  if (!(await findCluster(aws, identifier))?.DeletionProtection) return;
  await aws.rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: identifier, DeletionProtection: false, ApplyImmediately: true }));
}

/** Takes a cluster out of the database of two regions, whose clusters cannot be deleted; one that is out of it already is as wanted. */
export async function leaveGlobalDatabase(aws: AwsClients, globalIdentifier: string, identifier: string): Promise<void> {
  const arn = (await findCluster(aws, identifier))?.DBClusterArn;
  if (arn === undefined) return;
  try {
    await aws.rds.send(new RemoveFromGlobalClusterCommand({ GlobalClusterIdentifier: globalIdentifier, DbClusterIdentifier: arn }));
  } catch (error) {
    if (!failedWith(error, 'GlobalClusterNotFoundFault', 'DBClusterNotFoundFault')) throw error;
  }
}

/** Deletes a cluster with its instances, without a last snapshot, and waits until it is gone. */
export async function destroyCluster(aws: AwsClients, identifier: string, sleep: (ms: number) => Promise<void>): Promise<void> {
  await unprotectCluster(aws, identifier);
  let asked = false;
  for (;;) {
    const cluster = await findCluster(aws, identifier);
    if (cluster === undefined) return;
    if (!asked) {
      for (const { DBInstanceIdentifier } of cluster.DBClusterMembers ?? []) {
        await aws.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier, SkipFinalSnapshot: true, DeleteAutomatedBackups: true }));
      }
      await aws.rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: identifier, SkipFinalSnapshot: true }));
      asked = true;
      continue;
    }
    await sleep(POLL_MS);
  }
}
