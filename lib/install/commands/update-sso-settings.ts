import type { CommandContext } from '../context.ts';
import { storeProvider, type ProviderOutcome } from '../identity-provider.ts';
import { exclusively } from '../lock.ts';
import { targetOf, type CommonFlags } from './command.ts';

/** Makes the file's identity provider the one that people sign in by. */
export async function updateSsoSettings(context: CommandContext, flags: CommonFlags): Promise<ProviderOutcome> {
  const { config, secrets, aws } = await targetOf(context, flags);
  try {
    return await exclusively({ aws, prefix: config.prefix, command: 'update-sso-settings', now: context.now }, () => storeProvider({ context, aws, config, secrets }));
  } finally {
    aws.close();
  }
}
