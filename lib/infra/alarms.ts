import { Duration } from 'aws-cdk-lib';
import { MathExpression, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnEventSubscription } from 'aws-cdk-lib/aws-rds';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { FunctionName } from '../core/shared/functions.ts';
import type { InstallConfig } from '../install/config.ts';
import { alarms, type AddAlarm } from './alarm.ts';
import type { PlatformMetrics } from './metrics.ts';
import { ALL_QUEUES, isDeadLetterQueue } from './names.ts';
import type { PlatformStack } from './platform-stack.ts';

const ONE_MINUTE = Duration.minutes(1);
/** 80 % of what accounts may have at once without asking for more. */
const BUSY_CONCURRENCY = 800;
const MEMORY_PER_ACU = 2 * 1024 ** 3;
const MEMORY_PER_CONNECTION = 9_531_392;

/** An alarm adds up at most ten numbers. */
const GROUPS: Readonly<Record<string, readonly FunctionName[]>> = {
  Answering: ['graphql', 'http', 'worker-api', 'webhooks', 'web'],
  DrainingRuns: ['drain-async', 'drain-fifo', 'drain-policies'],
  DrainingReports: ['drain-events', 'drain-iot', 'drain-webhooks'],
  DrainingRest: ['drain-cron', 'drain-dlq'],
  Operating: ['iot-provisioner', 'ops'],
};

/** Connections that a database of this size takes; one that may pause never takes more than 2,000. */
function mostConnections({ minCapacity, maxCapacity }: InstallConfig['database']): number {
  const bySize = Math.floor((maxCapacity * MEMORY_PER_ACU) / MEMORY_PER_CONNECTION);
  return Math.min(minCapacity < 1 ? 2000 : 5000, bySize);
}

/** Tells the operator's topic when somebody should look; without a topic there are none. */
export class Alarms extends Construct {
  readonly #topic: ITopic;
  readonly #add: AddAlarm;

  constructor(stack: PlatformStack, id: string, metrics: PlatformMetrics, topicArn: string) {
    super(stack, id);
    this.#topic = Topic.fromTopicArn(this, 'Topic', topicArn);
    this.#add = alarms(this, stack.config.prefix, this.#topic);
    this.#api(metrics);
    this.#functions(metrics);
    this.#queues(metrics);
    this.#database(stack.config, metrics);
    this.#operation(stack.config, metrics);
  }

  #api(metrics: PlatformMetrics): void {
    const share = new MathExpression({
      expression: 'IF(requests >= 20, 100 * faults / requests, 0)',
      usingMetrics: { requests: metrics.api('Count'), faults: metrics.api('5XXError') },
      period: Duration.minutes(5),
    });
    this.#add('ApiFaults', { what: 'more than 1 % of requests failed', metric: share, above: 1 });
    this.#add('ApiSlow', { what: 'one request in twenty takes longer than 3 s', metric: metrics.api('Latency', 'p95'), above: 3000, periods: 3 });
  }

  #functions(metrics: PlatformMetrics): void {
    for (const [group, names] of Object.entries(GROUPS)) {
      const sum = (metric: 'Errors' | 'Throttles' | 'Invocations', prefix: string) => ({
        using: Object.fromEntries(names.map((name, index) => [`${prefix}${index}`, metrics.function(name, metric)])),
        text: names.map((_, index) => `FILL(${prefix}${index}, 0)`).join(' + '),
      });
      const [errors, calls, throttles] = [sum('Errors', 'e'), sum('Invocations', 'i'), sum('Throttles', 't')];
      const share = new MathExpression({
        expression: `IF((${calls.text}) > 0, 100 * (${errors.text}) / (${calls.text}), 0)`,
        usingMetrics: { ...errors.using, ...calls.using },
        period: Duration.minutes(5),
      });
      this.#add(`${group}Errors`, { what: `more than 2 % of calls failed: ${names.join(', ')}`, metric: share, above: 2 });
      this.#add(`${group}Throttles`, {
        what: `calls were refused for too many at once: ${names.join(', ')}`,
        metric: new MathExpression({ expression: throttles.text, usingMetrics: throttles.using, period: Duration.minutes(5) }),
        above: 0,
      });
    }
    this.#add('AccountConcurrency', {
      what: 'the account has nearly as many functions at work as it may',
      metric: metrics.accountConcurrency(),
      above: BUSY_CONCURRENCY,
    });
  }

  #queues(metrics: PlatformMetrics): void {
    for (const queue of ALL_QUEUES) {
      if (isDeadLetterQueue(queue)) continue;
      const seconds = queue === 'webhooks' ? 900 : 300;
      this.#add(`QueueAge-${queue}`, {
        what: `a message has waited longer than ${seconds} s`,
        metric: metrics.queue(queue, 'ApproximateAgeOfOldestMessage', ONE_MINUTE),
        above: seconds,
        periods: 3,
      });
    }
    this.#add('DeadLetters', { what: 'a message could not be handled and was put aside', metric: metrics.product('DeadLetters', Stats.SUM), above: 0 });
  }

  #database({ database, prefix }: InstallConfig, metrics: PlatformMetrics): void {
    if (database.instanceClass === null) this.#add('DatabaseCapacity', {
      what: 'the database works at its limit',
      metric: metrics.database('ACUUtilization'),
      above: 90,
      periods: 3,
    });
    this.#add('DatabaseConnections', {
      what: 'the database has nearly as many connections as it takes',
      metric: metrics.database('DatabaseConnections'),
      above: Math.floor(0.8 * mostConnections(database)),
    });
    if (database.external !== null) return;
    // Storage says its faults as events, not as a number.
    new CfnEventSubscription(this, 'DatabaseEvents', {
      subscriptionName: `${prefix}-database`,
      snsTopicArn: this.#topic.topicArn,
      sourceType: 'db-instance',
      eventCategories: ['failure', 'low storage', 'recovery'],
    });
  }

  #operation({ license }: InstallConfig, metrics: PlatformMetrics): void {
    this.#add('SchedulerSilent', {
      what: 'the scheduler has not run for five minutes',
      metric: metrics.product('SchedulerTick', Stats.SUM),
      below: 1,
      missing: TreatMissingData.BREACHING,
    });
    this.#add('BrokerRule', { what: 'reports of workers did not reach the queue', metric: metrics.ruleFailures(), above: 0 });
    if (license.type !== 'none') {
      this.#add('LicenseEnds', { what: 'the licence ends in less than 14 days', metric: metrics.product('LicenseDaysLeft', Stats.MINIMUM), below: 14 });
      this.#add('LicenseState', { what: 'the licence is not valid', metric: metrics.product('LicenseNotValid', Stats.MAXIMUM), above: 0 });
      this.#add('LicenseBuild', {
        what: 'the answer about the licence cannot be checked by this build',
        metric: metrics.product('LicenseBuildFault', Stats.SUM),
        above: 0,
      });
    }
  }
}
