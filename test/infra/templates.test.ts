import { describe, it } from 'node:test';
import { expect } from 'expect';
import { BUCKETS, BUCKET_NAMES } from '../../lib/core/shared/buckets.ts';
import { FUNCTIONS, type FunctionName } from '../../lib/core/shared/functions.ts';
import { QUEUES } from '../../lib/core/shared/queues.ts';
import { TICKS, TICK_NAMES } from '../../lib/core/shared/ticks.ts';
import { ALL_QUEUES } from '../../lib/infra/names.ts';
import { readable, synthesized } from '../support/infra.ts';

const plain = synthesized();

/** What keeps data: losing one of these by an update or an uninstallation cannot be mended. */
const STATEFUL = ['AWS::S3::Bucket', 'AWS::KMS::Key', 'AWS::RDS::DBCluster', 'AWS::RDS::DBInstance', 'AWS::SecretsManager::Secret', 'AWS::ECR::Repository'];
const COSTS_WHILE_IDLE = [
  'AWS::EC2::NatGateway',
  'AWS::EC2::EIP',
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  'AWS::ElasticLoadBalancing::LoadBalancer',
  'AWS::CloudFront::Distribution',
  'AWS::EC2::VPCEndpoint',
];

describe('a file with the required keys only', () => {
  it('makes the stacks of an installation, in the order of their deployment', () => {
    expect(plain.stacks).toEqual(['kms', 'storage', 'network', 'database', 'messaging', 'api', 'drain', 'monitoring']);
    expect(plain.assembly.stacks.map(({ stackName }) => stackName)).toEqual(plain.stacks.map((id) => `platform-${id}`));
  });

  it('makes no gateway, load balancer, address, endpoint or distribution', () => {
    expect(plain.all().filter(({ Type }) => COSTS_WHILE_IDLE.includes(Type))).toEqual([]);
  });

  it('makes templates for any account and region', () => {
    for (const stack of plain.assembly.stacks) expect(stack.environment).toMatchObject({ account: 'unknown-account', region: 'unknown-region' });
    expect(plain.assembly.manifest.missing).toBeUndefined();
  });

  it('keeps each stack well below the service\'s limit', () => {
    for (const stack of plain.stacks) expect(Object.keys(plain.template(stack).Resources).length).toBeLessThan(400);
  });

  it('needs as many resources as this', () => {
    const counts = Object.fromEntries(plain.stacks.map((stack) => [stack, Object.keys(plain.template(stack).Resources).length]));

    expect(counts).toEqual({ kms: 9, storage: 56, network: 11, database: 13, messaging: 36, api: 123, drain: 66, monitoring: 9 });
  });

  it('exchanges values between stacks through parameters, never through exports', () => {
    const published = new Map(plain.resources('AWS::SSM::Parameter').map(({ Properties }) => [Properties?.Name as string, true]));
    for (const stack of plain.stacks) {
      const { Parameters = {}, Outputs = {} } = plain.template(stack);
      expect(JSON.stringify(Outputs)).not.toContain('"Export"');
      expect(JSON.stringify(plain.template(stack))).not.toContain('Fn::ImportValue');
      const asked = Object.values(Parameters).filter(({ Type, Default }) => Type.startsWith('AWS::SSM') && !Default?.startsWith('/cdk-bootstrap/'));
      for (const { Default } of asked) expect([Default, published.has(Default ?? '')]).toEqual([Default, true]);
    }
  });
});

describe('what keeps data', () => {
  it('is retained when it is replaced or its stack is deleted, and not when its first deployment fails: its name would block the next', () => {
    const stateful = plain.all().filter(({ Type }) => STATEFUL.includes(Type));

    expect(stateful.length).toBeGreaterThan(20);
    for (const { stack, id, DeletionPolicy, UpdateReplacePolicy } of stateful) expect([
      stack,
      id,
      DeletionPolicy,
      UpdateReplacePolicy,
    ]).toEqual([stack, id, 'RetainExceptOnCreate', 'Retain']);
  });

  it('stands apart from what serves', () => {
    const stacks = new Set(plain.all().filter(({ Type }) => STATEFUL.includes(Type)).map(({ stack }) => stack));

    expect([...stacks].sort()).toEqual(['database', 'kms', 'storage']);
  });
});

describe('keys', () => {
  const keys = plain.resources('AWS::KMS::Key');

  it('are three, each for several regions', () => {
    expect(keys.map(({ Properties }) => Properties?.MultiRegion)).toEqual([true, true, true]);
  });

  it('rotate where they can, and one signs with RSA 4096', () => {
    expect(keys.filter(({ Properties }) => Properties?.EnableKeyRotation)).toHaveLength(2);
    expect(keys.map(({ Properties }) => [Properties?.KeySpec, Properties?.KeyUsage])).toContainEqual(['RSA_4096', 'SIGN_VERIFY']);
  });

  it('admit schedules and logs to the master key', () => {
    const statements = keys.flatMap(({ Properties }) => Properties?.KeyPolicy.Statement as { Sid?: string }[]).map(({ Sid }) => Sid);

    expect(statements).toEqual(expect.arrayContaining(['SchedulesSendToQueues', 'LogGroups']));
  });
});

interface Rule {
  readonly ExpirationInDays?: number;
  readonly Prefix?: string;
  readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation: number };
}

describe('buckets', () => {
  const buckets = plain.resources('AWS::S3::Bucket');
  const named = (name: string) => buckets.find(({ Properties }) => readable(
    Properties?.BucketName,
    plain.template('storage'),
  ).startsWith(`platform-${name}-{`));

  it('are those of the object store, the interface and the access logs', () => {
    expect(buckets).toHaveLength(BUCKET_NAMES.length + 2);
    for (const name of [...BUCKET_NAMES, 'web', 'access-logs']) expect([name, named(name) !== undefined]).toEqual([name, true]);
  });

  it('are closed to the public, owned by the account, encrypted and logged', () => {
    for (const { Properties } of buckets) {
      expect(Properties?.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(Properties?.OwnershipControls).toEqual({ Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] });
    }
    for (const name of [...BUCKET_NAMES, 'web']) {
      const properties = named(name)?.Properties;
      expect(properties?.BucketEncryption.ServerSideEncryptionConfiguration[0]).toMatchObject({
        BucketKeyEnabled: true,
        ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' },
      });
      expect(properties?.LoggingConfiguration.DestinationBucketName).toBeDefined();
    }
    expect(named('access-logs')?.Properties?.BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.SSEAlgorithm).toBe('AES256');
  });

  it('refuse requests without TLS 1.2', () => {
    const policies = plain.resources('AWS::S3::BucketPolicy');

    expect(policies).toHaveLength(buckets.length);
    for (const { Properties } of policies) {
      const conditions = JSON.stringify(Properties?.PolicyDocument.Statement);
      expect(conditions).toContain('"aws:SecureTransport":"false"');
      expect(conditions).toContain('"s3:TlsVersion":1.2');
    }
  });

  it('forget objects as the table of buckets says', () => {
    for (const name of BUCKET_NAMES) {
      const rules = named(name)?.Properties?.LifecycleConfiguration.Rules as Rule[];
      expect(rules.find((rule) => rule.AbortIncompleteMultipartUpload)?.AbortIncompleteMultipartUpload?.DaysAfterInitiation).toBe(2);
      if (name === 'large-queue-messages') continue;
      expect([name, rules.find((rule) => rule.ExpirationInDays)?.ExpirationInDays ?? null]).toEqual([name, BUCKETS[name].expiryDays]);
    }
  });

  it('keep dead letters longer than the parcels beside them', () => {
    const rules = (named('large-queue-messages')?.Properties?.LifecycleConfiguration.Rules as Rule[]).filter(({ ExpirationInDays }) => ExpirationInDays);
    const days = (key: string) => rules.filter(({ Prefix = '' }) => key.startsWith(Prefix)).map(({ ExpirationInDays }) => ExpirationInDays);

    expect(days('dead/iot/01J.json')).toEqual([14]);
    for (let value = 0; value < 256; value += 1) expect(days(`${value.toString(16).padStart(2, '0')}/01J`)).toEqual([2]);
  });

  it('keep old versions of what cannot be made again', () => {
    expect(BUCKET_NAMES.filter((name) => named(name)?.Properties?.VersioningConfiguration?.Status === 'Enabled')).toEqual([
      'modules', 'run-logs', 'states', 'uploads', 'user-uploaded-workspaces', 'workspace', 'documents', 'downloads',
    ]);
  });

  it('take uploads of browsers from our own pages only', () => {
    expect(buckets.filter(({ Properties }) => Properties?.CorsConfiguration)).toHaveLength(1);
    expect(named('uploads')?.Properties?.CorsConfiguration.CorsRules).toEqual([
      { AllowedHeaders: ['*'], AllowedMethods: ['PUT', 'POST'], AllowedOrigins: ['https://windlass.example.com'] },
    ]);
  });
});

describe('queues', () => {
  const queues = new Map(plain.resources('AWS::SQS::Queue').map(({ Properties }) => [(Properties?.QueueName as string).slice('platform-'.length), Properties]));
  const mappings = plain.resources('AWS::Lambda::EventSourceMapping').map(({ Properties = {} }) => ({
    queue: readable(Properties.EventSourceArn, plain.template('drain')).split(':platform-').at(-1) ?? '',
    properties: Properties,
  }));

  it('have the names and times of the table', () => {
    expect([...queues.keys()].sort()).toEqual(['async-jobs', 'async-jobs.fifo', 'cronjobs', 'dlq', 'dlq.fifo', 'events-inbox', 'iot', 'policies', 'webhooks']);
    expect(queues.size).toBe(ALL_QUEUES.length);
    expect([...queues.values()].map((properties) => properties?.VisibilityTimeout).sort()).toEqual([300, 300, 300, 300, 300, 300, 45, 600, 600].sort());
  });

  it('are encrypted under the master key, refuse plain connections and wait for messages', () => {
    for (const properties of queues.values()) expect(properties).toMatchObject({
      KmsMasterKeyId: expect.anything(),
      KmsDataKeyReusePeriodSeconds: 3600,
      ReceiveMessageWaitTimeSeconds: 20,
    });
    const policies = plain.resources('AWS::SQS::QueuePolicy');
    expect(policies).toHaveLength(queues.size);
    for (const { Properties } of policies) expect(JSON.stringify(Properties?.PolicyDocument)).toContain('"aws:SecureTransport":"false"');
  });

  it('send what fails ten times to the dead letters of their own kind', () => {
    for (const [name, properties] of queues) {
      if (name.startsWith('dlq')) {
        expect(properties?.MessageRetentionPeriod).toBe(14 * 86_400);
        continue;
      }
      expect(properties?.RedrivePolicy.maxReceiveCount).toBe(10);
      const [target] = properties?.RedrivePolicy.deadLetterTargetArn['Fn::GetAtt'] as string[];
      expect(plain.template('messaging').Resources[target ?? '']?.Properties?.QueueName).toBe(name.endsWith('.fifo') ? 'platform-dlq.fifo' : 'platform-dlq');
      expect(properties?.MessageRetentionPeriod).toBe(name === 'cronjobs' ? 3600 : 86_400);
    }
  });

  it('keep groups apart where they keep an order', () => {
    expect(queues.get('async-jobs.fifo')).toMatchObject({
      FifoQueue: true,
      ContentBasedDeduplication: false,
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
    });
  });

  it('start a function each, which tells what failed', () => {
    expect(mappings.map(({ queue }) => queue).sort()).toEqual([...queues.keys()].sort());
    for (const mapping of mappings) expect(mapping.properties).toMatchObject({ FunctionResponseTypes: ['ReportBatchItemFailures'], Enabled: true });
  });

  it('hand out batches and limit how many are handled at once', () => {
    const facts = Object.fromEntries(mappings.map(({ queue, properties }) => [
      queue,
      [properties.BatchSize, properties.MaximumBatchingWindowInSeconds ?? 0, properties.ScalingConfig.MaximumConcurrency],
    ]));

    expect(facts).toEqual({
      'async-jobs': [10, 0, 50], policies: [1, 0, 20], 'async-jobs.fifo': [1, 0, 50], cronjobs: [1, 0, 5], 'events-inbox': [10, 0, 20], iot: [50, 1, 20],
      webhooks: [1, 0, 20], dlq: [1, 0, 2], 'dlq.fifo': [1, 0, 2],
    });
  });

  it('hide a message for six times the time of its function, and the wait for a batch', () => {
    const { Resources } = plain.template('drain');
    for (const { queue, properties: mapping } of mappings) {
      const alias = Resources[(mapping.FunctionName as { Ref: string }).Ref];
      const named = Resources[(alias?.Properties?.FunctionName as { Ref: string }).Ref]?.Properties?.FunctionName as string;
      const entry = FUNCTIONS[named.slice('platform-'.length) as FunctionName];
      const visibility = queues.get(queue)?.VisibilityTimeout as number;
      expect([queue, visibility >= 6 * entry.timeoutSeconds + ((mapping.MaximumBatchingWindowInSeconds as number | undefined) ?? 0)]).toEqual([queue, true]);
    }
    for (const facts of Object.values(QUEUES)) expect(facts.visibilitySeconds).toBeGreaterThanOrEqual(6 * facts.functionTimeoutSeconds);
  });
});

describe('schedules', () => {
  it('put each tick on the queue, with a place for what cannot be put there', () => {
    const rules = plain.resources('AWS::Events::Rule').map(({ Properties }) => Properties);

    expect(rules.map((rule) => [rule?.Name, rule?.ScheduleExpression, rule?.Targets[0].Input])).toEqual(
      TICK_NAMES.filter((name) => TICKS[name].starts === 'cronjobs').map((name) => [
        `platform-${name}`,
        expect.stringMatching(/^rate\(\d+ (minutes?|hours?|days?)\)$/),
        JSON.stringify({ tick: name }),
      ]),
    );
    expect(rules.find((rule) => rule?.Name === 'platform-tick')?.ScheduleExpression).toBe('rate(1 minute)');
    for (const rule of rules) {
      expect(rule?.State).toBe('ENABLED');
      expect(readable(rule?.Targets[0].Arn, plain.template('drain'))).toMatch(/:platform-cronjobs$/);
      expect(readable(rule?.Targets[0].DeadLetterConfig.Arn, plain.template('drain'))).toMatch(/:platform-dlq$/);
    }
  });
});

describe('the broker', () => {
  it('puts reports of workers on the queue with the ids of their topic', () => {
    const [rule] = plain.resources('AWS::IoT::TopicRule');

    expect(rule?.Properties?.RuleName).toBe('platform');
    expect(rule?.Properties?.TopicRulePayload).toMatchObject({
      Sql: "SELECT *, Timestamp() as timestamp, topic(3) as worker_pool_ulid, topic(4) as worker_ulid FROM 'platform/writeonly/#'",
      Actions: [{ Sqs: { UseBase64: true } }],
      ErrorAction: { Sqs: { UseBase64: true } },
    });
  });

  it('may use the key of the queues it sends to', () => {
    const policies = plain.resources('AWS::IAM::Policy', 'messaging').map(({ Properties }) => JSON.stringify(Properties?.PolicyDocument));
    const policy = policies.find((text) => text.includes('sqs:SendMessage'));

    expect(policy).toContain('kms:GenerateDataKey');
    expect(policy).toContain('kms:Decrypt');
  });
});

describe('the database', () => {
  it('goes to another major version in place: beside its version only its parameter group changes, which is made before and of that family', () => {
    const older = synthesized({ database: { postgres_engine_version: '15.13' } }).template('database').Resources;
    const newer = plain.template('database').Resources;
    const clusterOf = (resources: typeof newer) => Object.entries(resources).find(([, { Type }]) => Type === 'AWS::RDS::DBCluster');
    const groupsOf = (resources: typeof newer) => Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::RDS::DBClusterParameterGroup');
    const [[before], [after]] = [groupsOf(older), groupsOf(newer)];

    expect([before?.[1].Properties?.Family, after?.[1].Properties?.Family]).toEqual(['aurora-postgresql15', 'aurora-postgresql16']);
    // Another resource, without a name of its own: the old one is removed once nothing uses it.
    expect(after?.[0]).not.toBe(before?.[0]);
    expect(after?.[1].Properties).not.toHaveProperty('DBClusterParameterGroupName');
    const changed = { EngineVersion: '16.11', DBClusterParameterGroupName: { Ref: after?.[0] } };
    const [id, cluster] = clusterOf(older) ?? [];
    expect(clusterOf(newer)).toEqual([id, { ...cluster, Properties: { ...cluster?.Properties, ...changed } }]);
    // An instance parameter group of its own would have to be named with the new version.
    expect(JSON.stringify(newer)).not.toMatch(/DBParameterGroup|DBInstanceParameterGroupName/);
  });

  it('pauses, answers through the Data API, and is encrypted and protected', () => {
    const [cluster] = plain.resources('AWS::RDS::DBCluster');

    expect(cluster?.Properties).toMatchObject({
      Engine: 'aurora-postgresql', EngineVersion: '16.11', EnableHttpEndpoint: true, StorageEncrypted: true, EnableIAMDatabaseAuthentication: true,
      DeletionProtection: true, BackupRetentionPeriod: 7, CopyTagsToSnapshot: true,
      ServerlessV2ScalingConfiguration: { MinCapacity: 0, MaxCapacity: 8, SecondsUntilAutoPause: 600 },
    });
    expect(plain.resources('AWS::RDS::DBClusterParameterGroup')[0]?.Properties).toMatchObject({
      Family: 'aurora-postgresql16',
      Parameters: { 'rds.force_ssl': '1' },
    });
    expect(plain.resources('AWS::RDS::DBInstance').map(({ Properties }) => Properties)).toEqual([
      expect.objectContaining({
        DBInstanceClass: 'db.serverless',
        CACertificateIdentifier: 'rds-ca-rsa2048-g1',
        AutoMinorVersionUpgrade: false,
        PubliclyAccessible: false,
      }),
    ]);
  });

  it('has a user for each kind of function, and their passwords are replaced every month', () => {
    const secrets = plain.resources(
      'AWS::SecretsManager::Secret',
      'database',
    ).map(({ Properties }) => [Properties?.Name, Properties?.GenerateSecretString.SecretStringTemplate]);
    expect(secrets).toEqual([
      ['platform/database', '{"username":"windlass"}'], ['platform/database-api', '{"username":"windlass_api"}'], [
        'platform/database-drain',
        '{"username":"windlass_drain"}',
      ],
    ]);
    const schedules = plain.resources('AWS::SecretsManager::RotationSchedule');
    expect(schedules.map(({ Properties }) => Properties?.RotationRules.AutomaticallyAfterDays)).toEqual([30, 30, 30]);
  });
});

describe('security groups', () => {
  it('admit nobody from everywhere', () => {
    for (const found of [plain, synthesized({ load_balancer: { scheme: 'internal' } }), synthesized({ database: { access: 'direct' } })]) {
      const rules = [
        ...found.resources('AWS::EC2::SecurityGroupIngress').map(({ Properties }) => Properties),
        ...found.resources('AWS::EC2::SecurityGroup').map(({ Properties }) => Properties?.SecurityGroupIngress as unknown),
      ];
      expect(JSON.stringify(rules)).not.toMatch(/0\.0\.0\.0\/0|::\/0/);
    }
  });
});
