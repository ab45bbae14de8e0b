import { DeleteRepositoryCommand } from '@aws-sdk/client-ecr';
import { DescribeKeyCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { DeleteSecretCommand, RemoveRegionsFromReplicationCommand } from '@aws-sdk/client-secrets-manager';
import { failedWith, type AwsClients } from './clients.ts';
import { placeOf } from './secret-values.ts';

/** The longest that the service waits, and with it the operator's last chance to think again. */
export const KEY_WAITING_DAYS = 30;

/** Removes a secret at once, its copies first: its name is free again. A copy goes with what it is a copy of. */
export async function destroySecret(aws: AwsClients, SecretId: string): Promise<void> {
  try {
    if (await withdrawCopies(aws, SecretId)) await aws.secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
  } catch (error) {
    if (!failedWith(error, 'ResourceNotFoundException')) throw error;
  }
}

/** Removes a secret's copies in other regions, without which the service does not let it go; false for one that is a copy, or is not there. */
export async function withdrawCopies(aws: AwsClients, SecretId: string): Promise<boolean> {
  const place = await placeOf(aws, SecretId);
  if (place === undefined || place.copyOf !== null) return false;
  const regions = [...new Set(place.copies.map(({ region }) => region))];
  if (regions.length > 0) await aws.secrets.send(new RemoveRegionsFromReplicationCommand({ SecretId, RemoveReplicaRegions: regions }));
  return true;
}

/** Removes the launcher images. */
export async function destroyRepository(aws: AwsClients, repositoryName: string): Promise<void> {
  try {
    await aws.ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
  } catch (error) {
    if (!failedWith(error, 'RepositoryNotFoundException')) throw error;
  }
}

/** Schedules the end of a key. Of one with replicas these go first, for the service deletes a primary only after them. */
export async function scheduleKeyEnd(clientsIn: (region: string) => AwsClients, arn: string): Promise<void> {
  const home = clientsIn(regionOf(arn));
  const key = await home.kms.send(new DescribeKeyCommand({ KeyId: arn })).then(({ KeyMetadata }) => KeyMetadata, (error: unknown) => {
    if (failedWith(error, 'NotFoundException')) return undefined;
    throw error;
  });
  if (key === undefined) return;
  const replicas = key.MultiRegionConfiguration?.MultiRegionKeyType === 'PRIMARY' ? (key.MultiRegionConfiguration.ReplicaKeys ?? []) : [];
  for (const { Arn = '' } of [...replicas, { Arn: arn }]) {
    try {
      await clientsIn(regionOf(Arn)).kms.send(new ScheduleKeyDeletionCommand({ KeyId: Arn.split('/').at(-1), PendingWindowInDays: KEY_WAITING_DAYS }));
    } catch (error) {
      // Scheduled before.
      if (!failedWith(error, 'KMSInvalidStateException')) throw error;
    }
  }
}

const regionOf = (arn: string): string => arn.split(':')[3] ?? '';
