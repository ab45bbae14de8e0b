import type { CommandContext } from '../context.ts';
import { exclusively } from '../lock.ts';
import { setServices, type ServicesOutcome } from '../services.ts';
import { targetOf, type CommonFlags } from './command.ts';

/** Starts or stops an installation: the API answers 503 meanwhile, webhooks are taken and wait, running runs go on. */
export async function startStopServices(context: CommandContext, flags: CommonFlags & { readonly enable: boolean }): Promise<ServicesOutcome> {
  const { config, aws } = await targetOf(context, flags);
  try {
    const outcome = await exclusively({ aws, prefix: config.prefix, command: 'start-stop-services', now: context.now }, () => setServices(aws, config.prefix, flags.enable));
    if (flags.json) context.say(JSON.stringify(outcome, null, 2));
    else context.say(`services are ${outcome.enabled ? 'on' : 'off'}: ${outcome.rules} schedules, ${outcome.triggers} queue triggers; functions notice within 15 seconds`);
    return outcome;
  } finally {
    aws.close();
  }
}
