import { GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { failedWith, type AwsClients } from './clients.ts';

/** The value of a secret, undefined when it has none or there is no such secret. */
export async function readSecret(aws: AwsClients, id: string): Promise<string | undefined> {
  try {
    return (await aws.secrets.send(new GetSecretValueCommand({ SecretId: id }))).SecretString;
  } catch (error) {
    if (failedWith(error, 'ResourceNotFoundException')) return undefined;
    throw error;
  }
}

/** Gives a secret a value, unless it has that one: each version is kept. */
export async function writeSecret(aws: AwsClients, id: string, value: string): Promise<boolean> {
  if ((await readSecret(aws, id)) === value) return false;
  await aws.secrets.send(new PutSecretValueCommand({ SecretId: id, SecretString: value }));
  return true;
}
