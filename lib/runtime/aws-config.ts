import type { Settings } from '../core/ports/settings.ts';
import { BUCKET_NAMES, type Bucket } from '../core/shared/buckets.ts';
import { UPLOADS_VARIABLE } from '../core/shared/content-policy.ts';
import { bucketVariable, DATA_API_VARIABLES, FUNCTION_VARIABLES, OPTIONAL_FUNCTION_VARIABLES, QUEUE_VARIABLES } from '../core/shared/function-variables.ts';
import { FUNCTIONS, type FunctionName } from '../core/shared/functions.ts';
import type { PolicyLimits } from '../core/ports/settings.ts';
import type { Admitted } from '../adapters/http/addresses.ts';
import { EnvironmentReader } from './environment.ts';
import { readOutbound } from './outbound.ts';
import { readPolicyLimits } from './policy-limits.ts';
import { readToolLists } from './tool-lists.ts';
import { readUsageEndpoint } from './usage-endpoint.ts';

export type QueueKey = keyof typeof QUEUE_VARIABLES;

/** What a function is told by its environment; null or absent is what it has no business with. */
export interface AwsConfig {
  readonly functionName: FunctionName;
  readonly serverDomain: string;
  readonly accountName: string;
  readonly accountId: string;
  readonly partition: string;
  readonly region: string;
  readonly secondaryRegion: string | null;
  /** The other region's bucket of states. */
  readonly statesReplica: string | null;
  readonly database:
    | { readonly access: 'data-api'; readonly clusterArn: string; readonly secretArn: string; readonly name: string }
    | { readonly access: 'direct'; readonly urlSecretArn: string }
    | null;
  readonly queues: Readonly<Partial<Record<QueueKey, string>>>;
  readonly buckets: Readonly<Partial<Record<Bucket | 'web', string>>>;
  /** Where browsers upload to. */
  readonly uploadsUrl: string | null;
  readonly encryptionKeyId: string | null;
  readonly signingKeyId: string | null;
  readonly broker: { readonly endpoint: string; readonly namespace: string } | null;
  readonly iotProvisionerFunction: string | null;
  readonly modeParameter: string | null;
  readonly terraformAllowedVersions: string | null;
  readonly licenseType: 'aws' | 'jwt' | 'none';
  readonly vendor: 'AWS' | 'OpenTelemetry' | 'Disabled';
  readonly outbound: Admitted;
  readonly usageEndpoint: string | null;
  readonly policyLimits: PolicyLimits;
  readonly toolLists: NonNullable<Settings['toolLists']> | null;
  readonly metricsNamespace: string;
  /** Where traces are collected, with OBSERVABILITY_VENDOR=OpenTelemetry. */
  readonly otelEndpoint: string | null;
  /** Where secrets are kept. */
  readonly secrets: Readonly<Record<'admin' | 'sso' | 'license' | 'origin' | 'git', string | null>>;
}

/** The choices of this composition, which unset variables stand for. */
const CHOICES: Readonly<Record<string, { readonly choice: string; readonly others: readonly string[] }>> = {
  MESSAGE_QUEUE_TYPE: { choice: 'sqs', others: ['postgres', 'builtin'] },
  ENCRYPTION_TYPE: { choice: 'kms', others: ['rsa'] },
  MQTT_BROKER_TYPE: { choice: 'iotcore', others: ['builtin'] },
  OBJECT_STORAGE_TYPE: { choice: 'aws', others: ['gcp', 'azure', 'minio'] },
};

/** Set by these names or left out: they have a value either way. */
const WITH_DEFAULT: ReadonlySet<string> = new Set([...Object.keys(CHOICES), 'AWS_PARTITION', 'DATABASE_ACCESS', 'LICENSE_TYPE', 'OBSERVABILITY_VENDOR', 'WINDLASS_FUNCTION']);

const SHAPES: readonly { readonly name: RegExp; readonly shape: RegExp; readonly words: string }[] = [
  { name: /^MESSAGE_QUEUE_SQS_.*_URL$/, shape: /^https?:\/\/\S+$/, words: 'the URL of a queue' },
  { name: /_ARN$/, shape: /^arn:[a-z-]+:[a-z-]+:/, words: 'an ARN' },
  { name: /^SERVER_DOMAIN$/, shape: /^[A-Za-z0-9.-]+(:\d{1,5})?$/, words: 'a host name (no scheme, no slash)' },
  { name: /^ACCOUNT_NAME$/, shape: /^[A-Za-z0-9][A-Za-z0-9_-]{1,37}$/, words: '2 to 38 letters, digits, "-" or "_", starting with a letter or digit' },
  { name: /^AWS_ACCOUNT_ID$/, shape: /^\d{12}$/, words: 'an account id of 12 digits' },
];

/** Parses a function's environment; throws nothing: `faults` holds every problem, in words with the variable first. */
export function readAwsConfig(environment: Readonly<Record<string, string | undefined>>): { readonly config: AwsConfig; readonly faults: readonly string[] } {
  const read = new EnvironmentReader(environment);
  const functionName = functionOf(read);
  checkChoices(read);
  const access = read.oneOf('DATABASE_ACCESS', ['data-api', 'direct'], 'data-api');
  const required = FUNCTION_VARIABLES[functionName].filter((name) => !WITH_DEFAULT.has(name) && !(access === 'direct' && DATA_API_VARIABLES.includes(name)));
  const usesDatabase = FUNCTION_VARIABLES[functionName].includes('DATABASE_ACCESS');
  const needed = usesDatabase && access === 'direct' ? [...required, 'DATABASE_URL_SECRET_ARN'] : required;
  for (const name of needed) if (read.text(name) === undefined) read.fault(name, `is not set, and the function ${functionName} needs it`);
  const known = new Set([...needed, ...Object.keys(OPTIONAL_FUNCTION_VARIABLES)]);
  for (const name of known) {
    const value = read.text(name);
    const rule = SHAPES.find((candidate) => candidate.name.test(name));
    if (value !== undefined && rule !== undefined && !rule.shape.test(value)) read.fault(name, `${JSON.stringify(value)} is not ${rule.words}`);
  }

  const text = (name: string) => read.text(name) ?? '';
  const given = (name: string) => read.text(name) ?? null;
  const config: AwsConfig = {
    functionName,
    serverDomain: text('SERVER_DOMAIN'),
    accountName: text('ACCOUNT_NAME'),
    accountId: text('AWS_ACCOUNT_ID'),
    partition: read.text('AWS_PARTITION') ?? 'aws',
    region: read.text('AWS_REGION') ?? read.text('AWS_DEFAULT_REGION') ?? 'us-east-1',
    secondaryRegion: given('AWS_SECONDARY_REGION'),
    statesReplica: given('OBJECT_STORAGE_BUCKET_STATES_REPLICA'),
    database: !usesDatabase
      ? null
      : access === 'direct'
        ? { access, urlSecretArn: text('DATABASE_URL_SECRET_ARN') }
        : { access, clusterArn: text('DATABASE_CLUSTER_ARN'), secretArn: text('DATABASE_SECRET_ARN'), name: text('DATABASE_NAME') },
    queues: named(read, Object.entries(QUEUE_VARIABLES) as [QueueKey, string][]),
    buckets: named(read, ([...BUCKET_NAMES, 'web'] as const).map((name) => [name, bucketVariable(name)] as const)),
    uploadsUrl: given(UPLOADS_VARIABLE),
    encryptionKeyId: given('ENCRYPTION_KMS_ENCRYPTION_KEY_ID'),
    signingKeyId: given('ENCRYPTION_KMS_SIGNING_KEY_ID'),
    broker: read.text('MQTT_BROKER_ENDPOINT') === undefined ? null : { endpoint: text('MQTT_BROKER_ENDPOINT'), namespace: text('MQTT_BROKER_IOTCORE_NAMESPACE') },
    iotProvisionerFunction: given('IOT_PROVISIONER_FUNCTION'),
    modeParameter: given('MODE_PARAMETER'),
    terraformAllowedVersions: given('TERRAFORM_ALLOWED_VERSIONS'),
    licenseType: read.oneOf('LICENSE_TYPE', ['aws', 'jwt', 'none'], 'none'),
    vendor: read.oneOf('OBSERVABILITY_VENDOR', ['AWS', 'OpenTelemetry', 'Disabled'], 'AWS'),
    outbound: readOutbound(read),
    usageEndpoint: readUsageEndpoint(read),
    policyLimits: readPolicyLimits(read),
    toolLists: readToolLists(read, 'off'),
    metricsNamespace: text('METRICS_NAMESPACE'),
    otelEndpoint: given('OTEL_EXPORTER_OTLP_ENDPOINT'),
    secrets: {
      admin: given('ADMIN_SECRET_ARN'), sso: given('SSO_SECRET_ARN'), license: given('LICENSE_SECRET_ARN'), origin: given('ORIGIN_SECRET_ARN'),
      git: given('GIT_SECRET_ARN'),
    },
  };
  return { config, faults: read.faults };
}

/** The config, or an error that says all that is wrong with the environment. */
export function requireAwsConfig(environment: Readonly<Record<string, string | undefined>>): AwsConfig {
  const { config, faults } = readAwsConfig(environment);
  if (faults.length > 0) throw new Error(`the function's environment is wrong:\n${faults.join('\n')}`);
  return config;
}

function functionOf(read: EnvironmentReader): FunctionName {
  const name = read.text('WINDLASS_FUNCTION');
  if (name !== undefined && Object.hasOwn(FUNCTIONS, name)) return name as FunctionName;
  read.fault('WINDLASS_FUNCTION', name === undefined ? `is not set: it is one of ${Object.keys(FUNCTIONS).join(', ')}` : `${JSON.stringify(name)} is none of ${Object.keys(FUNCTIONS).join(', ')}`);
  return 'graphql';
}

/** Each type variable is this composition's choice; a broker in the cloud beside a queue in the database is wrong wherever it runs. */
function checkChoices(read: EnvironmentReader): void {
  const chosen = (name: string) => read.text(name) ?? CHOICES[name]?.choice;
  for (const [name, { choice, others }] of Object.entries(CHOICES)) {
    const value = chosen(name);
    if (value === choice) continue;
    if (name === 'MESSAGE_QUEUE_TYPE' && chosen('MQTT_BROKER_TYPE') === 'iotcore') read.fault(name, `${JSON.stringify(value)} does not go with MQTT_BROKER_TYPE=iotcore, whose messages arrive by sqs`);
    else if (others.includes(value ?? '')) read.fault(name, `${JSON.stringify(value)} is not available in functions; leave it out or set ${choice}`);
    else read.fault(name, `${JSON.stringify(value)} is none of ${[choice, ...others].join(', ')}`);
  }
}

function named<Key extends string>(read: EnvironmentReader, variables: readonly (readonly [Key, string])[]): Partial<Record<Key, string>> {
  const found: Partial<Record<Key, string>> = {};
  for (const [key, name] of variables) {
    const value = read.text(name);
    if (value !== undefined) found[key] = value;
  }
  return found;
}
