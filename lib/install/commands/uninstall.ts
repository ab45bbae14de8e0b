import { poolPolicies, destroyPoolPolicy } from '../aws/iot-objects.ts';
import { destroyBucket } from '../aws/buckets.ts';
import { destroyCluster, leaveGlobalDatabase, unprotectCluster } from '../aws/database.ts';
import { destroyRepository, destroySecret, scheduleKeyEnd, KEY_WAITING_DAYS } from '../aws/destruction.ts';
import { deleteParameter, readParameter } from '../aws/parameters.ts';
import { readPublished } from '../aws/published.ts';
import { stackExists } from '../aws/stacks.ts';
import type { AwsClients } from '../aws/clients.ts';
import type { CommandContext } from '../context.ts';
import { exclusively } from '../lock.ts';
import {
  accountNameParameter, KEPT_STACKS, modeParameter, parameterName, secretName, SECRETS, stackName, STACKS, type StackId,
} from '../names.ts';
import { forgetReleased } from '../released-database.ts';
import { forgetRetained, noteRetained } from '../retained.ts';
import { isElsewhere, removeStack } from '../stack-removal.ts';
import { requireYes, targetOf, type CommonFlags, type Target } from './command.ts';

export interface UninstallFlags extends CommonFlags {
  /** Keep nothing. */
  readonly nothing: boolean;
}

/** Takes the installation away, and by default keeps what cannot be made again: keys, objects, database, secrets, the workers' certificates. */
export async function uninstall(context: CommandContext, flags: UninstallFlags): Promise<void> {
  const target = await targetOf(context, flags);
  const { config, aws } = target;
  try {
    const kept = flags.nothing
      ? `nothing is kept: database, objects and secrets are destroyed at once, keys in ${KEY_WAITING_DAYS} days`
      : 'keys, objects, database and secrets are kept for the next installation';
    await requireYes(context, target, flags, `Windlass will be taken away from https://${config.hostname}; ${kept}`);
    await exclusively({ aws, prefix: config.prefix, command: 'uninstall', now: context.now }, async () => {
      // The licence is given back while its function is deleted, which always succeeds.
      await deleteStacks(context, target, STACKS.filter((id) => !KEPT_STACKS.includes(id)));
      if (flags.nothing) await destroyAll(context, target);
      else await keepTheRest(context, target);
    });
  } finally {
    aws.close();
  }
}

/** Against the order of their deployment: each may read what those before it published. */
async function deleteStacks(context: CommandContext, { aws, config }: Target, ids: readonly StackId[]): Promise<void> {
  for (const id of [...ids].reverse()) {
    // Without a distribution there are no rules in front of one.
    if (isElsewhere(aws, id) && config.web.mode !== 'cloudfront') continue;
    if (await removeStack(context, aws, config.prefix, id)) context.say(`removed: ${stackName(config.prefix, id)}`);
  }
}

async function keepTheRest(context: CommandContext, { aws, config }: Target): Promise<void> {
  const stacks: StackId[] = [];
  for (const id of KEPT_STACKS) if (await stackExists(aws, stackName(config.prefix, id))) stacks.push(id);
  const iotPolicies = [...(await poolPolicies(aws, config.prefix))];
  const version = (await readParameter(aws, parameterName(config.prefix, 'install', 'version'))) ?? null;
  await noteRetained(aws, config.prefix, { at: context.now().toISOString(), version, stacks, iotPolicies });
  context.say(`kept: ${stacks.join(', ')}, ${iotPolicies.length} worker pools`);
}

/** What stands in the kept stacks survives them, so it is destroyed by name: read first, while the names are still published. */
async function destroyAll(context: CommandContext, target: Target): Promise<void> {
  const { aws, config } = target;
  const { prefix } = config;
  const published = await readPublished(aws, prefix);
  const named = (stack: string, start: string) => published.filter(({ name }) => name.startsWith(`/${prefix}/${stack}/${start}`)).map(({ value }) => value);
  // Also one that was released for a database of the operator: what our stack published is ours.
  const cluster = published.find(({ name }) => name === parameterName(prefix, 'database', 'cluster-identifier'))?.value;
  if (cluster !== undefined) {
    const globalDatabase = config.disasterRecovery?.globalClusterIdentifier;
    if (globalDatabase != null) await leaveGlobalDatabase(aws, globalDatabase, cluster);
    await unprotectCluster(aws, cluster);
    await destroyCluster(aws, cluster, context.sleep);
    context.say(`destroyed: database ${cluster}`);
  }
  // What is done to the others is logged in one, which therefore goes last.
  const buckets = named('storage', 'bucket-');
  for (const bucket of [...buckets].sort((a, b) => Number(a.includes('-access-logs-')) - Number(b.includes('-access-logs-')))) {
    await destroyBucket(aws, bucket);
    context.say(`destroyed: bucket ${bucket}`);
  }
  for (const policy of await poolPolicies(aws, prefix)) await destroyPoolPolicy(aws, policy);
  for (const secret of SECRETS) await destroySecret(aws, secretName(prefix, secret));
  await destroyRepository(aws, `${prefix}-launcher`);
  await endKeys(context, aws, named('kms', ''));
  // Last, for with them goes what the steps before read: one that is interrupted can be run again.
  await deleteStacks(context, target, KEPT_STACKS);
  for (const { name } of published) await deleteParameter(aws, name);
  for (const name of [modeParameter(prefix), accountNameParameter(prefix), parameterName(prefix, 'install', 'version')]) await deleteParameter(aws, name);
  await forgetReleased(aws, prefix);
  await forgetRetained(aws, prefix);
}

async function endKeys(context: CommandContext, aws: AwsClients, arns: readonly string[]): Promise<void> {
  const opened = new Map<string, AwsClients>([[aws.region, aws]]);
  const clientsIn = (region: string): AwsClients => {
    const clients = opened.get(region) ?? context.aws(region);
    opened.set(region, clients);
    return clients;
  };
  try {
    for (const arn of arns) {
      await scheduleKeyEnd(clientsIn, arn);
      context.say(`scheduled for deletion in ${KEY_WAITING_DAYS} days: ${arn}`);
    }
  } finally {
    for (const clients of opened.values()) if (clients !== aws) clients.close();
  }
}
