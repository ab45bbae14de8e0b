import { InvokeCommand, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { FUNCTIONS } from '../core/shared/functions.ts';
import { failedWith, type AwsClients } from './aws/clients.ts';
import { setAlarmActions } from './aws/metrics.ts';
import { writeParameter } from './aws/parameters.ts';
import { setRules } from './aws/rules.ts';
import { functionName, modeParameter } from './names.ts';

export interface ServicesOutcome {
  readonly enabled: boolean;
  readonly rules: number;
  readonly triggers: number;
}

/** Functions that queues start; the ingest of webhooks answers calls and stays on. */
const QUEUE_FUNCTIONS = Object.entries(FUNCTIONS).filter(([, { consumes }]) => consumes.length > 0).map(([name]) => name);

/**
 * Starts or stops an installation. Off: first what works is told to stop, then nothing new is started; on is the way back. Every step may be
 * repeated.
 */
export async function setServices(aws: AwsClients, prefix: string, enabled: boolean): Promise<ServicesOutcome> {
  const mode = () => writeParameter(aws, modeParameter(prefix), enabled ? 'on' : 'off');
  // Nobody needs to hear that a scheduler is silent which was told to be.
  const alarm = () => setAlarmActions(aws, [`${prefix}-SchedulerSilent`], enabled);
  if (!enabled) await alarm();
  if (!enabled) await mode();
  const triggers = await setTriggers(aws, prefix, enabled);
  const rules = await setRules(aws, prefix, enabled);
  if (enabled) {
    await mode();
    await alarm();
    await checkLicence(aws, prefix);
  }
  return { enabled, rules, triggers };
}

async function setTriggers(aws: AwsClients, prefix: string, enabled: boolean): Promise<number> {
  let count = 0;
  for (const name of QUEUE_FUNCTIONS) {
    for (const { UUID } of await mappingsOf(aws, functionName(prefix, name))) {
      await aws.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: enabled }));
      count += 1;
    }
  }
  return count;
}

/** A mapping names its function with or without the alias that it calls. */
async function mappingsOf(aws: AwsClients, name: string) {
  for (const FunctionName of [`${name}:live`, name]) {
    try {
      const { EventSourceMappings = [] } = await aws.lambda.send(new ListEventSourceMappingsCommand({ FunctionName }));
      if (EventSourceMappings.length > 0) return EventSourceMappings;
    } catch (error) {
      if (!failedWith(error, 'ResourceNotFoundException')) throw error;
    }
  }
  return [];
}

/** Nobody asked for the licence while the installation stood; without one there is no such function. */
async function checkLicence(aws: AwsClients, prefix: string): Promise<void> {
  try {
    await aws.lambda.send(new InvokeCommand({ FunctionName: functionName(prefix, 'license'), InvocationType: 'Event', Payload: Buffer.from('{}') }));
  } catch (error) {
    if (!failedWith(error, 'ResourceNotFoundException')) throw error;
  }
}
