import { askOperations } from './aws/operations.ts';
import type { AwsClients } from './aws/clients.ts';
import type { InstallConfig } from './config.ts';
import type { CommandContext } from './context.ts';

/** Who signs in by password is who the secret names: a deployment that brings no migration would not look. */
export async function settleAdministrator(context: Pick<CommandContext, 'say'>, aws: AwsClients, config: InstallConfig): Promise<void> {
  // The other region's database is followed, not written.
  if (config.disasterRecovery?.isStandby) return;
  const { administrator } = await askOperations(aws, config.prefix, { do: 'ensure-administrator' });
  if (typeof administrator === 'string') context.say(`administrator: ${administrator}`);
  else context.say('no administrator: nobody signs in by password until admin.username and admin.password are in the file and it is installed again');
}
