import { RestoreSecretCommand } from '@aws-sdk/client-secrets-manager';
import { describeSecret } from './aws/secret-values.ts';
import type { AwsClients } from './aws/clients.ts';
import type { CommandContext } from './context.ts';
import { DATABASE_SECRETS, secretName, SECRETS } from './names.ts';
import { isReleased } from './released-database.ts';
import { readRetained } from './retained.ts';

/** Names of deleted queues are free again after a minute. */
const QUEUE_NAMES_MS = 65_000;

/** Makes way for a deployment over what an uninstallation kept: nothing is deployed yet. */
export async function adoptRetained(context: Pick<CommandContext, 'say' | 'now' | 'sleep'>, aws: AwsClients, prefix: string): Promise<void> {
  await restoreSecrets(context, aws, prefix);
  const kept = await readRetained(aws, prefix);
  if (kept === undefined) return;
  context.say(`taking over what the uninstallation of ${kept.at.slice(0, 10)} kept: ${kept.stacks.join(', ')}, ${kept.iotPolicies.length} worker pools`);
  const wait = Date.parse(kept.at) + QUEUE_NAMES_MS - context.now().getTime();
  if (wait <= 0) return;
  context.say(`waiting ${Math.ceil(wait / 1000)} s until the names of its queues are free`);
  await context.sleep(wait);
}

/** A secret that somebody deleted waits for its end under its name, while its stack takes it for there: it is brought back as it was. */
async function restoreSecrets({ say }: Pick<CommandContext, 'say'>, aws: AwsClients, prefix: string): Promise<void> {
  const released = await isReleased(aws, prefix);
  for (const name of SECRETS) {
    if (released && DATABASE_SECRETS.includes(name)) continue;
    const secret = await describeSecret(aws, secretName(prefix, name));
    if (secret?.DeletedDate === undefined) continue;
    await aws.secrets.send(new RestoreSecretCommand({ SecretId: secretName(prefix, name) }));
    say(`brought back, for it was to be deleted: ${secretName(prefix, name)}`);
  }
}
