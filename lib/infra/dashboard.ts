import { Dashboard, GraphWidget, SingleValueWidget, Stats, TextWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { FUNCTIONS, type FunctionName } from '../core/shared/functions.ts';
import type { PlatformMetrics } from './metrics.ts';
import { ALL_QUEUES, DEAD_LETTER_QUEUES } from './names.ts';
import type { InstallConfig } from '../install/config.ts';
import type { PlatformStack } from './platform-stack.ts';
import { copiedBuckets, TIMED_COPIES } from './replication.ts';

const HALF = 12;
const THIRD = 8;

const graph = (title: string, width: number, left: IMetric[], right: IMetric[] = []): GraphWidget => new GraphWidget({ title, width, height: 6, left, right });

const ofDatabase = (metrics: PlatformMetrics): readonly GraphWidget[] => [
  graph('Database: capacity (0 is paused), utilisation', THIRD, [metrics.database('ServerlessDatabaseCapacity')], [
    metrics.database('ACUUtilization'),
    metrics.database('CPUUtilization'),
  ]),
  graph('Database: connections', THIRD, [metrics.database('DatabaseConnections')]),
];

/** Dashboards are the account's, in all regions: of two regions each has its own. */
const dashboardName = ({ prefix, region, disasterRecovery }: InstallConfig): string => (disasterRecovery === null ? prefix : `${prefix}-${region}`);

/** One page that tells whether the installation serves, and where it does not. */
export function makeDashboard(stack: PlatformStack, metrics: PlatformMetrics): Dashboard {
  const { config } = stack;
  const functions = (Object.keys(FUNCTIONS) as FunctionName[]).filter((name) => name !== 'license' || config.license.type !== 'none');
  const dashboard = new Dashboard(stack, 'Dashboard', { dashboardName: dashboardName(config) });
  dashboard.addWidgets(new TextWidget({ markdown: `# ${config.prefix}: ${config.hostname}`, width: 24, height: 1 }));
  dashboard.addWidgets(
    graph('API: requests and errors', HALF, [metrics.api('Count')], [metrics.api('4XXError'), metrics.api('5XXError')]),
    graph('API: time to answer (ms)', HALF, ['p50', 'p95', 'p99'].map((statistic) => metrics.api('Latency', statistic))),
  );
  dashboard.addWidgets(
    graph('Functions: errors', THIRD, functions.map((name) => metrics.function(name, 'Errors'))),
    graph('Functions: throttles', THIRD, functions.map((name) => metrics.function(name, 'Throttles'))),
    graph('Functions: at once', THIRD, functions.map((name) => metrics.function(name, 'ConcurrentExecutions', Stats.MAXIMUM))),
  );
  dashboard.addWidgets(
    graph('Queues: waiting', THIRD, ALL_QUEUES.map((queue) => metrics.queue(queue, 'ApproximateNumberOfMessagesVisible'))),
    graph('Queues: age of the oldest (s)', THIRD, ALL_QUEUES.map((queue) => metrics.queue(queue, 'ApproximateAgeOfOldestMessage'))),
    graph('Queues: being handled', THIRD, ALL_QUEUES.map((queue) => metrics.queue(queue, 'ApproximateNumberOfMessagesNotVisible'))),
  );
  dashboard.addWidgets(
    graph(
      'Dead letters',
      THIRD,
      [metrics.product('DeadLetters', Stats.SUM)],
      DEAD_LETTER_QUEUES.map((queue) => metrics.queue(queue, 'ApproximateNumberOfMessagesVisible')),
    ),
    ...(metrics.knowsDatabase ? ofDatabase(metrics) : []),
  );
  dashboard.addWidgets(
    graph('Broker: connects, failures of the rule', THIRD, [metrics.brokerConnects()], [metrics.ruleFailures()]),
    graph('Runs by pool', THIRD, [metrics.byPool('queuedRuns'), metrics.byPool('activeRuns')]),
    graph('Workers by pool', THIRD, [metrics.byPool('workers')]),
  );
  if (config.license.type !== 'none') dashboard.addWidgets(
    new SingleValueWidget({ title: 'Days of licence left', metrics: [metrics.product('LicenseDaysLeft', Stats.MINIMUM)], width: THIRD }),
  );
  if (config.disasterRecovery !== null) dashboard.addWidgets(graph('Lag of the other region: database (ms), copies of objects (s)', HALF,
    metrics.knowsDatabase ? [metrics.database('AuroraGlobalDBRPOLag')] : [],
    copiedBuckets(config, stack.names).filter(({ bucket }) => TIMED_COPIES.includes(bucket))
      .map(({ bucket, copyArn }) => metrics.replication('ReplicationLatency', stack.names.bucket(bucket), copyArn.split(':').at(-1) ?? ''))));
  return dashboard;
}
