import { BlockList } from 'node:net';
import { readParameter } from '../aws/parameters.ts';
import { insideNetwork, type InstallConfig } from '../config.ts';
import { parameterName } from '../names.ts';
import { found, type CheckNeeds, type Finding } from './check.ts';
import type { Probe } from './reach.ts';

/** Addresses that only a network of one's own has. */
const PRIVATE = new BlockList();
for (const [net, bits] of [['10.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16], ['100.64.0.0', 10]] as const) PRIVATE.addSubnet(net, bits, 'ipv4');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');

const BY_PROXY = '; pools need it, by a proxy if there is no endpoint';

const isPrivate = (address: string): boolean => PRIVATE.check(address, address.includes(':') ? 'ipv6' : 'ipv4');

/** What functions and workers call, by the name of the endpoint that a network without a way out has of it. */
function hostsOf({ region, database, license, tracing }: InstallConfig, accountId: string): Readonly<Record<string, string>> {
  const at = (service: string): string => `${service}.${region}.amazonaws.com`;
  return {
    ...(database.access === 'data-api' ? { 'rds-data': at('rds-data') } : {}),
    kms: at('kms'),
    lambda: at('lambda'),
    ...(license.type === 'aws' ? { 'license-manager': at('license-manager') } : {}),
    logs: at('logs'),
    monitoring: at('monitoring'),
    secretsmanager: at('secretsmanager'),
    sqs: at('sqs'),
    ssm: at('ssm'),
    sts: at('sts'),
    ...(tracing ? { xray: at('xray') } : {}),
    'ecr.api': at('api.ecr'),
    'ecr.dkr': `${accountId}.dkr.ecr.${region}.amazonaws.com`,
    s3: at('s3'),
    // Certificates and policies of pools are made there; few regions have an endpoint of it for networks.
    iot: at('iot'),
  };
}

/**
 * Whether the services answer where the network keeps its endpoints of them; a line for each. It is seen from the machine that asks, which
 * may stand outside: so nothing of this ends a command.
 */
export async function checkEndpoints({ aws, config, accountId }: CheckNeeds, probe: Probe): Promise<readonly Finding[]> {
  if (!insideNetwork(config)) return [];
  const broker = await readParameter(aws, parameterName(config.prefix, 'messaging', 'iot-data-endpoint'));
  const hosts = { ...hostsOf(config, accountId), ...(broker === undefined ? {} : { 'iot.data': broker }) };
  return Promise.all(Object.entries(hosts).map(async ([name, host]) => {
    const { ok, warning } = found(`endpoint ${name}`);
    const reached = await probe(host);
    if ('fault' in reached) return warning(`${host} cannot be reached from here (${reached.fault})${name === 'iot' ? BY_PROXY : ''}`);
    // Objects pass a gateway, which leaves their service its public address.
    if (!config.api.internal || isPrivate(reached.address) || name === 's3' || name === 'iot') return ok(`${host} answers at ${reached.address}`);
    return warning(`${host} answers at ${reached.address}, which is outside: this machine does not see the endpoints of the network`);
  }));
}
