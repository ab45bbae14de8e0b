import { Duration, Fn } from 'aws-cdk-lib';
import { MathExpression, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnEventSubscription } from 'aws-cdk-lib/aws-rds';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { FunctionName } from '../core/shared/functions.ts';
import type { InstallConfig } from '../install/config.ts';
import { alarms, type AddAlarm } from './alarm.ts';
import { mostConnections } from './connections.ts';
import type { PlatformMetrics } from './metrics.ts';
import { ALL_QUEUES, isDeadLetterQueue } from './names.ts';
import type { PlatformStack } from './platform-stack.ts';

const ONE_MINUTE = Duration.minutes(1);
/** Of what the account or the database may have at most, in hundredths. */
const BUSY = 80;

/** An alarm adds up at most ten numbers. */
const GROUPS: Readonly<Record<string, readonly FunctionName[]>> = {
  Answering: ['graphql', 'http', 'worker-api', 'webhooks', 'web'],
  DrainingRuns: ['drain-async', 'drain-fifo', 'drain-policies'],
  DrainingReports: ['drain-events', 'drain-iot', 'drain-webhooks'],
  DrainingRest: ['drain-cron', 'drain-dlq'],
  Operating: ['iot-provisioner', 'ops', 'license'],
};

/** Tells the operator's topic when somebody should look; without a topic there are none. */
export class Alarms extends Construct {
  readonly #topic: ITopic;
  readonly #add: AddAlarm;

  constructor(stack: PlatformStack, id: string, metrics: PlatformMetrics, topicArn: string) {
    super(stack, id);
    this.#topic = Topic.fromTopicArn(this, 'Topic', topicArn);
    this.#add = alarms(this, stack.config.prefix, this.#topic);
    this.#api(metrics);
    this.#functions(stack.config, metrics);
    this.#queues(metrics);
    this.#database(stack, metrics);
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

  #functions({ license }: InstallConfig, metrics: PlatformMetrics): void {
    for (const [group, all] of Object.entries(GROUPS)) {
      const names = all.filter((name) => name !== 'license' || license.type !== 'none');
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
      above: BUSY,
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

  #database(stack: PlatformStack, metrics: PlatformMetrics): void {
    const { database } = stack.config;
    if (!metrics.knowsDatabase) return;
    if (database.instanceClass === null) this.#add('DatabaseCapacity', {
      what: 'the database works at its limit',
      metric: metrics.database('ACUUtilization'),
      above: 90,
      periods: 3,
    });
    // How many the operator's own database takes is not known here, and its events are theirs.
    if (database.external !== null) return;
    const most = mostConnections(database);
    if (most !== null) this.#add('DatabaseConnections', {
      what: 'the database has nearly as many connections as it takes',
      metric: metrics.database('DatabaseConnections'),
      above: Math.floor((BUSY * most) / 100),
    });
    this.#databaseEvents(stack);
  }

  /** Storage says its faults as events, not as a number. */
  #databaseEvents(stack: PlatformStack): void {
    const { config } = stack;
    new CfnEventSubscription(this, 'DatabaseEvents', {
      subscriptionName: `${config.prefix}-database`,
      snsTopicArn: this.#topic.topicArn,
      sourceType: 'db-instance',
      // Without names these would be of every database of the account; in a standby region commands make the instances, whose names are not known here.
      ...(config.disasterRecovery?.isStandby ? {} : { sourceIds: Fn.split(',', stack.read('database', 'instance-identifiers'), 1 + config.database.readers) }),
      eventCategories: ['failure', 'low storage', 'recovery'],
    });
  }

  #operation({ license, servicesDisabled }: InstallConfig, metrics: PlatformMetrics): void {
    this.#add('SchedulerSilent', {
      what: 'the scheduler has not run for five minutes',
      metric: metrics.product('SchedulerTick', Stats.SUM),
      below: 1,
      missing: TreatMissingData.BREACHING,
      // The command that starts services lets it speak, and the one that stops them silences it.
      silent: servicesDisabled,
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
