import { randomUUID } from 'node:crypto';
import { createParameter, deleteParameter, readParameter } from '../aws/parameters.ts';
import { report as reportFindings } from '../checks/run-checks.ts';
import { confirmed, type CommandContext } from '../context.ts';
import { activate, beginEpoch, compareRegions, drainQueues, retire, type Regions } from '../failover-steps.ts';
import { exclusively } from '../lock.ts';
import { parameterName } from '../names.ts';
import { CommandFault } from '../outcome.ts';
import { requireYes, targetOf, type CommonFlags } from './command.ts';

export interface FailoverFlags extends CommonFlags {
  readonly to: string;
  readonly unplanned: boolean;
  readonly acceptDataLoss: boolean;
  /** The operator has made the database of the new region the one that is written to. */
  readonly databasePromoted: boolean;
}

export interface FailoverReport {
  readonly from: string;
  readonly to: string;
  readonly planned: boolean;
  readonly epoch: number;
  readonly messagesLeft: number | null;
  readonly oldRegionStopped: boolean;
  readonly seconds: number;
}

/** Makes the other region the one that serves. Each step may be repeated, so one that was interrupted is run again. */
export async function failover(context: CommandContext, flags: FailoverFlags): Promise<FailoverReport> {
  const target = await targetOf(context, flags);
  const { config } = target;
  const { to, from } = regionsOf(context, flags, target);
  const regions: Regions = { prefix: config.prefix, from, to };
  try {
    await requireYes(context, target, flags, `${to.region} will serve in place of ${from.region}${flags.unplanned ? '; what has not been copied is lost' : ''}`);
    const findings = await compareRegions(regions);
    // What cannot be compared does not keep anybody from leaving a region that burns.
    const bearable = findings.map((finding) => (finding.check === 'installation' || finding.level !== 'failed' ? finding : { ...finding, level: 'warning' as const }));
    reportFindings(context, flags.unplanned ? bearable : findings);
    const outcome = await exclusively({ aws: to, prefix: config.prefix, command: 'failover', now: context.now }, () => change(context, flags, regions));
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

function regionsOf(context: CommandContext, flags: FailoverFlags, { config, aws }: Awaited<ReturnType<typeof targetOf>>): Pick<Regions, 'from' | 'to'> {
  const recovery = config.disasterRecovery;
  if (recovery === null) throw new CommandFault('configuration', 'disaster_recovery: is required to fail over');
  if (flags.unplanned && !flags.acceptDataLoss) throw new CommandFault('configuration', '--unplanned needs --accept-data-loss');
  if (![config.region, recovery.replicaRegion].includes(flags.to)) throw new CommandFault('configuration', `--to: ${flags.to} is neither ${config.region} nor ${recovery.replicaRegion}`);
  if (!flags.databasePromoted) throw new CommandFault('preCheck', `the database of ${flags.to} is not switched by this command: make it the writer, then pass --database-promoted`);
  const other = context.aws(recovery.replicaRegion);
  return flags.to === config.region ? { from: other, to: aws } : { from: aws, to: other };
}

async function change(context: CommandContext, flags: FailoverFlags, regions: Regions): Promise<FailoverReport> {
  const { from, to, prefix } = regions;
  const begun = context.now();
  const note = parameterName(prefix, 'install', 'failover');
  // One that goes on after an interruption is the same failover.
  if (!(await createParameter(to, note, randomUUID()))) context.say('going on with the failover that was interrupted');
  const id = (await readParameter(to, note)) ?? '';
  const oldRegionStopped = await stopOld(context, flags, regions);
  const messagesLeft = flags.unplanned ? null : await drainQueues(regions, context);
  if (messagesLeft !== null && messagesLeft > 0) {
    context.say(`${messagesLeft} messages are left in the queues of ${from.region}; what they say is sent again from the database`);
    if (!flags.yes && !(await confirmed(context, 'Only "yes" continues: ')))
      throw new CommandFault('declined', `${from.region} is stopped; run the command again, or start it with start-stop-services -e true`);
  }
  const { epoch } = await beginEpoch(regions, id, context.now());
  context.say(`epoch ${epoch} begun`);
  await activate(regions);
  await deleteParameter(to, note);
  const seconds = Math.round((context.now().getTime() - begun.getTime()) / 1000);
  return { from: from.region, to: to.region, planned: !flags.unplanned, epoch, messagesLeft, oldRegionStopped, seconds };
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
