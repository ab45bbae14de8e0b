import { identify, type CallerIdentity } from '../aws/identity.ts';
import type { AwsClients } from '../aws/clients.ts';
import { buildOptions } from '../build-options.ts';
import { ConfigurationFault, readConfigFile } from '../config-file.ts';
import type { InstallConfig, InstallSecrets } from '../config.ts';
import { confirmed, type CommandContext } from '../context.ts';
import { CommandFault } from '../outcome.ts';

/** What all commands are given on their line. */
export interface CommonFlags {
  readonly configFile: string;
  readonly yes: boolean;
  readonly json: boolean;
  readonly allowUnsupportedEngine?: boolean;
}

/** An installation that a command is about. */
export interface Target {
  readonly config: InstallConfig;
  readonly secrets: InstallSecrets;
  readonly identity: CallerIdentity;
  readonly aws: AwsClients;
}

/** Reads the file and finds out whose account this is; nothing is changed yet. */
export async function targetOf(context: CommandContext, flags: CommonFlags): Promise<Target> {
  const { config, secrets, warnings } = read(flags);
  for (const warning of warnings) context.complain(`warning: ${warning}`);
  const aws = context.aws(config.region);
  try {
    return { config, secrets, aws, identity: await identify(aws, config.partition) };
  } catch (error) {
    aws.close();
    throw error;
  }
}

function read(flags: CommonFlags) {
  try {
    return readConfigFile(flags.configFile, { ...buildOptions(), ...(flags.allowUnsupportedEngine ? { allowUnsupportedEngine: true } : {}) });
  } catch (error) {
    if (error instanceof ConfigurationFault) throw new CommandFault('configuration', error.message);
    throw error;
  }
}

/** Says what is about to happen to whom, and ends the command unless the operator says the whole word. */
export async function requireYes(context: CommandContext, { config, identity }: Pick<Target, 'config' | 'identity'>, flags: Pick<CommonFlags, 'yes'>, intent: string): Promise<void> {
  context.say(`${intent}`);
  context.say(`  version  ${context.version}`);
  context.say(`  account  ${identity.accountId}${identity.alias === null ? '' : ` (${identity.alias})`}`);
  context.say(`  region   ${config.region}`);
  if (flags.yes) return;
  if (!(await confirmed(context, 'Only "yes" continues: '))) throw new CommandFault('declined', 'nothing was changed');
}
