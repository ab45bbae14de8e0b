import semver from 'semver';
import type { InstallConfig, InstallSecrets, Partition, ResourceTag } from './config.ts';
import { readApi, readWeb } from './config-api.ts';
import { readDatabase } from './config-database.ts';
import { readGitCredentials } from './config-git.ts';
import { readIdentity } from './config-identity.ts';
import { readNetwork, readProxy } from './config-network.ts';
import { readDisasterRecovery, readExpiry, readLicense } from './config-operation.ts';
import { readPolicyTimeouts } from './config-policies.ts';
import { readOutbound, readTelemetry } from './config-reach.ts';
import { databaseSslMode } from './database-tls.ts';
import { DocumentReader } from './document.ts';
import { REGION, arn, certificates, hostName, httpsUrl, partitionOf } from './formats.ts';

/** What the command line permits, and what a distributor's build fixes. */
export interface ReadOptions {
  readonly allowUnsupportedEngine?: boolean;
  readonly licenseRequired?: boolean;
  /** The product is fixed in the build, and the file need not name it. */
  readonly licenseFixed?: boolean;
}

export interface Read {
  readonly config: InstallConfig;
  readonly secrets: InstallSecrets;
  /** What is accepted, but is not as the operator may expect. */
  readonly warnings: readonly string[];
}

/** What the readers of blocks share. */
export interface Context {
  readonly options: ReadOptions;
  readonly region: string;
  readonly partition: Partition;
  readonly prefix: string;
  readonly hostname: string;
  readonly warnings: string[];
}

const MOST_TAGS = 40;
const MOST_RANGE_CHARACTERS = 200;

/** Reads a configuration file. All its faults are told together, each as `<key>: <reason>`. */
export function readConfigText(text: string, options: ReadOptions = {}): Read | { readonly faults: readonly string[] } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // The parser's own words repeat parts of the file.
    return { faults: ['file: is not JSON'] };
  }
  const read = new DocumentReader(document);
  const result = readDocument(read, options);
  read.finish();
  return read.faults.length > 0 ? { faults: read.faults } : result;
}

function readDocument(read: DocumentReader, options: ReadOptions): Read {
  const context = readContext(read, options);
  const { region, partition, hostname } = context;
  const api = readApi(read.block('load_balancer'), read.block('api'), context);
  const database = readDatabase(read.block('database'), context);
  const network = readNetwork(read.block('vpc_config'), { internal: api.internal, direct: database.access === 'direct', placement: api.subnetPlacement }, context);
  const identity = readIdentity(read, context);
  const license = readLicense(read.block('license'), context);
  const iotBrokerEndpoint = hostName(read, 'iot_broker_endpoint');
  const webhooksEndpoint = hostName(read, 'webhooks_endpoint');
  if (webhooksEndpoint !== null && webhooksEndpoint.toLowerCase() === hostname.toLowerCase()) read.fault(
    'webhooks_endpoint',
    'must not equal spacelift_hostname; leave it out',
  );
  refuseUnavailable(read, context);
  const config: InstallConfig = {
    accountName: readAccountName(read),
    region,
    partition,
    prefix: context.prefix,
    hostname,
    webhooksEndpoint,
    iotBrokerEndpoint,
    servicesDisabled: read.bool('disable_services', false),
    tracing: read.bool('tracing_enabled', true),
    usage: { report: read.bool('automatically_report_usage_data', false), endpoint: httpsUrl(read.block('usage'), 'endpoint') },
    tags: readTags(read),
    permissionsBoundaryArn: arn(read, 'permissions_boundary_arn', {
      partition,
      service: 'iam',
      resource: /^policy\/.+$/,
      like: `arn:${partition}:iam::123456789012:policy/boundary`,
    }),
    api,
    sso: identity.sso,
    adminUsername: identity.adminUsername,
    slackEnabled: identity.secrets.slack !== null,
    alertTopicArn: arn(read.block('alerting'), 'sns_topic_arn', {
      partition,
      service: 'sns',
      region,
      resource: /^[A-Za-z0-9_-]{1,256}$/,
      like: `arn:${partition}:sns:${region}:123456789012:alerts`,
    }),
    expiryDays: readExpiry(read.block('s3_config')),
    network,
    proxy: readProxy(read.block('proxy_config'), network, context),
    database,
    caCertificates: readTls(read.block('tls_config')),
    disasterRecovery: readDisasterRecovery(read.block('disaster_recovery'), context, database),
    drainCount: readServices(read.block('services'), context),
    license: license.config,
    web: readWeb(read.block('web'), context, api),
    dns: readDns(read.block('dns'), context),
    telemetry: readTelemetry(read.block('telemetry')),
    outbound: readOutbound(read.block('outbound'), network, context),
    policyTimeouts: readPolicyTimeouts(read.block('policies').block('timeouts'), context),
    terraformAllowedVersions: readTerraformVersions(read.block('terraform')),
    toolVersionsFrom: readToolVersionsFrom(read.block('tools')),
    iotPresenceEvents: read.block('iot').bool('presence_events', false),
  };
  if (config.dns.iotCertificateArn !== null && !read.isSet('iot_broker_endpoint')) read.fault(
    'iot_broker_endpoint',
    'is required with dns.iot_certificate_arn',
  );
  if (config.dns.hostedZoneId !== null && config.disasterRecovery !== null && config.api.internal) context.warnings.push(
    'dns.hosted_zone_id: nobody outside can ask a private API whether its region serves, so the host\'s records are left to the operator',
  );
  if (config.usage.report && config.usage.endpoint === null) context.warnings.push(
    'automatically_report_usage_data: reports are written but go nowhere, since usage.endpoint is not set',
  );
  if (config.database.external === null && config.database.access === 'direct' && databaseSslMode(config) === 'require') context.warnings.push(
    'tls_config.ca_certificates: holds no authority of the database service, so connections to the database are encrypted, but nobody checks who answers',
  );
  return { config, secrets: { ...identity.secrets, licenseToken: license.token, gitCredentials: readGitCredentials(read.block('git')) }, warnings: context.warnings };
}

function readContext(read: DocumentReader, options: ReadOptions): Context {
  const region = read.required('aws_region');
  const partition = partitionOf(region);
  if (region !== '' && !REGION.test(region)) read.fault('aws_region', 'is not a region such as eu-west-1');
  else if (partition === null) read.fault('aws_region', 'regions of China are not supported');
  const prefix = read.matching(
    'name_prefix',
    /^[a-z](?:[a-z0-9-]{0,16}[a-z0-9])?$/,
    'must be 1 to 18 lower-case letters, digits or "-", beginning with a letter and not ending with "-"',
  );
  return { options, region, partition: partition ?? 'aws', prefix: prefix ?? 'platform', hostname: readHostname(read), warnings: [] };
}

function readAccountName(read: DocumentReader): string {
  const name = read.required('account_name');
  if (name !== '' && !/^[A-Za-z0-9][A-Za-z0-9_-]{1,37}$/.test(name)) read.fault(
    'account_name',
    'must be 2 to 38 letters, digits, "-" or "_", beginning with a letter or digit',
  );
  return name;
}

/** Two names for one key: an older file says `hostname`. */
function readHostname(read: DocumentReader): string {
  if (read.isSet('spacelift_hostname') && read.isSet('hostname')) read.fault('hostname', 'is another name of spacelift_hostname; set one of them');
  const name = read.isSet('hostname') && !read.isSet('spacelift_hostname') ? 'hostname' : 'spacelift_hostname';
  if (!read.isSet(name)) read.fault(name, 'is required');
  return hostName(read, name) ?? '';
}

function readTags(read: DocumentReader): readonly ResourceTag[] {
  if (read.isSet('global_resource_tags') && read.isSet('global_resources_tags')) read.fault(
    'global_resources_tags',
    'is another name of global_resource_tags; set one of them',
  );
  const name = read.isSet('global_resources_tags') ? 'global_resources_tags' : 'global_resource_tags';
  const list = read.raw(name);
  if (list === undefined) return [];
  if (!Array.isArray(list)) {
    read.fault(name, 'must be a list of {key, value}');
    return [];
  }
  if (list.length > MOST_TAGS) read.fault(name, `holds ${list.length} tags, but a resource takes at most ${MOST_TAGS} of the installation's`);
  const tags = list.map((entry: unknown, index) => {
    const tag = new DocumentReader(entry, read.keyOf(`${name}[${index}]`), read.faults);
    const made = { key: tag.required('key'), value: tag.text('value') ?? '' };
    tag.finish();
    if (/^aws:/i.test(made.key)) tag.fault('key', 'must not begin with aws:');
    if (made.key.length > 128) tag.fault('key', 'is longer than 128 characters');
    if (made.value.length > 256) tag.fault('value', 'is longer than 256 characters');
    return made;
  });
  const keys = tags.map(({ key }) => key);
  if (new Set(keys).size < keys.length) read.fault(name, 'holds a key twice');
  return tags;
}

function readTerraformVersions(read: DocumentReader): string | null {
  const range = read.text('allowed_versions');
  if (range === null) return null;
  if (range.length > MOST_RANGE_CHARACTERS || semver.validRange(range) === null) read.fault(
    'allowed_versions',
    'is not a range of versions such as ">=1.6.0 <1.12.0"',
  );
  return range;
}

function readToolVersionsFrom(read: DocumentReader): string {
  const text = read.text('versions_from') ?? 'publishers';
  if (text === 'publishers' || text === 'off') return text;
  return httpsUrl(read, 'versions_from') ?? 'publishers';
}

function readTls(read: DocumentReader): readonly string[] {
  // There is no hop between the end of TLS and the code.
  read.ignore('server_certificate_secrets_manager_arn');
  return certificates(read, 'ca_certificates');
}

function readDns(read: DocumentReader, { partition, region }: Context): InstallConfig['dns'] {
  return {
    hostedZoneId: read.matching('hosted_zone_id', /^Z[A-Z0-9]{1,31}$/, 'is not the id of a hosted zone such as Z0123456789ABCDEFGHIJ'),
    iotCertificateArn: arn(read, 'iot_certificate_arn', {
      partition,
      service: 'acm',
      region,
      resource: /^certificate\/.+$/,
      like: `arn:${partition}:acm:${region}:123456789012:certificate/…`,
    }),
  };
}

function readServices(read: DocumentReader, { warnings }: Context): number | null {
  const drain = read.block('drain');
  if (drain.isSet('message_processing_timeout_seconds') && drain.number('message_processing_timeout_seconds', 100, { least: 1, most: 43_200 }) > 100) {
    warnings.push('services.drain.message_processing_timeout_seconds: has no effect, each queue has its own; the longest is 100 seconds');
  }
  return drain.isSet('desired_count') ? drain.number('desired_count', 1, { least: 1, most: 100 }) : null;
}

/** Blocks that other versions know. */
function refuseUnavailable(read: DocumentReader, { warnings }: Context): void {
  const gateway = read.block('vcs_gateway');
  gateway.ignore('domain', 'certificate_arn', 'internal', 'subnet_ids', 'desired_count', 'cpu', 'memory');
  if (gateway.bool('enabled', false)) gateway.fault('enabled', 'the gateway to private git hosts is not available in this version');
  const federation = read.block('federation_config');
  const asked = [httpsUrl(federation, 'issuer'), httpsUrl(federation, 'jwks_uri')];
  if (asked.some((url) => url !== null)) warnings.push('federation_config: tokens of runs keep the issuer of this version, https:// and the host name');
}
