import { findCluster } from '../aws/database.ts';
import { placeOf } from '../aws/secret-values.ts';
import { stackExists } from '../aws/stacks.ts';
import { clusterName, secretName, stackName, type StackId } from '../names.ts';
import { readRetained } from '../retained.ts';
import { found, type Check } from './check.ts';

/**
 * What outlives an uninstallation stands in stacks, which the next deployment goes on with. Where somebody deleted such a stack, what it held
 * is there without it, under names that a new stack could not take.
 */
export const checkKeptThings: Check = async ({ aws, config, configFile = 'config.json' }) => {
  const { ok, failed } = found('kept things');
  const { prefix } = config;
  const retained = await readRetained(aws, prefix);
  const exists = (id: StackId): Promise<boolean> => stackExists(aws, stackName(prefix, id));
  const gone = new Set<StackId>();
  for (const id of (retained?.stacks ?? []) as StackId[]) if (!(await exists(id))) gone.add(id);
  // A copy of the other region's stands in no stack here.
  const secret = await placeOf(aws, secretName(prefix, 'app'));
  if (secret?.copyOf === null && !(await exists('storage'))) gone.add('storage');
  const cluster = config.database.external === null ? await findCluster(aws, clusterName(prefix)) : undefined;
  if (cluster !== undefined && !(await exists('database'))) gone.add('database');
  if (gone.size > 0) return [...gone].map((id) => failed(
    `the stack ${stackName(prefix, id)} is gone, and what it held is there: take it into a new one by npx cdk import ${id} -c config=${configFile}, or remove it`,
  ));
  return [ok(retained === undefined ? 'none' : `of ${retained.at.slice(0, 10)}: ${retained.stacks.join(', ')}`)];
};
