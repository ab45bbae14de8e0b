import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { expect } from 'expect';
import { linesOfCalls } from '../../lib/costs/calls.ts';
import { COUNTERS } from '../../lib/costs/counters.ts';
import { billOf, firingsOf, USAGES } from '../../lib/costs/idle.ts';
import { dollarsOf, PRICES_AS_OF, totalOf } from '../../lib/costs/prices.ts';
import { costReport, GOALS, monthTable, runTable } from '../../lib/costs/report.ts';
import { standingCosts, UnknownPrices, type PricedResource } from '../../lib/costs/standing.ts';
import { ROOT, synthesized } from '../support/infra.ts';

const CERTIFICATE = 'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555';
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:operators';
const resources: readonly PricedResource[] = synthesized().all();
const [asleep, idleWorker, busy] = USAGES.map((usage) => (given: readonly PricedResource[]) => totalOf(billOf(given, usage, COUNTERS)));
const bill = (given: readonly PricedResource[]) => asleep?.(given) ?? Number.NaN;
const added = (Type: string, Properties: PricedResource['Properties'] = {}) => [...resources, { stack: 'network', id: 'Added', Type, Properties }];

const SWITCHED = {
  dns: { hosted_zone_id: 'Z0123456789ABCDEFGHIJ' }, alerting: { sns_topic_arn: TOPIC },
  disaster_recovery: {
    replica_region: 'eu-central-1',
    s3_bucket_replication: {
      enabled: true, replica_kms_key_arn: 'arn:aws:kms:eu-central-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef',
      ...Object.fromEntries(['states', 'run_logs', 'modules', 'policy_inputs', 'workspaces'].map((name) => [`${name}_bucket_arn`, `arn:aws:s3:::other-${name.replace('_', '-')}`])),
    },
  },
};

describe('the bill of an installation', () => {
  it('is at most $25 a month asleep, the web ACL included', () => {
    expect(resources.some(({ Type }) => Type === 'AWS::WAFv2::WebACL')).toBe(true);
    expect(bill(resources)).toBeGreaterThan(10);
    expect(bill(resources)).toBeLessThanOrEqual(GOALS.asleep);
  });

  it('rises with workers that keep the database awake, and with runs', () => {
    const awake = idleWorker?.(resources) ?? 0;
    expect(awake - bill(resources)).toBeGreaterThan(40);
    expect(busy?.(resources) ?? 0).toBeGreaterThan(awake);
  });

  it('shows a NAT gateway', () => {
    expect(bill(added('AWS::EC2::NatGateway')) - bill(resources)).toBeCloseTo(730 * 0.045, 2);
  });

  it('shows another poller', () => {
    const polled = bill(added('AWS::Lambda::EventSourceMapping', { EventSourceArn: 'arn:aws:sqs:x:1:platform-more' })) - bill(resources);
    const ordered = bill(added('AWS::Lambda::EventSourceMapping', { EventSourceArn: 'arn:aws:sqs:x:1:platform-more.fifo' })) - bill(resources);

    expect(polled).toBeCloseTo(5 * 3 * 60 * 730 * 0.4e-6, 4);
    expect(ordered).toBeGreaterThan(polled);
  });

  it('shows another tick, alarm, key, secret and rule of the web ACL', () => {
    const costs = {
      'AWS::Events::Rule': { ScheduleExpression: 'rate(1 minute)' },
      'AWS::CloudWatch::Alarm': { Metrics: [{ MetricStat: {} }, { MetricStat: {} }, { Expression: 'a + b' }] },
      'AWS::KMS::Key': {},
      'AWS::SecretsManager::Secret': {},
      'AWS::WAFv2::WebACL': { Rules: [{}, {}] },
    };
    const more = Object.entries(costs).map(([type, properties]) => [type, Number((bill(added(type, properties)) - bill(resources)).toFixed(2))]);

    expect(Object.fromEntries(more)).toEqual({ 'AWS::Events::Rule': expect.closeTo(0.4, 0), 'AWS::CloudWatch::Alarm': 0.2, 'AWS::KMS::Key': 1, 'AWS::SecretsManager::Secret': 0.4, 'AWS::WAFv2::WebACL': 7 });
  });

  it('shows a database that never pauses', () => {
    const sleepless = resources.map((resource) => (resource.Type === 'AWS::RDS::DBCluster' ? { ...resource, Properties: { ...resource.Properties, ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 8 } } } : resource));

    expect(bill(sleepless) - bill(resources)).toBeGreaterThan(40);
  });

  it('is refused for a resource whose price nobody knows, by its name', () => {
    expect(() => standingCosts(added('AWS::Neptune::DBCluster'))).toThrow(UnknownPrices);
    expect(() => standingCosts(added('AWS::Neptune::DBCluster'))).toThrow(/AWS::Neptune::DBCluster \(network\/Added\)/);
    expect(() => standingCosts(added('AWS::RDS::DBInstance', { DBInstanceClass: 'db.x2g.16xlarge' }))).toThrow(/db\.x2g\.16xlarge/);
  });

  it('reads how often rules fire, and refuses what it cannot read', () => {
    expect([firingsOf('rate(1 minute)'), firingsOf('rate(6 hours)'), firingsOf(undefined)]).toEqual([43_800, 121.66666666666667, 0]);
    expect(() => firingsOf('cron(0 12 * * ? *)')).toThrow('cron(0 12 * * ? *)');
  });

  it('counts what asks whether a region serves, and the numbers about copies', () => {
    const asked = added('AWS::Route53::HealthCheck', { HealthCheckConfig: { RequestInterval: 30, Regions: ['us-east-1', 'us-west-2', 'eu-west-1'] } });
    const watched = added('Custom::Replication', { Buckets: [{}, {}] });

    expect(bill(asked) - bill(resources)).toBeGreaterThan(1.5 + 525_600 * 0.0000035);
    expect(bill(watched) - bill(resources)).toBeCloseTo(2 * 4 * 0.3, 5);
  });

  it('knows the resources of every kind of installation', () => {
    const kinds = [{ load_balancer: { scheme: 'internal' } }, { database: { access: 'direct' } }, { license: { type: 'aws', product_sku: 'prod-1', entitlements: ['team'] } }, { alerting: { sns_topic_arn: TOPIC } }, SWITCHED, { web: { mode: 'cloudfront', certificate_arn: CERTIFICATE } }];
    for (const changes of kinds) expect(bill(synthesized(changes).all())).toBeGreaterThan(10);
  });
});

describe('the price of a run', () => {
  it('is at most $2.00 for a thousand', () => {
    expect(totalOf(linesOfCalls('runs', COUNTERS.run, 1000))).toBeGreaterThan(0.1);
    expect(totalOf(linesOfCalls('runs', COUNTERS.run, 1000))).toBeLessThanOrEqual(GOALS.thousandRuns);
  });

  it('rises with every call', () => {
    const price = (counts: Readonly<Record<string, number>>) => totalOf(linesOfCalls('run', counts));
    for (const name of ['sql', 'sql.transaction', 'objects.put', 'objects.get', 'cipher.decrypt', 'signer.sign', 'broker.publish', 'message asyncFifo', 'message async', 'request worker-api', 'request graphql'])
      expect([name, price({ ...COUNTERS.run, [name]: (COUNTERS.run[name] ?? 0) + 1 }) > price(COUNTERS.run)]).toEqual([name, true]);
  });

  it('counts objects that workers store by signed addresses once, and no function for them', () => {
    const lines = linesOfCalls('run', { 'objects.put': 3, 'objects.put by url': 2 });
    expect(lines.filter(({ price }) => price === 's3.write').map(({ quantity }) => quantity)).toEqual([3]);
    expect(lines.some(({ price }) => price === 'lambda.request')).toBe(false);
  });
});

describe('docs/costs.md', () => {
  const text = readFileSync(join(ROOT, 'docs', 'costs.md'), 'utf8');
  const report = costReport(resources, COUNTERS);
  const sums = (table: string) => [...(table.split('\n').find((line) => /^\| all/.test(line)) ?? '').matchAll(/\$([\d.]+)/g)].map(([, dollars]) => Number(dollars));

  it('says of when its prices and counts are', () => {
    expect(text).toContain(`as of ${PRICES_AS_OF}`);
    expect(text).toContain(`counted on ${COUNTERS.countedAt}`);
  });

  it('holds the sums of now, to a twentieth (npm run costs -- --write)', () => {
    const shown = text.split('\n').filter((line) => /^\| all/.test(line)).map(sums);
    const now = [sums(monthTable(report)), sums(runTable(report))];

    expect(shown.map((row) => row.length)).toEqual([3, 1]);
    shown.flat().forEach((dollars, index) => expect(Math.abs(dollars - (now.flat()[index] ?? 0)) / dollars).toBeLessThan(0.05));
    expect(dollarsOf({ what: '', price: 'kms.key', quantity: 2 })).toBe(2);
  });
});
