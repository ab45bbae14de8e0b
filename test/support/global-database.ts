import type { AwsAnswer, AwsCall, Intercept } from './aws-proxy.ts';

export const GLOBAL_CLUSTER = 'windlass-global';

/** A database of two regions, as the service tells it. The emulator knows such databases and no way to switch them. */
export interface GlobalDatabaseDouble {
  readonly intercept: Intercept;
  /** The region whose cluster takes writes. */
  writer: string;
  /** Regions whose cluster is storage alone. */
  readonly headless: Set<string>;
  /** How often the service still answers that it is on its way. */
  polls: number;
  /** What was asked that changes something. */
  readonly asked: { readonly operation: string; readonly region: string; readonly parameters: Readonly<Record<string, string>> }[];
}

const ACCOUNT = '123456789012';
const arnOf = (region: string): string => `arn:aws:rds:${region}:${ACCOUNT}:cluster:platform-database`;

function xml(operation: string, content: string): AwsAnswer {
  const text = `<${operation}Response xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><${operation}Result>${content}</${operation}Result>`
    + `<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${operation}Response>`;
  return { status: 200, headers: { 'content-type': 'text/xml' }, body: Buffer.from(text) };
}

function fault(code: string): AwsAnswer {
  const text = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
  return { status: 400, headers: { 'content-type': 'text/xml' }, body: Buffer.from(text) };
}

const regionOf = (call: AwsCall): string => /Credential=[^/]+\/\d+\/([^/]+)\//.exec(call.headers.authorization ?? '')?.[1] ?? '';

export function globalDatabase(regions: readonly [string, string]): GlobalDatabaseDouble {
  let target: string | undefined;
  const double: GlobalDatabaseDouble = {
    writer: regions[0],
    headless: new Set(),
    polls: 0,
    asked: [],
    async intercept(call, next) {
      if (call.service !== 'rds') return next(call);
      const { Action: operation = '', ...parameters } = Object.fromEntries(new URLSearchParams(call.body.toString('utf8')));
      const region = regionOf(call);
      if (!operation.startsWith('Describe')) double.asked.push({ operation, region, parameters });
      switch (operation) {
        case 'DescribeGlobalClusters': return describe(parameters.GlobalClusterIdentifier);
        case 'DescribeDBClusters': return xml(operation, `<DBClusters><DBCluster><DBClusterIdentifier>platform-database</DBClusterIdentifier>${members(region)}</DBCluster></DBClusters>`);
        case 'CreateDBInstance': {
          double.headless.delete(region);
          return xml(operation, '<DBInstance/>');
        }
        case 'SwitchoverGlobalCluster': return region === double.writer ? begin(operation, parameters) : fault('InvalidGlobalClusterStateFault');
        case 'FailoverGlobalCluster': return parameters.AllowDataLoss === 'true' ? begin(operation, parameters) : fault('InvalidParameterCombination');
        default: return next(call);
      }
    },
  };

  const members = (region: string): string =>
    `<DBClusterMembers>${double.headless.has(region) ? '' : '<DBClusterMember><DBInstanceIdentifier>i</DBInstanceIdentifier></DBClusterMember>'}</DBClusterMembers>`;

  function begin(operation: string, { TargetDbClusterIdentifier: to = '' }: Readonly<Record<string, string>>): AwsAnswer {
    const region = to.split(':')[3] ?? '';
    if (target !== undefined || double.headless.has(region)) return fault('InvalidGlobalClusterStateFault');
    target = region;
    return xml(operation, '<GlobalCluster/>');
  }

  function describe(identifier: string | undefined): AwsAnswer {
    if (identifier !== GLOBAL_CLUSTER) return fault('GlobalClusterNotFoundFault');
    if (target !== undefined && double.polls-- <= 0) {
      double.writer = target;
      target = undefined;
    }
    const member = (region: string): string =>
      `<GlobalClusterMember><DBClusterArn>${arnOf(region)}</DBClusterArn><IsWriter>${region === double.writer}</IsWriter></GlobalClusterMember>`;
    return xml('DescribeGlobalClusters', `<GlobalClusters><GlobalClusterMember><GlobalClusterIdentifier>${GLOBAL_CLUSTER}</GlobalClusterIdentifier>`
      + `<Status>${target === undefined ? 'available' : 'switching-over'}</Status>`
      + `<GlobalClusterMembers>${regions.map(member).join('')}</GlobalClusterMembers></GlobalClusterMember></GlobalClusters>`);
  }
  return double;
}
