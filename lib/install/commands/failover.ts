import { randomUUID } from 'node:crypto';
import { switchDatabase } from '../aws/global-database.ts';
import { createParameter, deleteParameter, readParameter } from '../aws/parameters.ts';
import { report as reportFindings } from '../checks/run-checks.ts';
import { confirmed, type CommandContext } from '../context.ts';
import { compareRegions } from '../failover-checks.ts';
import { activate, beginEpoch, drain, proveWriter, releaseLicence, retire, type Left, type Regions } from '../failover-steps.ts';
import { exclusively } from '../lock.ts';
import { parameterName } from '../names.ts';
import { copyAgain } from '../older-objects.ts';
import { CommandFault } from '../outcome.ts';
import { freshenSecrets, takeSecrets } from '../shared-secrets.ts';
import { requireYes, targetOf, type CommonFlags, type Target } from './command.ts';

export interface FailoverFlags extends CommonFlags {
  readonly to: string;
  readonly unplanned: boolean;
  readonly acceptDataLoss: boolean;
  /** The operator has made the database of the new region the one that is written to, and it is not to be switched here. */
  readonly databasePromoted: boolean;
  /** Only has copied what has not been so far, in the region that serves: before one goes back. */
  readonly copyFirst: boolean;
}

export interface FailoverReport {
  readonly from: string;
  readonly to: string;
  readonly planned: boolean;
  readonly epoch: number;
  /** What a planned one left behind; null for one that did not wait. */
  readonly messagesLeft: number | null;
  readonly copiesLeft: number | null;
  /** What the new region sends once more, and workers whose runs go on if they return in time. */
  readonly messagesSentAgain: number;
  readonly workersAwaited: number;
  readonly oldRegionStopped: boolean;
  readonly seconds: number;
}

/** Makes the other region the one that serves. Each step may be repeated, so one that was interrupted is run again. */
export async function failover(context: CommandContext, flags: FailoverFlags): Promise<FailoverReport | undefined> {
  const target = await targetOf(context, flags);
  const { config } = target;
  const { to, from, globalCluster } = regionsOf(context, flags, target);
  const regions: Regions = { prefix: config.prefix, from, to, replicated: config.disasterRecovery?.replication != null };
  try {
    if (flags.copyFirst) return await copyFirst(context, regions, target);
    await requireYes(context, target, flags, `${to.region} will serve in place of ${from.region}${flags.unplanned ? '; what has not been copied is lost' : ''}`);
    const findings = await compareRegions(regions, globalCluster, context.now());
    // What cannot be compared does not keep anybody from leaving a region that burns.
    const bearable = findings.map((finding) => (finding.check === 'installation' || finding.level !== 'failed' ? finding : { ...finding, level: 'warning' as const }));
    reportFindings(context, flags.unplanned ? bearable : findings);
    const lock = { aws: to, prefix: config.prefix, command: 'failover', now: context.now };
    const rotates = config.database.external === null && config.database.access === 'data-api';
    const outcome = await exclusively(lock, () => change(context, flags, regions, { globalCluster, rotates }));
    if (flags.json) context.say(JSON.stringify(outcome, null, 2));
    else {
      const old = outcome.oldRegionStopped ? `${outcome.from} is stopped` : `${outcome.from} could not be stopped: stop it as soon as it answers`;
      context.say(`${outcome.to} serves since epoch ${outcome.epoch}; ${old}`);
    }
    return outcome;
  } finally {
    for (const clients of new Set([target.aws, from, to])) clients.close();
  }
}

/** What was not copied stays so until a job copies it; the region that is gone to would miss it. */
async function copyFirst(context: CommandContext, { from, replicated }: Regions, { config, identity }: Target): Promise<undefined> {
  if (!replicated) throw new CommandFault('configuration', 'objects are not copied: set disaster_recovery.s3_bucket_replication');
  const minute = context.now().toISOString().slice(0, 16);
  const begun = await copyAgain({ aws: from, config, accountId: identity.accountId }, minute);
  for (const [bucket, job] of Object.entries(begun)) context.say(`${bucket}: job ${job} of ${from.region} copies what has not been`);
  return undefined;
}

interface Chosen extends Pick<Regions, 'from' | 'to'> {
  /** The database that is switched here. */
  readonly globalCluster: string | null;
}

function regionsOf(context: CommandContext, flags: FailoverFlags, { config, aws }: Awaited<ReturnType<typeof targetOf>>): Chosen {
  const recovery = config.disasterRecovery;
  if (recovery === null) throw new CommandFault('configuration', 'disaster_recovery: is required to fail over');
  if (flags.unplanned && !flags.acceptDataLoss) throw new CommandFault('configuration', '--unplanned needs --accept-data-loss');
  if (![config.region, recovery.replicaRegion].includes(flags.to)) throw new CommandFault('configuration', `--to: ${flags.to} is neither ${config.region} nor ${recovery.replicaRegion}`);
  if (!flags.databasePromoted && !flags.copyFirst && recovery.globalClusterIdentifier === null) {
    const byHand = `make the database of ${flags.to} the writer, then pass --database-promoted`;
    throw new CommandFault('preCheck', `disaster_recovery.global_cluster_identifier is not set: ${byHand}`);
  }
  const other = context.aws(recovery.replicaRegion);
  const regions = flags.to === config.region ? { from: other, to: aws } : { from: aws, to: other };
  return { ...regions, globalCluster: flags.databasePromoted ? null : recovery.globalClusterIdentifier };
}

interface Ours {
  /** The database that is switched here. */
  readonly globalCluster: string | null;
  /** Whether passwords of its users are changed from time to time. */
  readonly rotates: boolean;
}

async function change(context: CommandContext, flags: FailoverFlags, regions: Regions, { globalCluster, rotates }: Ours): Promise<FailoverReport> {
  const { from, to, prefix } = regions;
  const begun = context.now();
  const note = parameterName(prefix, 'install', 'failover');
  // One that goes on after an interruption is the same failover.
  if (!(await createParameter(to, note, randomUUID()))) context.say('going on with the failover that was interrupted');
  const id = (await readParameter(to, note)) ?? '';
  const oldRegionStopped = await stopOld(context, flags, regions);
  const left = flags.unplanned ? null : await drain(regions, context);
  if (left !== null) {
    await leaveBehind(context, flags, regions, left);
    if (await releaseLicence(regions)) context.say(`${from.region} has given its licence back`);
    await freshenSecrets(regions, context);
  }
  const say = (line: string) => context.say(line);
  if (globalCluster !== null) await switchDatabase({ identifier: globalCluster, from, to, acceptDataLoss: flags.unplanned, clock: context, say });
  await proveWriter(regions);
  await takeSecrets(regions, context, rotates);
  const { epoch, messages, workers } = await beginEpoch(regions, id, context.now());
  context.say(`epoch ${epoch} begun: ${messages} messages are sent again, ${workers} workers have ten minutes to return`);
  await activate(regions, epoch);
  await deleteParameter(to, note);
  const seconds = Math.round((context.now().getTime() - begun.getTime()) / 1000);
  const behind = { messagesLeft: left?.messages ?? null, copiesLeft: left?.copies ?? null, messagesSentAgain: messages, workersAwaited: workers };
  return { from: from.region, to: to.region, planned: !flags.unplanned, epoch, ...behind, oldRegionStopped, seconds };
}

/** Messages are sent again from the database; an object that has not arrived is looked for where it was written. */
async function leaveBehind(context: CommandContext, flags: FailoverFlags, { from }: Regions, { messages, copies }: Left): Promise<void> {
  if (messages === 0 && copies === 0) return;
  if (messages > 0) context.say(`${messages} messages are left in the queues of ${from.region}; what they say is sent again from the database`);
  if (copies !== 0) context.say(`${copies ?? 'an unknown number of'} operations wait to be copied from ${from.region}`);
  if (flags.yes || (await confirmed(context, 'Only "yes" continues: '))) return;
  throw new CommandFault('declined', `${from.region} is stopped; run the command again, or start it with start-stop-services -e true`);
}

/** A planned failover never leaves two regions that serve; an unplanned one tries not to. */
async function stopOld(context: CommandContext, flags: FailoverFlags, regions: Regions): Promise<boolean> {
  try {
    await retire(regions);
    context.say(`${regions.from.region} is stopped`);
    return true;
  } catch (error) {
    if (!flags.unplanned) throw error;
    context.complain(`${regions.from.region} could not be stopped: ${(error as Error).name}`);
    return false;
  }
}
