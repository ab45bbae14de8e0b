import { InvokeCommand } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { RegionEpoch } from '../core/shared/region-epoch.ts';
import { failedWith, type AwsClients } from './aws/clients.ts';
import { copyBacklog, type Copying } from './aws/backlog.ts';
import { askOperations } from './aws/operations.ts';
import { readParameter, writeParameter } from './aws/parameters.ts';
import { readPublished } from './aws/published.ts';
import { readEpoch, writeEpoch } from './epoch.ts';
import { activeParameter, COPIED_BUCKETS, functionName, parameterName } from './names.ts';
import { setServices } from './services.ts';

/** The two regions of an installation, and the one to go to. */
export interface Regions {
  readonly prefix: string;
  readonly from: AwsClients;
  readonly to: AwsClients;
  /** Whether objects are copied from the one to the other. */
  readonly replicated: boolean;
}

const QUEUE_PAUSE_MS = 10_000;
const LONGEST_WAIT_MS = 15 * 60_000;

/** The epoch in which a region last began to serve. */
const epochParameter = (prefix: string): string => `/${prefix}/epoch`;

/** Stops the old region and takes its mark away; the order matters only to whoever looks in between. */
export async function retire({ prefix, from }: Pick<Regions, 'prefix' | 'from'>): Promise<void> {
  await setServices(from, prefix, false);
  await writeParameter(from, activeParameter(prefix), 'false');
}

/** How many messages are left in the old region's queues. */
async function messagesLeft({ prefix, from }: Pick<Regions, 'prefix' | 'from'>): Promise<number> {
  const queues = (await readPublished(from, prefix)).filter(({ name }) => name.startsWith(`/${prefix}/messaging/queue-`) && !/queue-dlq/.test(name));
  const counts = await Promise.all(
    queues.map(async ({ value }) => {
      const { Attributes } = await from.sqs.send(new GetQueueAttributesCommand({ QueueUrl: value, AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'] }));
      return Object.values(Attributes ?? {}).reduce((sum, count) => sum + Number(count), 0);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The names that copied buckets have in both regions. */
export async function copiesBetween({ prefix, from, to }: Pick<Regions, 'prefix' | 'from' | 'to'>): Promise<readonly Copying[]> {
  const nameIn = async (aws: AwsClients, bucket: string) => (await readParameter(aws, parameterName(prefix, 'storage', `bucket-${bucket}`))) ?? '';
  return Promise.all(COPIED_BUCKETS.map(async (bucket) => ({ source: await nameIn(from, bucket), destination: await nameIn(to, bucket) })));
}

/** What a planned failover has not seen arrive. */
export interface Left {
  readonly messages: number;
  /** Operations that wait to be copied; undefined while that is not known. */
  readonly copies: number | undefined;
}

/** Waits until the old region has no messages in hand and every object has arrived, a quarter of an hour at most; what is left. */
export async function drain(regions: Regions, clock: { readonly now: () => Date; readonly sleep: (ms: number) => Promise<void> }): Promise<Left> {
  const begun = clock.now();
  const copies = regions.replicated ? await copiesBetween(regions) : [];
  for (;;) {
    const left: Left = { messages: await messagesLeft(regions), copies: await copyBacklog(regions.to, copies, begun, clock.now()) };
    if ((left.messages === 0 && left.copies === 0) || clock.now().getTime() >= begun.getTime() + LONGEST_WAIT_MS) return left;
    await clock.sleep(QUEUE_PAUSE_MS);
  }
}

/** Has the old region give its licence back, so that a counted seat is free for the new one; without a licence there is no such function. */
export async function releaseLicence({ prefix, from }: Pick<Regions, 'prefix' | 'from'>): Promise<boolean> {
  const FunctionName = functionName(prefix, 'license');
  try {
    const { FunctionError } = await from.lambda.send(new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify({ do: 'release' })) }));
    if (FunctionError !== undefined) throw new Error(`the function ${FunctionName} failed: see its log`);
    return true;
  } catch (error) {
    if (failedWith(error, 'ResourceNotFoundException')) return false;
    throw error;
  }
}

/** One write tells that the new region's database takes them. */
export async function proveWriter({ prefix, to }: Pick<Regions, 'prefix' | 'to'>): Promise<void> {
  await askOperations(to, prefix, { do: 'prove-writer' });
}

/** What the new region's database was told before anything of that region was started. */
export interface Begun {
  readonly epoch: number;
  /** Messages that are sent once more, and workers that have the time to return. */
  readonly messages: number;
  readonly workers: number;
}

/**
 * Begins an epoch of the new region, once for each failover however often it is run again: first in its database, where messages and workers
 * are made ready for it, then for the old region to read.
 */
export async function beginEpoch({ prefix, from, to }: Regions, failover: string, at: Date): Promise<Begun> {
  const { bucket, there, here } = await epochsOf({ prefix, from, to });
  const after = Math.max(there?.epoch.epoch ?? 0, here?.epoch.epoch ?? 0);
  const begun = toBegun(await askOperations(to, prefix, { do: 'begin-epoch', failover, after }));
  if (there?.epoch.failover === failover) return begun;
  const epoch: RegionEpoch = { epoch: begun.epoch, region: to.region, at: at.toISOString(), failover };
  if (!(await writeEpoch(to, bucket, epoch, there?.version))) throw new Error('another failover has begun an epoch; look before this is run again');
  return begun;
}

/** What each region's bucket says; the old region may not answer. */
async function epochsOf({ prefix, from, to }: Pick<Regions, 'prefix' | 'from' | 'to'>) {
  const bucket = await statesBucket(to, prefix);
  const [there, here] = await Promise.all([readEpoch(to, bucket), statesBucket(from, prefix).then((name) => readEpoch(from, name)).catch(() => undefined)]);
  return { bucket, there, here };
}

/** The region of the newest epoch; undefined before the first failover. */
export async function lastServing(regions: Pick<Regions, 'prefix' | 'from' | 'to'>): Promise<string | undefined> {
  const { there, here } = await epochsOf(regions);
  return (here?.epoch.epoch ?? 0) > (there?.epoch.epoch ?? 0) ? here?.epoch.region : there?.epoch.region;
}

function toBegun({ epoch, messages, workers }: Readonly<Record<string, unknown>>): Begun {
  if (typeof epoch !== 'number') throw new Error('the function for operators has begun no epoch: is it of this version?');
  return { epoch, messages: Number(messages), workers: Number(workers) };
}

async function statesBucket(aws: AwsClients, prefix: string): Promise<string> {
  const name = await readParameter(aws, parameterName(prefix, 'storage', 'bucket-states'));
  if (name === undefined) throw new Error(`${aws.region} has no bucket of states`);
  return name;
}

/** Starts the new region and marks it: from here the health checks turn the names. It knows its epoch first, or it would give way to an older one. */
export async function activate({ prefix, to }: Pick<Regions, 'prefix' | 'to'>, epoch: number): Promise<void> {
  await writeParameter(to, epochParameter(prefix), String(epoch));
  await setServices(to, prefix, true);
  await writeParameter(to, activeParameter(prefix), 'true');
}
