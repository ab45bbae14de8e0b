import type { Intercept } from './aws-proxy.ts';

/** Some versions of the engine, each with where it can be upgraded to; the last of them is offered no more to new clusters. */
const TARGETS: Readonly<Record<string, readonly string[]>> = {
  '14.17': ['14.18', '15.12', '15.13', '16.8', '16.11'],
  '15.12': ['15.13', '16.8', '16.11', '17.5'],
  '15.13': ['16.11', '17.5'],
  '16.8': ['16.11', '17.5'],
  '16.11': ['17.5', '18.1'],
  '17.5': ['18.1'],
  '18.1': [],
  '15.4': ['15.12', '15.13'],
};
const WITHDRAWN = ['15.4'];

function versionXml(version: string): string {
  const targets = (TARGETS[version] ?? []).map((target) => `<UpgradeTarget><Engine>aurora-postgresql</Engine><EngineVersion>${target}</EngineVersion></UpgradeTarget>`);
  return `<DBEngineVersion><EngineVersion>${version}</EngineVersion><ValidUpgradeTarget>${targets.join('')}</ValidUpgradeTarget></DBEngineVersion>`;
}

/** Answers which versions of the database there are, which moto does not know, in the shape of the service. */
export const engineVersions: Intercept = (call, next) => {
  const asked = new URLSearchParams(call.service === 'rds' ? call.body.toString('utf8') : '');
  if (asked.get('Action') !== 'DescribeDBEngineVersions') return next(call);
  const one = asked.get('EngineVersion');
  const all = Object.keys(TARGETS).filter((version) => asked.get('IncludeAll') === 'true' || !WITHDRAWN.includes(version));
  const versions = all.filter((version) => one === null || version === one).map(versionXml).join('');
  const body = `<DescribeDBEngineVersionsResult><DBEngineVersions>${versions}</DBEngineVersions></DescribeDBEngineVersionsResult>`;
  return Promise.resolve({
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: Buffer.from(`<DescribeDBEngineVersionsResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/">${body}</DescribeDBEngineVersionsResponse>`),
  });
};
