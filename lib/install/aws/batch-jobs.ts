import type { Answer } from '../../adapters/aws/signed-call.ts';
import type { AwsClients } from './clients.ts';
import { signedAsOperator } from './signed.ts';

const PATH = '/v20180820/jobs';
const NAMESPACE = 'http://awss3control.amazonaws.com/doc/2018-08-20/';
const PRIORITY = 10;

/** A copying of objects that a bucket's rule has not copied. */
export interface CopyJob {
  readonly accountId: string;
  readonly bucketArn: string;
  readonly roleArn: string;
  /** Where the service says which objects it could not copy. */
  readonly report: { readonly bucketArn: string; readonly prefix: string };
  readonly description: string;
  /** The same token is the same job; 64 characters at most. */
  readonly token: string;
}

export interface JobState {
  readonly status: string;
  readonly total: number;
  readonly failed: number;
  readonly reason: string | null;
}

/** Begins to copy what is older than the rule, and what the rule could not copy; the job's id. The service makes the list of objects itself. */
export async function createCopyJob(aws: AwsClients, job: CopyJob): Promise<string> {
  const answer = await call(aws, job.accountId, 'POST', PATH, requestOf(job));
  const said = answer.body.toString('utf8');
  const id = answer.status === 200 ? valueOf(said, 'JobId') : undefined;
  if (id === undefined) throw new Error(`the service refused a job (${answer.status} ${valueOf(said, 'Code') ?? 'without a word'})`);
  return id;
}

/** How far a job is; undefined for one that the service has forgotten. */
export async function readJob(aws: AwsClients, accountId: string, id: string): Promise<JobState | undefined> {
  const answer = await call(aws, accountId, 'GET', `${PATH}/${encodeURIComponent(id)}`);
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw new Error(`the service does not tell of the job ${id} (${answer.status})`);
  const text = answer.body.toString('utf8');
  const number = (name: string): number => Number(valueOf(text, name) ?? 0);
  return {
    status: valueOf(text, 'Status') ?? 'unknown',
    total: number('TotalNumberOfTasks'),
    failed: number('NumberOfTasksFailed'),
    reason: valueOf(text, 'FailureReason') ?? null,
  };
}

function requestOf({ accountId, bucketArn, roleArn, report, description, token }: CopyJob): string {
  const statuses = element('ObjectReplicationStatuses', element('member', 'NONE'), element('member', 'FAILED'));
  const filter = element('Filter', element('EligibleForReplication', 'true'), statuses);
  const source = [element('ExpectedBucketOwner', accountId), element('SourceBucket', text(bucketArn)), element('EnableManifestOutput', 'false')];
  const manifest = element('S3JobManifestGenerator', ...source, filter);
  return element(
    'CreateJobRequest',
    element('ConfirmationRequired', 'false'),
    element('Operation', '<S3ReplicateObject/>'),
    element(
      'Report',
      element('Bucket', text(report.bucketArn)),
      element('Format', 'Report_CSV_20180820'),
      element('Enabled', 'true'),
      element('Prefix', text(report.prefix)),
      element('ReportScope', 'FailedTasksOnly'),
    ),
    element('ClientRequestToken', text(token)),
    element('Description', text(description)),
    element('Priority', String(PRIORITY)),
    element('RoleArn', text(roleArn)),
    element('ManifestGenerator', manifest),
  ).replace('<CreateJobRequest>', `<CreateJobRequest xmlns="${NAMESPACE}">`);
}

const element = (name: string, ...content: readonly string[]): string => `<${name}>${content.join('')}</${name}>`;
const text = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const valueOf = (xml: string, name: string): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];

/** The host of the service begins with the account. */
async function call(aws: AwsClients, accountId: string, method: 'GET' | 'POST', path: string, body?: string): Promise<Answer> {
  const send = await signedAsOperator(aws);
  const endpoint = aws.endpointOf('s3-control', aws.region).replace('//s3-control.', `//${accountId}.s3-control.`);
  return send({
    service: 's3',
    method,
    url: new URL(`${endpoint}${path}`),
    headers: { 'x-amz-account-id': accountId, ...(body === undefined ? {} : { 'content-type': 'application/xml' }) },
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  });
}
