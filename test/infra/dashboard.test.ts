import { describe, it } from 'node:test';
import { expect } from 'expect';
import { FUNCTIONS } from '../../lib/core/shared/functions.ts';
import { readable, synthesized } from '../support/infra.ts';
import { EXTERNAL, LICENSED, RECOVERY } from '../support/variants.ts';

type Part = string | { readonly stat?: string; readonly yAxis?: string; readonly expression?: string };

/** What a line shows: namespace, name, what it is of and how, or its expression. */
function lineText(parts: readonly Part[]): string {
  const options = parts.find((part) => typeof part === 'object') ?? {};
  if (options.expression !== undefined) return options.expression;
  const [namespace, name, ...dimensions] = parts.filter((part) => typeof part === 'string');
  const pairs = Array.from({ length: dimensions.length / 2 }, (_, index) => `${dimensions[2 * index]}=${dimensions[2 * index + 1]}`);
  return `${options.yAxis === 'right' ? 'right: ' : ''}${namespace} ${name}{${pairs.join(',')}} ${options.stat ?? 'Average'}`;
}

interface Widget {
  readonly properties: { readonly title?: string; readonly metrics?: readonly (readonly Part[])[] };
}

/** The page, widget by widget. */
function page(changes: Record<string, unknown>): Readonly<Record<string, readonly string[]>> {
  const made = synthesized(changes);
  const text = readable(made.resources('AWS::CloudWatch::Dashboard')[0]?.Properties?.DashboardBody, made.template('monitoring'));
  const { widgets } = JSON.parse(text) as { readonly widgets: readonly Widget[] };
  return Object.fromEntries(widgets.flatMap(({ properties: { title, metrics = [] } }) => (title === undefined ? [] : [[title, metrics.map(lineText)]])));
}

const functions = (metric: string, statistic: string, names: readonly string[] = Object.keys(FUNCTIONS)) =>
  names.map((name) => `AWS/Lambda ${metric}{FunctionName=platform-${name}} ${statistic}`);
const QUEUES = ['async-jobs', 'policies', 'async-jobs.fifo', 'cronjobs', 'events-inbox', 'iot', 'webhooks', 'dlq', 'dlq.fifo'];
const queues = (metric: string) => QUEUES.map((queue) => `AWS/SQS ${metric}{QueueName=platform-${queue}} Maximum`);
const database = (metric: string) => `AWS/RDS ${metric}{DBClusterIdentifier=platform-database} Maximum`;
const byPool = (metric: string) => `SEARCH('{platform/product,Pool} MetricName="${metric}"', 'Maximum', 300)`;

const PAGE: Readonly<Record<string, readonly string[]>> = {
  'API: requests and errors': [
    'AWS/ApiGateway Count{ApiName=platform} Sum',
    'right: AWS/ApiGateway 4XXError{ApiName=platform} Sum',
    'right: AWS/ApiGateway 5XXError{ApiName=platform} Sum',
  ],
  'API: time to answer (ms)': ['p50', 'p95', 'p99'].map((statistic) => `AWS/ApiGateway Latency{ApiName=platform} ${statistic}`),
  'Functions: errors': functions('Errors', 'Sum'),
  'Functions: throttles': functions('Throttles', 'Sum'),
  'Functions: at once': functions('ConcurrentExecutions', 'Maximum'),
  'Queues: waiting': queues('ApproximateNumberOfMessagesVisible'),
  'Queues: age of the oldest (s)': queues('ApproximateAgeOfOldestMessage'),
  'Queues: being handled': queues('ApproximateNumberOfMessagesNotVisible'),
  'Dead letters': [
    'platform/product DeadLetters{} Sum', ...queues('ApproximateNumberOfMessagesVisible').slice(-2).map((line) => `right: ${line}`),
  ],
  'Database: capacity (0 is paused), utilisation': [
    database('ServerlessDatabaseCapacity'), `right: ${database('ACUUtilization')}`, `right: ${database('CPUUtilization')}`,
  ],
  'Database: connections': [database('DatabaseConnections')],
  'Broker: connects, failures of the rule': ['AWS/IoT Connect.Success{Protocol=MQTT} Sum', 'right: AWS/IoT Failure{ActionType=SQS,RuleName=platform} Sum'],
  'Runs by pool': [byPool('QueuedRuns'), byPool('ActiveRuns')],
  'Workers by pool': [byPool('Workers')],
};

const without = (lines: readonly string[] = [], name: string) => lines.filter((line) => !line.includes(`=platform-${name}}`));
const UNLICENSED = {
  ...PAGE, ...Object.fromEntries(['Functions: errors', 'Functions: throttles', 'Functions: at once'].map((title) => [title, without(PAGE[title], 'license')])),
};

describe('the dashboard', () => {
  it('shows what tells whether the installation serves, line by line', () => {
    expect(page({})).toEqual(UNLICENSED);
  });

  it('counts the days of a licence', () => {
    expect(page(LICENSED)).toEqual({ ...PAGE, 'Days of licence left': ['platform/product LicenseDaysLeft{} Minimum'] });
  });

  it('shows how far two regions are apart', () => {
    const late = (bucket: string, copy: string) =>
      `right: AWS/S3 ReplicationLatency{DestinationBucket=${copy},RuleId=everything,SourceBucket=platform-${bucket}-{AWS::AccountId}-cdbadf} Maximum`;

    expect(page(RECOVERY)).toEqual({
      ...UNLICENSED,
      'Lag of the other region: database (ms), copies of objects (s)': [
        database('AuroraGlobalDBRPOLag'), late('run-logs', 'a-logs'), late('states', 'a-states'),
      ],
    });
  });

  it('shows the operator\'s own database by the name that it was given, and none without', () => {
    const named = page({ database: { ...EXTERNAL.database, db_cluster_identifier: 'theirs' } });

    expect(named['Database: connections']).toEqual(['AWS/RDS DatabaseConnections{DBClusterIdentifier=theirs} Maximum']);
    expect(Object.keys(page(EXTERNAL)).filter((title) => title.startsWith('Database'))).toEqual([]);
  });
});
