import { GetParametersCommand } from '@aws-sdk/client-ssm';
import type { InstallConfig } from '../config.ts';
import { found, nameOf, type Check } from './check.ts';

const ALWAYS = ['acm', 'apigateway', 'cloudwatch', 'ecr', 'events', 'iot', 'kms', 'lambda', 'logs', 's3', 'secretsmanager', 'sqs', 'ssm'];
/** Hosts of services that are not called as they are listed. */
const HOSTS: Readonly<Record<string, string>> = { aurora: 'rds', cloudwatch: 'monitoring', ecr: 'api.ecr' };
/** A call asks for no more. */
const AT_ONCE = 10;

/** What an installation is made of, by the names under which the service lists what each region offers. */
const servicesOf = ({ database, license, tracing }: InstallConfig): readonly string[] => [
  ...ALWAYS,
  ...(database.external === null ? ['aurora', 'rds'] : []),
  ...(database.access === 'data-api' ? ['rds-data'] : []),
  ...(license.type === 'aws' ? ['license-manager'] : []),
  ...(tracing ? ['xray'] : []),
];

/** What to write in the file where a region lacks one of these. */
const INSTEAD: Readonly<Record<string, string>> = {
  'rds-data': 'set database.access to direct, and functions stand in a network',
  xray: 'set tracing_enabled to false',
  'license-manager': 'set license.type to jwt',
};

/** The region offers everything that is installed. The public list of that may be behind: what it lacks is asked whether it answers. */
export const checkServices: Check = async ({ aws, config, probe }) => {
  const { ok, warning, failed } = found('services');
  const wanted = servicesOf(config);
  const place = `/aws/service/global-infrastructure/regions/${config.region}/services/`;
  const offered = new Set<string>();
  try {
    for (let from = 0; from < wanted.length; from += AT_ONCE) {
      const Names = wanted.slice(from, from + AT_ONCE).map((service) => `${place}${service}`);
      const { Parameters = [] } = await aws.ssm.send(new GetParametersCommand({ Names }));
      for (const { Name = '' } of Parameters) offered.add(Name.slice(place.length));
    }
  } catch (error) {
    return [warning(`what ${config.region} offers cannot be read (${nameOf(error)})`)];
  }
  if (offered.size === 0) return [warning(`the partition does not tell what ${config.region} offers`)];
  const answers = async (service: string): Promise<boolean> =>
    probe !== undefined && 'address' in (await probe(`${HOSTS[service] ?? service}.${config.region}.amazonaws.com`));
  const unlisted = wanted.filter((service) => !offered.has(service));
  const silent = await Promise.all(unlisted.map(async (service) => !(await answers(service))));
  const missing = unlisted.filter((_, index) => silent[index]);
  if (missing.length === 0) return [ok(`${config.region} offers all ${wanted.length} that are used`)];
  return missing.map((service) => failed(`${config.region} does not offer ${service}: ${INSTEAD[service] ?? 'nothing replaces it'}`));
};
