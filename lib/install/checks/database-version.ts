import { DescribeDBEngineVersionsCommand, type DBEngineVersion } from '@aws-sdk/client-rds';
import type { AwsClients } from '../aws/clients.ts';
import { findCluster } from '../aws/database.ts';
import { readParameter } from '../aws/parameters.ts';
import { clusterName, modeParameter } from '../names.ts';
import { found, type Check } from './check.ts';

const ENGINE = 'aurora-postgresql';

const majorOf = (version: string): number => Number(version.split('.')[0]);
const minorOf = (version: string): number => Number(version.split('.')[1] ?? 0);
const compareVersions = (a: string, b: string): number => majorOf(a) - majorOf(b) || minorOf(a) - minorOf(b);

async function versionsOffered(aws: AwsClients): Promise<readonly string[]> {
  const versions: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await aws.rds.send(new DescribeDBEngineVersionsCommand({ Engine: ENGINE, ...(Marker === undefined ? {} : { Marker }) }));
    versions.push(...(page.DBEngineVersions ?? []).flatMap(({ EngineVersion }) => EngineVersion ?? []));
    Marker = page.Marker;
  } while (Marker !== undefined);
  return versions.sort(compareVersions);
}

/** Where a version can be upgraded to in one step, also one that is offered no more. */
async function targetsOf(aws: AwsClients, version: string): Promise<readonly string[]> {
  const request = { Engine: ENGINE, EngineVersion: version, IncludeAll: true };
  const { DBEngineVersions = [] } = await aws.rds.send(new DescribeDBEngineVersionsCommand(request));
  const targets = DBEngineVersions.flatMap(({ ValidUpgradeTarget = [] }: DBEngineVersion) => ValidUpgradeTarget);
  return targets.flatMap(({ EngineVersion }) => EngineVersion ?? []).sort(compareVersions);
}

const listed = (versions: readonly string[], major: number): string => versions.filter((each) => majorOf(each) === major).join(', ') || 'none';

/** Why the database cannot go from one version to another at once; undefined when it can. */
export function versionStepFault(present: string, wanted: string, targets: readonly string[]): string | undefined {
  if (compareVersions(wanted, present) < 0) return `${present} cannot go back to ${wanted}: set postgres_engine_version to ${present}, or restore a snapshot`;
  const next = majorOf(present) + 1;
  if (majorOf(wanted) > next) return `${present} goes to ${wanted} by one major version a time: install one of ${listed(targets, next)} first`;
  if (targets.includes(wanted)) return undefined;
  const same = majorOf(wanted) === majorOf(present) ? '' : `; where that is none, go to a later ${majorOf(present)} first (${listed(targets, majorOf(present))})`;
  return `the service does not take ${present} to ${wanted}; of ${majorOf(wanted)} it offers ${listed(targets, majorOf(wanted))}${same}`;
}

/** A database of ours that exists goes to a version that the service takes it to, while nothing uses it. */
export const checkDatabaseVersion: Check = async ({ aws, config, configFile = 'config.json' }) => {
  const { database, disasterRecovery, prefix } = config;
  // Another's database, or one that follows the other region's.
  if (database.external !== null || disasterRecovery?.isStandby) return [];
  const { ok, failed } = found('database version');
  const wanted = database.engineVersion;
  const present = (await findCluster(aws, clusterName(prefix)))?.EngineVersion;
  if (present === undefined) {
    const offered = await versionsOffered(aws);
    if (offered.includes(wanted)) return [ok(wanted)];
    return [failed(`database.postgres_engine_version: ${config.region} does not offer ${wanted}; of ${majorOf(wanted)} it offers ${listed(offered, majorOf(wanted))}`)];
  }
  if (present === wanted) return [ok(wanted)];
  const fault = versionStepFault(present, wanted, await targetsOf(aws, present));
  if (fault !== undefined) return [failed(`database.postgres_engine_version: ${fault}`)];
  if (disasterRecovery?.globalClusterIdentifier != null) {
    const command = `aws rds modify-global-cluster --global-cluster-identifier ${disasterRecovery.globalClusterIdentifier}`;
    return [failed(`a database of two regions is upgraded as a whole, by ${command} --engine-version ${wanted} --allow-major-version-upgrade; then install again`)];
  }
  if ((await readParameter(aws, modeParameter(prefix))) === 'on')
    return [failed(`${present} to ${wanted} takes the database away for a while: stop the services first, by bin/start-stop-services -e false -c ${configFile}`)];
  return [ok(`${present} to ${wanted}, at once; start the services afterwards, by bin/start-stop-services -e true -c ${configFile}`)];
};
