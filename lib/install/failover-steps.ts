import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { AwsClients } from './aws/clients.ts';
import { certificatesOf, poolPolicies } from './aws/iot-objects.ts';
import { readParameter, writeParameter } from './aws/parameters.ts';
import { readPublished } from './aws/published.ts';
import type { Finding } from './checks/check.ts';
import { nameOf } from './checks/check.ts';
import { readEpoch, writeEpoch, type Epoch } from './epoch.ts';
import { modeParameter, parameterName } from './names.ts';
import { setServices } from './services.ts';

/** The two regions of an installation, and the one to go to. */
export interface Regions {
  readonly prefix: string;
  readonly from: AwsClients;
  readonly to: AwsClients;
}

const QUEUE_PAUSE_MS = 5_000;
const LONGEST_WAIT_MS = 15 * 60_000;

/** Whether a region answers as the active one; its health checks read this. */
const activeParameter = (prefix: string): string => `/${prefix}/active`;

/** What both regions must have in common before anything is switched. */
export async function compareRegions({ prefix, from, to }: Regions): Promise<readonly Finding[]> {
  const facts = async (aws: AwsClients) => {
    const policies = await poolPolicies(aws, prefix);
    const certificates = (await Promise.all(policies.map((policy) => certificatesOf(aws, policy)))).flat().length;
    return { version: (await readParameter(aws, parameterName(prefix, 'install', 'version'))) ?? null, certificates, mode: await readParameter(aws, modeParameter(prefix)) };
  };
  const there = await facts(to);
  const findings: Finding[] = [];
  const say = (check: string, ok: boolean, text: string, otherwise: Finding['level'] = 'failed') => findings.push({ check, level: ok ? 'ok' : otherwise, text });
  say('installation', there.version !== null, there.version === null ? `${to.region} has no installation` : `${to.region} has ${there.version}`);
  try {
    const here = await facts(from);
    say('versions', here.version === there.version, `${from.region} has ${here.version ?? 'none'}, ${to.region} ${there.version ?? 'none'}`);
    say('certificates', here.certificates === there.certificates, `${from.region} has ${here.certificates}, ${to.region} ${there.certificates}`);
  } catch (error) {
    say('old region', false, `${from.region} cannot be asked (${nameOf(error)})`, 'warning');
  }
  return findings;
}

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

/** Waits until the old region has no messages in hand, a quarter of an hour at most; how many are left. */
export async function drainQueues(regions: Pick<Regions, 'prefix' | 'from'>, clock: { readonly now: () => Date; readonly sleep: (ms: number) => Promise<void> }): Promise<number> {
  const until = clock.now().getTime() + LONGEST_WAIT_MS;
  for (;;) {
    const left = await messagesLeft(regions);
    if (left === 0 || clock.now().getTime() >= until) return left;
    await clock.sleep(QUEUE_PAUSE_MS);
  }
}

/** Writes that the new region serves from now on, once for each failover however often it is run again. */
export async function beginEpoch({ prefix, from, to }: Regions, failover: string, at: Date): Promise<Epoch> {
  const bucket = await statesBucket(to, prefix);
  const [there, here] = await Promise.all([readEpoch(to, bucket), statesBucket(from, prefix).then((name) => readEpoch(from, name)).catch(() => undefined)]);
  if (there?.epoch.failover === failover) return there.epoch;
  const epoch: Epoch = { epoch: Math.max(there?.epoch.epoch ?? 0, here?.epoch.epoch ?? 0) + 1, region: to.region, at: at.toISOString(), failover };
  if (!(await writeEpoch(to, bucket, epoch, there?.version))) throw new Error('another failover has begun an epoch; look before this is run again');
  return epoch;
}

async function statesBucket(aws: AwsClients, prefix: string): Promise<string> {
  const name = await readParameter(aws, parameterName(prefix, 'storage', 'bucket-states'));
  if (name === undefined) throw new Error(`${aws.region} has no bucket of states`);
  return name;
}

/** Starts the new region and marks it: from here the health checks turn the names. */
export async function activate({ prefix, to }: Pick<Regions, 'prefix' | 'to'>): Promise<void> {
  await setServices(to, prefix, true);
  await writeParameter(to, activeParameter(prefix), 'true');
}
