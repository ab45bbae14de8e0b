import { createHash } from 'node:crypto';
import { createCopyJob } from './aws/batch-jobs.ts';
import { readParameter, writeParameter } from './aws/parameters.ts';
import type { AwsClients } from './aws/clients.ts';
import type { InstallConfig } from './config.ts';
import { COPIED_BUCKETS, copyingRole, parameterName } from './names.ts';

/** Where the service writes what it could not copy: a folder of the bucket of metadata, whose objects do not live long. */
const REPORTS = 'copying';

/** Jobs by the name of the bucket that they copy. */
export type CopyJobs = Readonly<Record<string, string>>;

interface Where {
  readonly aws: AwsClients;
  readonly config: Pick<InstallConfig, 'prefix' | 'partition'>;
  readonly accountId: string;
}

const noteOf = (prefix: string): string => parameterName(prefix, 'install', 'copy-jobs');

/** The newest job of each bucket; none before the first. */
export async function readCopyJobs(aws: AwsClients, prefix: string): Promise<CopyJobs> {
  return JSON.parse((await readParameter(aws, noteOf(prefix))) ?? '{}') as CopyJobs;
}

/** Has what is older than the rules copied, once for each bucket whose objects are copied. */
export const copyOlderObjects = (where: Where): Promise<CopyJobs> => begin(where, 'first', true);

/** Has what was not copied so far copied once more, for every bucket; `occasion` names it, and the same is begun once. */
export const copyAgain = (where: Where, occasion: string): Promise<CopyJobs> => begin(where, occasion, false);

async function begin({ aws, config: { prefix, partition }, accountId }: Where, occasion: string, onlyNew: boolean): Promise<CopyJobs> {
  const nameOf = (bucket: string) => readParameter(aws, parameterName(prefix, 'storage', `bucket-${bucket}`));
  const arn = (name: string): string => `arn:${partition}:s3:::${name}`;
  const reports = await nameOf('metadata');
  if (reports === undefined) throw new Error(`${aws.region} has no bucket for reports`);
  let noted = await readCopyJobs(aws, prefix);
  const begun: Record<string, string> = {};
  for (const bucket of COPIED_BUCKETS) {
    const name = await nameOf(bucket);
    if (name === undefined || (onlyNew && noted[name] !== undefined)) continue;
    begun[name] = await createCopyJob(aws, {
      accountId,
      bucketArn: arn(name),
      roleArn: `arn:${partition}:iam::${accountId}:role/${copyingRole(prefix, aws.region)}`,
      report: { bucketArn: arn(reports), prefix: `${REPORTS}/${bucket}` },
      description: `${prefix}: what is not copied yet of ${bucket}`,
      token: createHash('sha256').update(`${name}/${occasion}`).digest('hex'),
    });
    noted = { ...noted, [name]: begun[name] };
    await writeParameter(aws, noteOf(prefix), JSON.stringify(noted));
  }
  return begun;
}
