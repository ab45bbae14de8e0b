import { Aws } from 'aws-cdk-lib';
import { BUCKET_NAMES, type Bucket } from '../core/shared/buckets.ts';
import { UPLOADS_VARIABLE } from '../core/shared/content-policy.ts';
import { DATA_API_VARIABLES, FUNCTION_VARIABLES, OPTIONAL_FUNCTION_VARIABLES, QUEUE_VARIABLES, bucketVariable } from '../core/shared/function-variables.ts';
import type { FunctionName } from '../core/shared/functions.ts';
import { POLICY_TIMEOUTS, POLICY_TIMEOUT_VARIABLES } from '../core/shared/policy-timeouts.ts';
import { hasPrivateEndpoints, insideNetwork } from '../install/config.ts';
import { DATABASE_NAME, type DatabaseUser } from './database-secrets.ts';
import { FUNCTION_RIGHTS } from './function-rights.ts';
import { ALL_QUEUES, isShared, type SecretName } from './names.ts';
import type { PlatformStack } from './platform-stack.ts';
import { privateHosts } from './private-endpoints.ts';
import { runTimeTags } from './run-time-tags.ts';
import { metricNamespace } from './special-rights.ts';

/** Where the layer of extra root certificates lies. */
export const CA_BUNDLE = '/opt/ca/bundle.pem';
const ALL_BUCKETS: readonly (Bucket | 'web')[] = [...BUCKET_NAMES, 'web'];

/** The user that a function connects as: the operations function owns the database. */
function databaseUser(name: FunctionName): DatabaseUser {
  const user = FUNCTION_RIGHTS[name].database;
  return user === undefined || user === 'all' ? 'database' : user;
}

function secretArn(stack: PlatformStack, name: SecretName): string {
  // A standby region holds copies, whose full names are not known here: the service finds them without the characters it added.
  if (isShared(name) && stack.config.disasterRecovery?.isStandby) return stack.names.secretArn(name).replace(/-\?{6}$/, '');
  return stack.read(name.startsWith('database') ? 'database' : 'storage', `secret-${name}`);
}

type Values = Readonly<Record<string, () => string>>;

/** What each variable holds; asked only for those that a function needs, since each answer may become a parameter of the template. */
function valuesFor(stack: PlatformStack, name: FunctionName): Values {
  const { config, names } = stack;
  const user = databaseUser(name);
  return {
    WINDLASS_FUNCTION: () => name,
    SERVER_DOMAIN: () => config.hostname,
    ACCOUNT_NAME: () => config.accountName,
    AWS_ACCOUNT_ID: () => Aws.ACCOUNT_ID,
    AWS_PARTITION: () => Aws.PARTITION,
    OBSERVABILITY_VENDOR: () => (config.telemetry.vendor === 'AWS' && !config.tracing ? 'Disabled' : config.telemetry.vendor),
    METRICS_NAMESPACE: () => metricNamespace(config.prefix),
    DATABASE_ACCESS: () => config.database.access,
    DATABASE_CLUSTER_ARN: () => stack.read('database', 'cluster-arn'),
    DATABASE_SECRET_ARN: () => secretArn(stack, user),
    DATABASE_NAME: () => DATABASE_NAME,
    DATABASE_URL_SECRET_ARN: () => config.database.external?.secretArn ?? secretArn(stack, `${user}-url`),
    MESSAGE_QUEUE_TYPE: () => 'sqs',
    ...Object.fromEntries(ALL_QUEUES.map((queue) => [QUEUE_VARIABLES[queue], () => stack.read('messaging', `queue-${queue}`)])),
    OBJECT_STORAGE_TYPE: () => 'aws',
    ...Object.fromEntries(ALL_BUCKETS.map((bucket) => [bucketVariable(bucket), () => stack.read('storage', `bucket-${bucket}`)])),
    [UPLOADS_VARIABLE]: () => names.bucketUrl('uploads'),
    ENCRYPTION_TYPE: () => 'kms',
    ENCRYPTION_KMS_ENCRYPTION_KEY_ID: () => stack.read('kms', 'encryption-key-arn'),
    ENCRYPTION_KMS_SIGNING_KEY_ID: () => stack.read('kms', 'signing-key-arn'),
    MQTT_BROKER_TYPE: () => 'iotcore',
    MQTT_BROKER_ENDPOINT: () => stack.read('messaging', 'iot-endpoint'),
    MQTT_BROKER_IOTCORE_NAMESPACE: () => names.iotNamespace,
    IOT_PROVISIONER_FUNCTION: () => names.function('iot-provisioner'),
    MODE_PARAMETER: () => names.modeParameter,
    LICENSE_TYPE: () => config.license.type,
    LICENSE_SECRET_ARN: () => secretArn(stack, 'license'),
    ADMIN_SECRET_ARN: () => secretArn(stack, 'admin'),
    SSO_SECRET_ARN: () => secretArn(stack, 'sso'),
    GIT_SECRET_ARN: () => secretArn(stack, 'git'),
    APP_SECRET_ARN: () => secretArn(stack, 'app'),
    ORIGIN_SECRET_ARN: () => secretArn(stack, 'origin'),
    OBJECT_STORAGE_BUCKET_STATES_REPLICA: () => config.disasterRecovery?.replication?.bucketArns.states.split(':').at(-1) ?? '',
    AWS_SECONDARY_REGION: () => config.disasterRecovery?.replicaRegion ?? '',
    RESOURCE_TAGS: () => JSON.stringify(runTimeTags(config.tags)),
    WEBHOOKS_ENDPOINT: () => config.webhooksEndpoint ?? '',
    OTEL_EXPORTER_OTLP_ENDPOINT: () => config.telemetry.otlpEndpoint ?? '',
    TERRAFORM_ALLOWED_VERSIONS: () => config.terraformAllowedVersions ?? '',
    TOOL_VERSIONS_FROM: () => config.toolVersionsFrom,
    USAGE_ENDPOINT: () => config.usage.endpoint ?? '',
    OUTBOUND_ALLOWED_CIDRS: () => config.outbound.allowedCidrs.join(','),
    OUTBOUND_ALLOWED_HOSTS: () => config.outbound.allowedHosts.join(','),
    ...Object.fromEntries(POLICY_TIMEOUTS.map((timeout) => [POLICY_TIMEOUT_VARIABLES[timeout], () => config.policyTimeouts[timeout] ?? ''])),
  };
}

/** The variables of a function in this installation: those it always needs, and the optional ones that the configuration asks for. */
export function variablesOf(stack: PlatformStack, name: FunctionName): readonly string[] {
  const { config } = stack;
  const direct = config.database.access === 'direct';
  const asked: Readonly<Record<string, boolean>> = {
    AWS_SECONDARY_REGION: config.disasterRecovery !== null,
    RESOURCE_TAGS: runTimeTags(config.tags).length > 0,
    OBJECT_STORAGE_BUCKET_STATES_REPLICA: config.disasterRecovery?.replication != null,
    DATABASE_URL_SECRET_ARN: direct,
    LICENSE_SECRET_ARN: config.license.type === 'jwt',
    ORIGIN_SECRET_ARN: config.web.mode === 'cloudfront',
    WEBHOOKS_ENDPOINT: config.webhooksEndpoint !== null,
    OTEL_EXPORTER_OTLP_ENDPOINT: config.telemetry.otlpEndpoint !== null,
    TERRAFORM_ALLOWED_VERSIONS: config.terraformAllowedVersions !== null,
    TOOL_VERSIONS_FROM: config.toolVersionsFrom !== 'off',
    USAGE_ENDPOINT: config.usage.report && config.usage.endpoint !== null,
    OUTBOUND_ALLOWED_CIDRS: config.outbound.allowedCidrs.length > 0,
    OUTBOUND_ALLOWED_HOSTS: config.outbound.allowedHosts.length > 0,
    ...Object.fromEntries(POLICY_TIMEOUTS.map((timeout) => [POLICY_TIMEOUT_VARIABLES[timeout], config.policyTimeouts[timeout] !== undefined])),
  };
  const always = FUNCTION_VARIABLES[name].filter((variable) => !(direct && DATA_API_VARIABLES.includes(variable)));
  const optional = Object.keys(OPTIONAL_FUNCTION_VARIABLES).filter((variable) => asked[variable] && OPTIONAL_FUNCTION_VARIABLES[variable]?.includes(name));
  return [...always, ...optional];
}

/**
 * The services that a network of ours has endpoints for. Not all of the region: the control plane of the broker has none. What an operator's
 * network has is the operator's to name.
 */
function withoutProxy(stack: PlatformStack, name: FunctionName): readonly string[] {
  if (!hasPrivateEndpoints(stack.config)) return [];
  const publishes = FUNCTION_VARIABLES[name].includes('MQTT_BROKER_ENDPOINT');
  return [...privateHosts(stack.config.region), ...(publishes ? [stack.read('messaging', 'iot-data-endpoint')] : [])];
}

/** What the network and the partition ask of every function alike. */
function surroundings(stack: PlatformStack, name: FunctionName): Record<string, string> {
  const { proxy, caCertificates, partition } = stack.config;
  return {
    ...(caCertificates.length > 0 ? { NODE_EXTRA_CA_CERTS: CA_BUNDLE } : {}),
    ...(partition === 'aws-us-gov' ? { AWS_USE_FIPS_ENDPOINT: 'true' } : {}),
    // The network knows the broker by the account's own name only.
    ...(hasPrivateEndpoints(stack.config) && FUNCTION_VARIABLES[name].includes('MQTT_BROKER_ENDPOINT') ? {
      AWS_ENDPOINT_URL_IOT_DATA_PLANE: `https://${stack.read('messaging', 'iot-data-endpoint')}`,
    } : {}),
    ...(proxy !== null && insideNetwork(stack.config)
      ? {
          NODE_USE_ENV_PROXY: '1',
          ...(proxy.http === null ? {} : { HTTP_PROXY: proxy.http }),
          ...(proxy.https === null ? {} : { HTTPS_PROXY: proxy.https }),
          NO_PROXY: [...proxy.no, 'localhost', '127.0.0.1', ...withoutProxy(stack, name)].join(','),
        }
      : {}),
  };
}

export function environmentOf(stack: PlatformStack, name: FunctionName): Record<string, string> {
  const values = valuesFor(stack, name);
  const environment: Record<string, string> = {};
  for (const variable of variablesOf(stack, name)) {
    const value = values[variable];
    if (value === undefined) throw new Error(`the function ${name} needs ${variable}, which the infrastructure does not know`);
    environment[variable] = value();
  }
  return { ...environment, ...surroundings(stack, name) };
}
