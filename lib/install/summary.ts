import { readParameter } from './aws/parameters.ts';
import type { AwsClients } from './aws/clients.ts';
import { REPLICATED_BUCKETS, type InstallConfig, type ReplicatedBucket } from './config.ts';
import type { StackOutputs } from './cdk.ts';
import { parameterName, stackName } from './names.ts';

/** Labels that runbooks look for, in this order. */
const REPLICATION_LABELS: Readonly<Record<ReplicatedBucket, string>> = {
  states: 'States bucket ARN',
  'run-logs': 'Run logs bucket ARN',
  modules: 'Modules bucket ARN',
  'policy-inputs': 'Policy inputs bucket ARN',
  workspace: 'Workspaces bucket ARN',
};

export interface Summary {
  readonly version: string;
  readonly accountId: string;
  readonly region: string;
  readonly url: string;
  readonly apiDnsTarget: string | null;
  readonly apiHostedZoneId: string | null;
  readonly webDnsTarget: string | null;
  readonly launcherImage: string | null;
  readonly launcherBinaries: readonly string[];
  /** `SPACELIFT_ADDITIONAL_ROOT_CAS` of launchers, as they read it; null where the file names no authorities. */
  readonly launcherRootCas: string | null;
  readonly downloadsBucket: string | null;
  readonly brokerEndpoint: string | null;
  readonly encryptionPrimaryKeyArn: string | null;
  readonly replication: { readonly kmsKeyArn: string | null; readonly buckets: Readonly<Record<ReplicatedBucket, string | null>> };
  readonly healthy: boolean;
}

export interface SummaryFacts extends Pick<Summary, 'version' | 'accountId' | 'launcherImage' | 'launcherBinaries' | 'healthy'> {
  readonly outputs: StackOutputs;
}

/** What the operator does next with: names for the DNS, addresses for workers, ARNs for the other region's file. */
export async function summarize(aws: AwsClients, config: InstallConfig, { outputs, ...facts }: SummaryFacts): Promise<Summary> {
  const published = async (stack: string, name: string): Promise<string | null> => (await readParameter(aws, parameterName(config.prefix, stack, name))) ?? null;
  const bucketArn = async (bucket: string): Promise<string | null> => {
    const name = await published('storage', `bucket-${bucket}`);
    return name === null ? null : `arn:${config.partition}:s3:::${name}`;
  };
  const buckets = Object.fromEntries(await Promise.all(REPLICATED_BUCKETS.map(async (bucket) => [bucket, await bucketArn(bucket)] as const))) as Record<ReplicatedBucket, string | null>;
  return {
    ...facts,
    region: config.region,
    url: `https://${config.hostname}`,
    apiDnsTarget: await published('api', 'domain-target'),
    apiHostedZoneId: await published('api', 'domain-zone'),
    webDnsTarget: outputs[stackName(config.prefix, 'web')]?.WebDnsTarget ?? null,
    launcherRootCas: rootCasOf(config.caCertificates),
    downloadsBucket: await published('storage', 'bucket-downloads'),
    brokerEndpoint: config.iotBrokerEndpoint ?? (await published('messaging', 'iot-endpoint')),
    encryptionPrimaryKeyArn: await published('kms', 'encryption-key-arn'),
    replication: { kmsKeyArn: await published('kms', 'master-key-arn'), buckets },
  };
}

function rootCasOf(certificates: readonly string[]): string | null {
  const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  return certificates.length === 0 ? null : base64(JSON.stringify({ caCertificates: certificates.map(base64) }));
}

/** The summary for people. */
export function summaryText(summary: Summary): readonly string[] {
  const lines = (entries: readonly (readonly [string, string | null])[], indent = '') => entries.flatMap(([label, value]) => (value === null ? [] : [`${indent}${label}: ${value}`]));
  return [
    `Windlass ${summary.version} is installed in ${summary.region} of ${summary.accountId}`,
    ...lines([
      ['URL', summary.url],
      ['API DNS target', summary.apiDnsTarget],
      ['API hosted zone id', summary.apiHostedZoneId],
      ['Web DNS target', summary.webDnsTarget],
      ['Launcher image', summary.launcherImage],
      ...summary.launcherBinaries.map((key) => ['Launcher binary', key] as const),
      ['Launcher root CAs', summary.launcherRootCas === null ? null : `SPACELIFT_ADDITIONAL_ROOT_CAS=${summary.launcherRootCas}`],
      ['Downloads bucket', summary.downloadsBucket],
      ['Broker endpoint', summary.brokerEndpoint],
      ['Encryption primary key ARN', summary.encryptionPrimaryKeyArn],
    ]),
    'S3 bucket replication info:',
    ...lines([['KMS key ARN', summary.replication.kmsKeyArn], ...REPLICATED_BUCKETS.map((bucket) => [REPLICATION_LABELS[bucket], summary.replication.buckets[bucket]] as const)], '  '),
    ...(summary.healthy ? [] : [`${summary.url}/health does not answer yet: point the name at the API DNS target`]),
  ];
}
