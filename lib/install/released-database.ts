import { DeleteSecretCommand, RestoreSecretCommand } from '@aws-sdk/client-secrets-manager';
import { withdrawCopies } from './aws/destruction.ts';
import { failedWith, type AwsClients } from './aws/clients.ts';
import { deleteParameter, readParameter, writeParameter } from './aws/parameters.ts';
import { stackExists } from './aws/stacks.ts';
import type { InstallConfig } from './config.ts';
import type { CommandContext } from './context.ts';
import { DATABASE_SECRETS, parameterName, secretName, stackName } from './names.ts';
import { CommandFault } from './outcome.ts';

/** How long a secret can be brought back; the longest that the service allows. */
const RECOVERY_DAYS = 30;
const releasedParameter = (prefix: string): string => parameterName(prefix, 'install', 'released-database');

/** Secrets that are not there, or are on their way already. */
const isGone = (error: unknown): boolean => failedWith(error, 'ResourceNotFoundException', 'InvalidRequestException');

/**
 * Once another database serves, ours is let go: it stands as it is with its stack, untouched from now on, and the secrets of its users are
 * deleted. They can be brought back for a while, as by a file that asks for ours again.
 */
export async function releaseDatabase(context: CommandContext, aws: AwsClients, { prefix, database }: InstallConfig): Promise<void> {
  if (database.external === null || (await isReleased(aws, prefix))) return;
  const stack = stackName(prefix, 'database');
  if (!(await stackExists(aws, stack))) return;
  for (const name of DATABASE_SECRETS) {
    try {
      const SecretId = secretName(prefix, name);
      if (await withdrawCopies(aws, SecretId)) await aws.secrets.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: RECOVERY_DAYS }));
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  await writeParameter(aws, releasedParameter(prefix), JSON.stringify({ at: context.now().toISOString(), stack }));
  context.say(`released: ${stack} stays as it is and is not touched any more; its secrets are deleted, and gone for good in ${RECOVERY_DAYS} days`);
}

/** Whether ours was let go: its secrets are deleted on purpose. */
export const isReleased = async (aws: AwsClients, prefix: string): Promise<boolean> => (await readParameter(aws, releasedParameter(prefix))) !== undefined;

/** Before ours is deployed again: the secrets of its users, which its stack takes to be there. */
export async function reclaimDatabase(context: CommandContext, aws: AwsClients, { prefix, database }: InstallConfig): Promise<void> {
  if (database.external !== null || !(await isReleased(aws, prefix))) return;
  const restored: string[] = [];
  for (const name of DATABASE_SECRETS) {
    try {
      await aws.secrets.send(new RestoreSecretCommand({ SecretId: secretName(prefix, name) }));
      restored.push(name);
    } catch (error) {
      // One that was never made; an owner without a secret is told below.
      if (!isGone(error)) throw error;
    }
  }
  if (!restored.includes('database')) throw new CommandFault('preCheck', [
    `database: the one that was released earlier has lost the secret of its owner, which was deleted more than ${RECOVERY_DAYS} days ago`,
    `set its password by hand, and store {"username", "password"} as ${secretName(prefix, 'database')}; then delete the parameter ${releasedParameter(prefix)}`,
  ].join('; '));
  await deleteParameter(aws, releasedParameter(prefix));
  context.say(`taking back: ${stackName(prefix, 'database')}, with the secrets ${restored.join(', ')}`);
}

export const forgetReleased = (aws: AwsClients, prefix: string): Promise<void> => deleteParameter(aws, releasedParameter(prefix));
