import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { FunctionName } from '../core/shared/functions.ts';
import { POOL_ATTRIBUTE, POOL_METRICS, type PoolMetric } from '../core/shared/pool-metrics.ts';
import type { AnyQueue } from './names.ts';
import type { PlatformStack } from './platform-stack.ts';
import { metricNamespace } from './special-rights.ts';
import { topicRuleName } from './worker-reports.ts';

/** Five minutes for whatever is not urgent: more often would only cost. */
const PERIOD = Duration.minutes(5);

type QueueMetric = 'ApproximateNumberOfMessagesVisible' | 'ApproximateAgeOfOldestMessage' | 'ApproximateNumberOfMessagesNotVisible';

/** The numbers that the dashboard shows and alarms watch. None of them is made by a query to the database. */
export class PlatformMetrics {
  readonly #stack: PlatformStack;

  constructor(stack: PlatformStack) {
    this.#stack = stack;
  }

  #metric = (namespace: string, metricName: string, dimensionsMap: Record<string, string>, statistic: string, period = PERIOD): Metric =>
    new Metric({ namespace, metricName, dimensionsMap, statistic, period });

  api = (name: 'Count' | '4XXError' | '5XXError' | 'Latency', statistic: string = Stats.SUM): Metric =>
    this.#metric('AWS/ApiGateway', name, { ApiName: this.#stack.config.prefix }, statistic);

  function = (name: FunctionName, metric: 'Errors' | 'Throttles' | 'Invocations' | 'ConcurrentExecutions', statistic: string = Stats.SUM): Metric =>
    this.#metric('AWS/Lambda', metric, { FunctionName: this.#stack.names.function(name) }, statistic);

  /** Functions at work in the whole account, in hundredths of what it may have at once. */
  accountConcurrency = (): MathExpression => new MathExpression({
    expression: '100 * used / SERVICE_QUOTA(used)',
    usingMetrics: {
      used: this.#metric('AWS/Usage', 'ResourceCount', { Service: 'Lambda', Type: 'Resource', Resource: 'ConcurrentExecutions', Class: 'None' }, Stats.MAXIMUM),
    },
    period: PERIOD,
    label: 'of the quota (%)',
  });

  queue = (name: AnyQueue, metric: QueueMetric, period = PERIOD): Metric =>
    this.#metric('AWS/SQS', metric, { QueueName: this.#stack.names.queue(name) }, Stats.MAXIMUM, period);

  /** Whether the database has a name to ask its numbers by: the operator's own may have none. */
  get knowsDatabase(): boolean {
    const { external, clusterIdentifier } = this.#stack.config.database;
    return external === null || clusterIdentifier !== null;
  }

  database = (metric: 'ServerlessDatabaseCapacity' | 'ACUUtilization' | 'CPUUtilization' | 'DatabaseConnections' | 'AuroraGlobalDBRPOLag'): Metric =>
    this.#metric('AWS/RDS', metric, { DBClusterIdentifier: this.#stack.config.database.clusterIdentifier ?? this.#stack.names.cluster }, Stats.MAXIMUM);

  brokerConnects = (): Metric => this.#metric('AWS/IoT', 'Connect.Success', { Protocol: 'MQTT' }, Stats.SUM);
  ruleFailures = (): Metric => this.#metric('AWS/IoT', 'Failure', { RuleName: topicRuleName(this.#stack.names.iotNamespace), ActionType: 'SQS' }, Stats.SUM);

  product = (metric: string, statistic: string, period = PERIOD): Metric => this.#metric(
    metricNamespace(this.#stack.config.prefix),
    metric,
    {},
    statistic,
    period,
  );

  /** A number of each worker pool, one line for every pool that told it. */
  byPool = (metric: PoolMetric): MathExpression => new MathExpression({
    expression: `SEARCH('{${metricNamespace(this.#stack.config.prefix)},${POOL_ATTRIBUTE}} MetricName="${POOL_METRICS[metric]}"', 'Maximum', 300)`,
    usingMetrics: {},
    label: POOL_METRICS[metric],
  });

  replication = (metric: 'ReplicationLatency' | 'OperationsFailedReplication', sourceBucket: string, destinationBucket: string): Metric =>
    this.#metric('AWS/S3', metric, { SourceBucket: sourceBucket, DestinationBucket: destinationBucket, RuleId: 'everything' }, Stats.MAXIMUM);
}
