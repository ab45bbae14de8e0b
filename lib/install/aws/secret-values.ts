import { DescribeSecretCommand, GetSecretValueCommand, PutSecretValueCommand, type DescribeSecretResponse } from '@aws-sdk/client-secrets-manager';
import { failedWith, type AwsClients } from './clients.ts';

/** What a secret is, also one that waits for its end; undefined when there is none. */
export async function describeSecret(aws: AwsClients, id: string): Promise<DescribeSecretResponse | undefined> {
  try {
    return await aws.secrets.send(new DescribeSecretCommand({ SecretId: id }));
  } catch (error) {
    if (failedWith(error, 'ResourceNotFoundException')) return undefined;
    throw error;
  }
}

/** The value of a secret, undefined when it has none or there is no such secret. */
export async function readSecret(aws: AwsClients, id: string): Promise<string | undefined> {
  try {
    return (await aws.secrets.send(new GetSecretValueCommand({ SecretId: id }))).SecretString;
  } catch (error) {
    if (failedWith(error, 'ResourceNotFoundException')) return undefined;
    throw error;
  }
}

/** Where else a secret is, and who keeps it. */
export interface SecretPlace {
  /** The region whose copy this one is; null for one that may be written here. */
  readonly copyOf: string | null;
  readonly copies: readonly { readonly region: string; readonly status: string; readonly message: string }[];
}

/** Undefined when there is no such secret. */
export async function placeOf(aws: AwsClients, id: string): Promise<SecretPlace | undefined> {
  const secret = await describeSecret(aws, id);
  if (secret === undefined) return undefined;
  const { PrimaryRegion: primary, ReplicationStatus = [] } = secret;
  const copies = ReplicationStatus.map(({ Region = '', Status = '', StatusMessage = '' }) => ({ region: Region, status: Status, message: StatusMessage }));
  return { copyOf: primary === undefined || primary === aws.region ? null : primary, copies };
}

/** Gives a secret a value, unless it has that one: each version is kept. */
export async function writeSecret(aws: AwsClients, id: string, value: string): Promise<boolean> {
  if ((await readSecret(aws, id)) === value) return false;
  await aws.secrets.send(new PutSecretValueCommand({ SecretId: id, SecretString: value }));
  return true;
}
