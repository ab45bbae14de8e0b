import { describe, it } from 'node:test';
import { expect } from 'expect';
import { FUNCTIONS } from '../../lib/core/shared/functions.ts';
import { readable, synthesized, type Synthesized, type Template } from '../support/infra.ts';
import { EXTERNAL, LICENSED, OTHERWISE, RECOVERY, SWITCHED, TOPIC } from '../support/variants.ts';

interface MetricText {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
}

/** A number as a person reads it: namespace, name, what it is of, and how values of a period become one. */
function metricText({ Namespace, MetricName, Dimensions = [] }: MetricText, statistic: string, template: Template): string {
  const of = [...Dimensions].sort((a, b) => a.Name.localeCompare(b.Name)).map(({ Name, Value }) => `${Name}=${readable(Value, template)}`);
  return `${Namespace} ${MetricName}{${of.join(',')}} ${statistic}`;
}

interface Watched {
  /** The number, or the expression over the numbers that it names. */
  readonly watches: string;
  readonly of?: Readonly<Record<string, string>>;
  readonly when: string;
  /** How many periods of how many seconds, all of which must be so. */
  readonly over: string;
  readonly missing: 'notBreaching' | 'breaching';
}

type Properties = Readonly<Record<string, any>>; // eslint-disable-line @typescript-eslint/no-explicit-any

const SIGNS: Readonly<Record<string, string>> = { GreaterThanThreshold: '>', LessThanThreshold: '<', GreaterThanOrEqualToThreshold: '>=' };

/** An alarm of a template in the words of the table. */
function watched(alarm: Properties, template: Template): Watched {
  expect(alarm.DatapointsToAlarm).toBe(alarm.EvaluationPeriods);
  const shared = { when: `${SIGNS[alarm.ComparisonOperator as string]} ${alarm.Threshold}`, missing: alarm.TreatMissingData };
  if (alarm.Metrics === undefined) return {
    watches: metricText(alarm as MetricText, (alarm.Statistic ?? alarm.ExtendedStatistic) as string, template),
    over: `${alarm.EvaluationPeriods} x ${alarm.Period} s`,
    ...shared,
  };
  const parts = alarm.Metrics as readonly Properties[];
  const told = parts.filter(({ MetricStat }) => MetricStat !== undefined);
  const [expression] = parts.filter(({ Expression }) => Expression !== undefined);
  const periods = [...new Set(told.map(({ MetricStat }) => MetricStat.Period as number))];
  // The service refuses alarms over more numbers.
  expect(told.length).toBeLessThanOrEqual(10);
  expect(periods).toHaveLength(1);
  return {
    watches: expression?.Expression,
    of: Object.fromEntries(told.map(({ Id, MetricStat }) => [Id, metricText(MetricStat.Metric, MetricStat.Stat, template)])),
    over: `${alarm.EvaluationPeriods} x ${periods[0]} s`,
    ...shared,
  };
}

const found = (made: Synthesized, stack: 'monitoring' | 'dr' = 'monitoring'): Readonly<Record<string, Watched>> =>
  Object.fromEntries(made.resources('AWS::CloudWatch::Alarm', stack).map(({ Properties: alarm = {} }) => [
    (alarm.AlarmName as string).replace(`${made.read.config.prefix}-`, ''),
    watched(alarm, made.template(stack)),
  ]));

const single = (watches: string, when: string, over: string, missing: Watched['missing'] = 'notBreaching'): Watched => ({ watches, when, over, missing });

const GROUPS = {
  Answering: ['graphql', 'http', 'worker-api', 'webhooks', 'web'],
  DrainingRuns: ['drain-async', 'drain-fifo', 'drain-policies'],
  DrainingReports: ['drain-events', 'drain-iot', 'drain-webhooks'],
  DrainingRest: ['drain-cron', 'drain-dlq'],
  Operating: ['iot-provisioner', 'ops', 'license'],
} as const;

function groupAlarms(groups: Readonly<Record<string, readonly string[]>>): Readonly<Record<string, Watched>> {
  return Object.fromEntries(Object.entries(groups).flatMap(([group, names]) => {
    const of = (letter: string, metric: string) =>
      Object.fromEntries(names.map((name, index) => [`${letter}${index}`, `AWS/Lambda ${metric}{FunctionName=platform-${name}} Sum`]));
    const sum = (letter: string): string => names.map((_, index) => `FILL(${letter}${index}, 0)`).join(' + ');
    return [
      [`${group}Errors`, {
        watches: `IF((${sum('i')}) > 0, 100 * (${sum('e')}) / (${sum('i')}), 0)`, of: { ...of('e', 'Errors'), ...of('i', 'Invocations') },
        when: '> 2', over: '1 x 300 s', missing: 'notBreaching',
      }],
      [`${group}Throttles`, { watches: sum('t'), of: of('t', 'Throttles'), when: '> 0', over: '1 x 300 s', missing: 'notBreaching' }],
    ];
  }));
}

const QUEUE_NAMES: Readonly<Record<string, string>> = { async: 'async-jobs', asyncFifo: 'async-jobs.fifo', eventsInbox: 'events-inbox' };

const queueAge = (queue: string, seconds: number): Readonly<Record<string, Watched>> => ({
  [`QueueAge-${queue}`]: single(
    `AWS/SQS ApproximateAgeOfOldestMessage{QueueName=platform-${QUEUE_NAMES[queue] ?? queue}} Maximum`, `> ${seconds}`, '3 x 60 s',
  ),
});

/** What is watched in every installation with a topic. */
const ALWAYS: Readonly<Record<string, Watched>> = {
  ApiFaults: {
    watches: 'IF(requests >= 20, 100 * faults / requests, 0)',
    of: { requests: 'AWS/ApiGateway Count{ApiName=platform} Sum', faults: 'AWS/ApiGateway 5XXError{ApiName=platform} Sum' },
    when: '> 1', over: '1 x 300 s', missing: 'notBreaching',
  },
  ApiSlow: single('AWS/ApiGateway Latency{ApiName=platform} p95', '> 3000', '3 x 300 s'),
  ...queueAge('async', 300), ...queueAge('policies', 300), ...queueAge('asyncFifo', 300), ...queueAge('cronjobs', 300),
  ...queueAge('eventsInbox', 300), ...queueAge('iot', 300), ...queueAge('webhooks', 900),
  DeadLetters: single('platform/product DeadLetters{} Sum', '> 0', '1 x 300 s'),
  AccountConcurrency: {
    watches: '100 * used / SERVICE_QUOTA(used)',
    of: { used: 'AWS/Usage ResourceCount{Class=None,Resource=ConcurrentExecutions,Service=Lambda,Type=Resource} Maximum' },
    when: '> 80', over: '1 x 300 s', missing: 'notBreaching',
  },
  SchedulerSilent: single('platform/product SchedulerTick{} Sum', '< 1', '1 x 300 s', 'breaching'),
  BrokerRule: single('AWS/IoT Failure{ActionType=SQS,RuleName=platform} Sum', '> 0', '1 x 300 s'),
};

const DATABASE: Readonly<Record<string, Watched>> = {
  DatabaseCapacity: single('AWS/RDS ACUUtilization{DBClusterIdentifier=platform-database} Maximum', '> 90', '3 x 300 s'),
  DatabaseConnections: single('AWS/RDS DatabaseConnections{DBClusterIdentifier=platform-database} Maximum', '> 1441', '1 x 300 s'),
};

const LICENCE: Readonly<Record<string, Watched>> = {
  LicenseEnds: single('platform/product LicenseDaysLeft{} Minimum', '< 14', '1 x 300 s'),
  LicenseState: single('platform/product LicenseNotValid{} Maximum', '> 0', '1 x 300 s'),
  LicenseBuild: single('platform/product LicenseBuildFault{} Sum', '> 0', '1 x 300 s'),
};

const WATCHED = { alerting: { sns_topic_arn: TOPIC } };

describe('alarms', () => {
  it('are those of the table, each with its condition, in an installation with a licence', () => {
    expect(found(synthesized(LICENSED))).toEqual({ ...ALWAYS, ...groupAlarms(GROUPS), ...DATABASE, ...LICENCE });
  });

  it('watch every function that there is, and no other', () => {
    const withoutLicence = { ...GROUPS, Operating: ['iot-provisioner', 'ops'] };

    expect(Object.values(GROUPS).flat().sort()).toEqual(Object.keys(FUNCTIONS).sort());
    expect(found(synthesized(WATCHED))).toEqual({ ...ALWAYS, ...groupAlarms(withoutLicence), ...DATABASE });
  });

  it('go to the operator\'s topic, and none asks the database oftener than every five minutes', () => {
    for (const made of [synthesized(LICENSED), synthesized(SWITCHED)]) {
      for (const { Properties: alarm } of made.resources('AWS::CloudWatch::Alarm')) {
        expect([alarm?.AlarmName, alarm?.AlarmActions]).toEqual([alarm?.AlarmName, [TOPIC]]);
        if (alarm?.Namespace === 'AWS/RDS') expect(alarm.Period).toBeGreaterThanOrEqual(300);
      }
    }
  });

  it('of connections follow the class of a provisioned database, which has no capacity to watch', () => {
    const connections = (instanceClass: string) => found(synthesized({ ...WATCHED, database: { instance_class: instanceClass } })).DatabaseConnections?.when;
    const provisioned = found(synthesized({ ...WATCHED, database: { instance_class: 'db.r8g.large' } }));

    expect(provisioned).not.toHaveProperty('DatabaseCapacity');
    expect([connections('db.t4g.medium'), connections('db.r8g.large'), connections('db.r6g.xlarge'), connections('db.r8g.24xlarge')])
      .toEqual(['> 360', '> 1441', '> 2883', '> 4000']);
    expect(connections('db.x2g.large')).toBe('> 2883');
  });

  it('do not watch a database that is not known by name', () => {
    const named = { database: { ...EXTERNAL.database, db_cluster_identifier: 'theirs' } };
    const ofDatabase = (changes: Record<string, unknown>) =>
      Object.entries(found(synthesized({ ...WATCHED, ...changes }))).filter(([name]) => name.startsWith('Database'));
    const capacity = { ...DATABASE.DatabaseCapacity, watches: 'AWS/RDS ACUUtilization{DBClusterIdentifier=theirs} Maximum' };

    expect(ofDatabase(EXTERNAL)).toEqual([]);
    expect(ofDatabase(named)).toEqual([['DatabaseCapacity', capacity]]);
    expect(synthesized({ ...WATCHED, ...EXTERNAL }).resources('AWS::RDS::EventSubscription')).toHaveLength(0);
  });

  it('tell faults of the storage of our own instances only', () => {
    const made = synthesized({ ...WATCHED, database: { readers: 1 } });
    const [events] = made.resources('AWS::RDS::EventSubscription');
    const published = made.resources('AWS::SSM::Parameter', 'database')
      .find(({ Properties }) => Properties?.Name === '/platform/database/instance-identifiers');

    expect(events?.Properties).toMatchObject({ SnsTopicArn: TOPIC, SourceType: 'db-instance', EventCategories: ['failure', 'low storage', 'recovery'] });
    expect((events?.Properties?.SourceIds as readonly unknown[]).map((each) => JSON.stringify(each)).join()).toContain('databaseinstanceidentifiers');
    expect(readable(published?.Properties?.Value, made.template('database'))).toBe('{AuroraWriterCBC05E4D},{AuroraReader1E28FCFF4}');
  });

  it('of the scheduler tell nobody of a region that was stopped on purpose', () => {
    const silent = (changes: Record<string, unknown>) =>
      synthesized(changes).resources('AWS::CloudWatch::Alarm').find(({ Properties }) => /SchedulerSilent$/.test(Properties?.AlarmName as string))?.Properties;

    expect(silent(WATCHED)?.ActionsEnabled).toBe(true);
    expect(silent({ ...OTHERWISE, ...WATCHED })?.ActionsEnabled).toBe(false);
  });

  it('of two regions watch how far they are apart', () => {
    const replication = (metric: string, from: string, to: string) =>
      `AWS/S3 ${metric}{DestinationBucket=${to},RuleId=everything,SourceBucket=${from}} Maximum`;
    const own = (bucket: string) => `platform-${bucket}-{AWS::AccountId}-cdbadf`;
    const elsewhere = {
      documents: 'platform-documents-{AWS::AccountId}-600aa6', states: 'a-states', 'run-logs': 'a-logs',
      modules: 'a-modules', 'policy-inputs': 'a-inputs', workspace: 'a-workspaces',
    };
    const failed = found(synthesized(RECOVERY), 'dr').ReplicationFailed;

    expect(found(synthesized(RECOVERY), 'dr')).toEqual({
      RegionLag: single('AWS/RDS AuroraGlobalDBRPOLag{DBClusterIdentifier=platform-database} Maximum', '> 30000', '1 x 300 s'),
      'ReplicationLate-states': single(replication('ReplicationLatency', 'a-states', own('states')), '> 900', '1 x 300 s'),
      'ReplicationLate-run-logs': single(replication('ReplicationLatency', 'a-logs', own('run-logs')), '> 900', '1 x 300 s'),
      ReplicationFailed: failed,
    });
    expect(failed).toMatchObject({
      watches: [0, 1, 2, 3, 4, 5].map((index) => `FILL(f${index}, 0)`).join(' + '), when: '> 0', over: '1 x 300 s', missing: 'notBreaching',
    });
    expect(Object.values(failed?.of ?? {}).sort()).toEqual(
      Object.entries(elsewhere).map(([bucket, copy]) => replication('OperationsFailedReplication', own(bucket), copy)).sort(),
    );
  });
});
