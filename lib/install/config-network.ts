import type { InstallConfig, NetworkConfig, SecurityGroups } from './config.ts';
import type { DocumentReader } from './document.ts';
import { proxyUrl } from './formats.ts';
import type { Context } from './read-config.ts';

const GROUPS = {
  server: 'server_security_group_id',
  drain: 'drain_security_group_id',
  operations: 'installation_task_security_group_id',
  database: 'database_security_group_id',
  scheduler: 'scheduler_security_group_id',
  endpoint: 'load_balancer_security_group_id',
} as const satisfies Record<keyof SecurityGroups, string>;
const REQUIRED_GROUPS = ['server', 'drain', 'operations', 'database'] as const;

const idPattern = (kind: string): RegExp => new RegExp(`^${kind}-([0-9a-f]{8}|[0-9a-f]{17})$`);

export interface NetworkNeeds {
  readonly internal: boolean;
  readonly direct: boolean;
  /** Where the entrance of an internal API is wanted. */
  readonly placement: 'public' | 'private' | null;
}

/** The operator's network, one of our own where something asks for it, or none. */
export function readNetwork(read: DocumentReader, needs: NetworkNeeds, { partition }: Pick<Context, 'partition'>): NetworkConfig {
  const custom = read.bool('use_custom_vpc', false);
  const vpcId = read.matching('vpc_id', idPattern('vpc'), 'is not the id of a network such as vpc-0123456789abcdef0');
  const privateSubnetIds = idsOf(read, 'private_subnet_ids', idPattern('subnet'), 'subnet-0123456789abcdef0');
  const publicSubnetIds = idsOf(read, 'public_subnet_ids', idPattern('subnet'), 'subnet-0123456789abcdef0');
  const zones = idsOf(read, 'availability_zones', /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'eu-west-1a');
  const groups = readGroups(read);
  // The standard's endpoints of several services cannot be had as addresses of a network there, and one service is missing altogether.
  if (!custom && needs.internal && partition === 'aws-us-gov') read.fault(
    'use_custom_vpc',
    'is required with load_balancer.scheme internal in GovCloud: which FIPS endpoints a network has there is the operator\'s to arrange',
  );
  if (!custom) return needs.internal || needs.direct ? { mode: 'managed' } : { mode: 'none' };

  for (const name of ['vpc_id', 'private_subnet_ids', 'availability_zones']) if (!read.isSet(name)) read.fault(name, 'is required with use_custom_vpc');
  for (const group of REQUIRED_GROUPS) if (!read.isSet(GROUPS[group])) read.fault(GROUPS[group], 'is required with use_custom_vpc');
  if (read.isSet('availability_zones') && new Set(zones).size < 2) read.fault('availability_zones', 'must name at least two zones');
  if (read.isSet('private_subnet_ids') && new Set(privateSubnetIds).size < 2) read.fault(
    'private_subnet_ids',
    'must name at least two subnets, in different zones',
  );
  if (needs.internal && needs.placement === 'public' && publicSubnetIds.length === 0) read.fault(
    'public_subnet_ids',
    'is required with load_balancer.subnet_placement public: the entrance of the internal API stands there',
  );
  return { mode: 'custom', vpcId: vpcId ?? '', privateSubnetIds, publicSubnetIds, zones, groups };
}

function idsOf(read: DocumentReader, name: string, pattern: RegExp, like: string): readonly string[] {
  const list = read.texts(name);
  if (!list.every((id) => pattern.test(id))) read.fault(name, `must be a list of ids such as ${like}`);
  return list;
}

function readGroups(read: DocumentReader): SecurityGroups {
  const group = (name: keyof SecurityGroups): string | null => read.matching(
    GROUPS[name],
    idPattern('sg'),
    'is not the id of a security group such as sg-0123456789abcdef0',
  );
  return {
    server: group('server') ?? '',
    drain: group('drain') ?? '',
    operations: group('operations') ?? '',
    database: group('database') ?? '',
    scheduler: group('scheduler'),
    endpoint: group('endpoint'),
  };
}

export function readProxy(read: DocumentReader, network: NetworkConfig, { warnings }: Context): InstallConfig['proxy'] {
  const http = proxyUrl(read, 'http_proxy');
  const https = proxyUrl(read, 'https_proxy');
  const no = read.texts('no_proxy');
  if (http === null && https === null && no.length === 0) return null;
  if (network.mode === 'none') warnings.push('proxy_config: has no effect, since functions stand outside any network');
  return { http, https, no };
}
