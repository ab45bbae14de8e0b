import { requireAccountName, settleAccountName } from '../account-step.ts';
import { adoptRetained } from '../adoption.ts';
import { settleAdministrator } from '../administrator-step.ts';
import { publishLaunchers, type PublishedLaunchers } from '../launcher-step.ts';
import { readParameter, writeParameter } from '../aws/parameters.ts';
import { tlsProbe } from '../checks/reach.ts';
import { runChecks, report } from '../checks/run-checks.ts';
import { confirmed, type CommandContext } from '../context.ts';
import { settleProvider } from '../identity-provider.ts';
import { requireLicence } from '../licence-step.ts';
import { exclusively } from '../lock.ts';
import { modeParameter, parameterName } from '../names.ts';
import { copyOlderObjects } from '../older-objects.ts';
import { CommandFault } from '../outcome.ts';
import { reclaimDatabase, releaseDatabase } from '../released-database.ts';
import { forgetRetained } from '../retained.ts';
import { writeSecrets } from '../secret-step.ts';
import { setServices } from '../services.ts';
import { summarize, summaryText, type Summary } from '../summary.ts';
import { removeUnwanted } from '../unwanted-stacks.ts';
import { publishWeb } from '../web-step.ts';
import { requireYes, targetOf, type CommonFlags, type Target } from './command.ts';

/** Where secrets are, which must have their values before what reads them is deployed. */
const FIRST_STACKS = ['kms', 'storage'] as const;
const PROBES = 5;
const PROBE_PAUSE_MS = 3_000;

export interface InstallFlags extends CommonFlags {
  readonly acceptLicense: boolean;
  /** The file may give the installed account another name. */
  readonly renameAccount?: boolean;
}

/** Installs, or upgrades what is installed; the same command with the kept file. */
export async function install(context: CommandContext, flags: InstallFlags): Promise<Summary> {
  const target = await targetOf(context, flags);
  const { config, aws } = target;
  try {
    await requireAccountName(context, aws, config, flags.renameAccount === true);
    await requireYes(context, target, flags, `Windlass will be installed for the account ${config.accountName} at https://${config.hostname}`);
    await confirmStop(context, target, flags);
    const needs = {
      aws, config, accountId: target.identity.accountId, version: context.version, configFile: flags.configFile, elsewhere: context.aws, probe: context.probe ?? tlsProbe(),
    };
    report(context, await runChecks(needs));
    await requireLicence({ context, config, secrets: target.secrets, accountId: target.identity.accountId, accept: flags.acceptLicense });
    const summary = await exclusively({ aws, prefix: config.prefix, command: 'install', now: context.now }, () => change(context, target, flags));
    if (flags.json) context.say(JSON.stringify(summary, null, 2));
    else for (const line of summaryText(summary)) context.say(line);
    await tellStopped(context, target, flags);
    return summary;
  } finally {
    aws.close();
  }
}

/** An upgrade of the database leaves the services as the operator stopped them. */
async function tellStopped(context: CommandContext, { aws, config }: Target, flags: InstallFlags): Promise<void> {
  if (config.servicesDisabled || flags.json || (await readParameter(aws, modeParameter(config.prefix))) !== 'off') return;
  context.say(`the services are stopped; start them by bin/start-stop-services -e true -c ${flags.configFile}`);
}

/** Whoever left `disable_services` in the file of a region that serves may not mean it. */
async function confirmStop(context: CommandContext, { aws, config }: Target, flags: InstallFlags): Promise<void> {
  if (!config.servicesDisabled || (await readParameter(aws, modeParameter(config.prefix))) !== 'on') return;
  context.say(`disable_services is set, and ${config.region} is serving: it will be stopped`);
  if (!flags.yes && !(await confirmed(context, 'Only "yes" continues: '))) throw new CommandFault('declined', 'nothing was changed');
}

async function change(context: CommandContext, { aws, config, secrets, identity }: Target, flags: InstallFlags): Promise<Summary> {
  await adoptRetained(context, aws, config.prefix);
  const permitted = flags.allowUnsupportedEngine ? { context: { 'allow-unsupported-engine': 'true' } } : {};
  const run = { configFile: flags.configFile, region: config.region, accountId: identity.accountId, ...permitted };
  await context.cdk.deploy({ ...run, stacks: FIRST_STACKS });
  const changed = await writeSecrets(aws, config, secrets);
  if (changed.length > 0) context.say(`secrets written: ${changed.join(', ')}`);
  await reclaimDatabase(context, aws, config);
  await removeUnwanted(context, aws, config, 'before');
  const outputs = await context.cdk.deploy({ ...run, stacks: 'all' });
  await copyOlder(context, aws, config, identity.accountId);
  // Templates that have not changed leave a region that was started by hand as it is.
  if (config.servicesDisabled) await setServices(aws, config.prefix, false);
  await removeUnwanted(context, aws, config, 'after');
  await releaseDatabase(context, aws, config);
  const launchers: PublishedLaunchers = await publishLaunchers(context, aws, config);
  await settleAccountName(context, aws, config);
  await publishWeb(context, aws, config);
  await settleAdministrator(context, aws, config);
  await settleProvider({ context, aws, config, secrets });
  await writeParameter(aws, parameterName(config.prefix, 'install', 'version'), context.version);
  await forgetRetained(aws, config.prefix);
  const healthy = await answers(context, config.hostname);
  const { version } = context;
  return summarize(aws, config, { outputs, version, accountId: identity.accountId, launcherImage: launchers.image, launcherBinaries: launchers.archives, healthy });
}

/** Rules copy what comes after them. What the other region has, it has from here. */
async function copyOlder(context: CommandContext, aws: Target['aws'], config: Target['config'], accountId: string): Promise<void> {
  if (!config.disasterRecovery?.replication || config.disasterRecovery.isStandby) return;
  try {
    const begun = Object.keys(await copyOlderObjects({ aws, config, accountId }));
    if (begun.length > 0) context.say(`older objects are being copied: ${begun.join(', ')}; doctor tells how far`);
  } catch (error) {
    context.complain(`older objects are not all being copied: ${(error as Error).message}; install again to begin with the rest`);
  }
}

/** The name may not point here yet, which the operator does next. */
async function answers(context: CommandContext, hostname: string): Promise<boolean> {
  for (let probe = 1; ; probe++) {
    const ok = await context.fetch(`https://${hostname}/health`, { signal: AbortSignal.timeout(10_000) }).then((answer) => answer.ok, () => false);
    if (ok || probe === PROBES) return ok;
    await context.sleep(PROBE_PAUSE_MS);
  }
}
