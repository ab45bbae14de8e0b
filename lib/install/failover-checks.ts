import type { AwsClients } from './aws/clients.ts';
import { copyBacklog, databaseLag } from './aws/backlog.ts';
import { findGlobalDatabase } from './aws/global-database.ts';
import { certificatesOf, poolPolicies } from './aws/iot-objects.ts';
import { readParameter } from './aws/parameters.ts';
import { nameOf, type Finding } from './checks/check.ts';
import { concurrencyOf } from './checks/quotas.ts';
import { copiesBetween, type Regions } from './failover-steps.ts';
import { parameterName } from './names.ts';

const MOST_LAG_MS = 30_000;
const BACKLOG_WINDOW_MS = 15 * 60_000;

type Say = (check: string, ok: boolean, text: string, otherwise?: Finding['level']) => void;

/** What both regions must have in common, and how far the one is behind the other, before anything is switched. */
export async function compareRegions(regions: Regions, globalCluster: string | null, now: Date): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const say: Say = (check, ok, text, otherwise = 'failed') => findings.push({ check, level: ok ? 'ok' : otherwise, text });
  await installations(regions, say);
  await copies(regions, now, say);
  if (globalCluster !== null) await database(regions, globalCluster, now, say);
  return findings;
}

async function installations({ prefix, from, to }: Regions, say: Say): Promise<void> {
  const facts = async (aws: AwsClients) => {
    const policies = await poolPolicies(aws, prefix);
    const certificates = (await Promise.all(policies.map((policy) => certificatesOf(aws, policy)))).flat().length;
    const version = (await readParameter(aws, parameterName(prefix, 'install', 'version'))) ?? null;
    return { version, certificates, concurrency: await concurrencyOf(aws).catch(() => null) };
  };
  const there = await facts(to);
  say('installation', there.version !== null, there.version === null ? `${to.region} has no installation` : `${to.region} has ${there.version}`);
  try {
    const here = await facts(from);
    say('versions', here.version === there.version, `${from.region} has ${here.version ?? 'none'}, ${to.region} ${there.version ?? 'none'}`);
    say('certificates', here.certificates === there.certificates, `${from.region} has ${here.certificates}, ${to.region} ${there.certificates}`);
    const enough = here.concurrency !== null && there.concurrency !== null && there.concurrency >= here.concurrency;
    say('concurrency', enough, `${from.region} may run ${here.concurrency ?? '?'} functions at once, ${to.region} ${there.concurrency ?? '?'}`, 'warning');
  } catch (error) {
    say('old region', false, `${from.region} cannot be asked (${nameOf(error)})`, 'warning');
  }
}

/** What is on its way is waited for by a planned failover, so here it only has to be known. */
async function copies(regions: Regions, now: Date, say: Say): Promise<void> {
  if (!regions.replicated) return say('copies', false, 'objects are not copied: set disaster_recovery.s3_bucket_replication', 'warning');
  try {
    const backlog = await copyBacklog(regions.to, await copiesBetween(regions), new Date(now.getTime() - BACKLOG_WINDOW_MS), now);
    const known = backlog === undefined ? 'how many operations wait to be copied is not known' : `${backlog} operations wait to be copied`;
    say('copies', backlog !== undefined, known, 'warning');
  } catch (error) {
    say('copies', false, `how many objects wait to be copied cannot be asked (${nameOf(error)})`, 'warning');
  }
}

async function database({ to }: Regions, globalCluster: string, now: Date, say: Say): Promise<void> {
  const { status, clusterArn, isWriter } = await findGlobalDatabase(to, globalCluster);
  if (isWriter) return say('database', true, `${to.region} writes to it already`);
  say('database', status === 'available', `${globalCluster} is ${status}`, 'warning');
  const lag = await databaseLag(to, clusterArn.split(':').at(-1) ?? '', now);
  if (lag === undefined) say('lag', false, `how far ${to.region} is behind is not known`, 'warning');
  else say('lag', lag <= MOST_LAG_MS, `${to.region} is ${Math.round(lag)} ms behind`);
}
