import type { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { InstallConfig } from '../install/config.ts';

/** Where the first region's secrets are copied to: under the other region's key once that is known, else under the service's own. */
export function copiesOf({ disasterRecovery: recovery }: Pick<InstallConfig, 'disasterRecovery'>): CfnSecret.ReplicaRegionProperty[] | undefined {
  if (recovery === null || recovery.isStandby) return undefined;
  const kmsKeyId = recovery.replication?.keyArn;
  return [{ region: recovery.replicaRegion, ...(kmsKeyId === undefined ? {} : { kmsKeyId }) }];
}
