import { DeleteStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CommandFault } from '../outcome.ts';
import type { AwsClients } from './clients.ts';

const POLL_MS = 5_000;

/** The state of a stack, undefined when there is none. */
async function stackStatus(aws: AwsClients, name: string): Promise<string | undefined> {
  try {
    return (await aws.cloudFormation.send(new DescribeStacksCommand({ StackName: name }))).Stacks?.[0]?.StackStatus;
  } catch (error) {
    // The service tells a missing stack by its general fault of validation.
    if ((error as { name?: unknown }).name === 'ValidationError') return undefined;
    throw error;
  }
}

/** Whether there is such a stack. */
export const stackExists = async (aws: AwsClients, name: string): Promise<boolean> => ![undefined, 'DELETE_COMPLETE'].includes(await stackStatus(aws, name));

/** Deletes a stack and waits until it is gone; false when there was none. */
export async function deleteStack(aws: AwsClients, name: string, sleep: (ms: number) => Promise<void>): Promise<boolean> {
  if (!(await stackExists(aws, name))) return false;
  await aws.cloudFormation.send(new DeleteStackCommand({ StackName: name }));
  for (;;) {
    const status = await stackStatus(aws, name);
    if (status === undefined || status === 'DELETE_COMPLETE') return true;
    if (status === 'DELETE_FAILED') throw new CommandFault('deployFailed', `the stack ${name} could not be deleted: see its events; the command may be run again`);
    await sleep(POLL_MS);
  }
}
