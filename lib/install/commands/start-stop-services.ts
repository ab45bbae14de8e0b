import { askOperations } from '../aws/operations.ts';
import { readParameter } from '../aws/parameters.ts';
import type { AwsClients } from '../aws/clients.ts';
import type { CommandContext } from '../context.ts';
import { exclusively } from '../lock.ts';
import { modeParameter } from '../names.ts';
import { CommandFault } from '../outcome.ts';
import { setServices, type ServicesOutcome } from '../services.ts';
import { targetOf, type CommonFlags } from './command.ts';

/** Starts or stops an installation: the API answers 503 meanwhile, webhooks are taken and wait, running runs go on. */
export async function startStopServices(context: CommandContext, flags: CommonFlags & { readonly enable: boolean }): Promise<ServicesOutcome> {
  const { config, aws } = await targetOf(context, flags);
  try {
    const outcome = await exclusively({ aws, prefix: config.prefix, command: 'start-stop-services', now: context.now }, async () => {
      if (flags.enable) await excuseWorkers(context, aws, config.prefix);
      return setServices(aws, config.prefix, flags.enable);
    });
    if (flags.json) context.say(JSON.stringify(outcome, null, 2));
    else context.say(`services are ${outcome.enabled ? 'on' : 'off'}: ${outcome.rules} schedules, ${outcome.triggers} queue triggers; functions notice within 15 seconds`);
    return outcome;
  } finally {
    aws.close();
  }
}

/** Runs went on while nobody could hear of them; without this, the first tick would take their workers for lost. */
async function excuseWorkers(context: CommandContext, aws: AwsClients, prefix: string): Promise<void> {
  if ((await readParameter(aws, modeParameter(prefix))) !== 'off') return;
  try {
    await askOperations(aws, prefix, { do: 'excuse-downtime' });
  } catch (error) {
    if (!(error instanceof CommandFault)) throw error;
    context.complain(`workers that ran on meanwhile may be taken for lost: ${error.message}`);
  }
}
