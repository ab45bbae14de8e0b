import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import { expect } from 'expect';
import { contentPolicy } from '../../lib/core/shared/content-policy.ts';
import { KEPT_STACKS } from '../../lib/install/names.ts';
import { VIEWER_HEADER } from '../../lib/infra/web-acl.ts';
import { apiPatterns } from '../../lib/infra/web-distribution.ts';
import { functionOf, readable, synthesized } from '../support/infra.ts';
import {
  CUSTOM, DIRECT, DISTRIBUTED, EAST_CERTIFICATE, EXTERNAL, GOV, GOV_RECOVERY, INTERNAL, KEY, LICENSED, OTHER_KEY, OTHERWISE, RECOVERY, SECRET,
  STANDBY, SWITCHED, SWITCHED_STANDBY, TOPIC, VARIANTS, ZONE,
} from '../support/variants.ts';
import { selfSigned } from '../support/server-certificate.ts';

/** All that both regions must know alike. */
const SHARED_SECRETS = ['database', 'database-api', 'database-drain', 'app', 'license', 'admin', 'slack', 'sso', 'git'];

const types = (changes: Record<string, unknown>): ReadonlySet<string> => new Set(synthesized(changes).all().map(({ Type }) => Type));

describe('every kind of installation', () => {
  for (const [name, changes] of Object.entries(VARIANTS)) {
    it(`breaks no rule of good practice and no limit: ${name.toLowerCase()}`, () => {
      const made = synthesized(changes);

      for (const stack of made.stacks) expect(Object.keys(made.template(stack).Resources).length).toBeLessThan(400);
    });

    it(`can be taken away and made again, for no name stays taken by what an uninstallation removes: ${name.toLowerCase()}`, () => {
      const leftBehind = synthesized(changes).all()
        .filter(({ stack, DeletionPolicy = 'Delete' }) => !KEPT_STACKS.includes(stack) && DeletionPolicy !== 'Delete')
        .flatMap(({ stack, id, Properties = {} }) => Object.keys(Properties).filter((key) => key.endsWith('Name')).map((key) => `${stack}.${id}.${key}`));

      expect(leftBehind).toEqual([]);
    });
  }
});

describe('in GovCloud', () => {
  const gov = synthesized(GOV);
  const withRecovery = synthesized(GOV_RECOVERY);

  it('nothing is spelled for the commercial partition, and there is no distribution', () => {
    for (const { outdir } of [gov, withRecovery]) for (const file of readdirSync(outdir).filter((each) => each.endsWith('.template.json'))) expect([
      file,
      readFileSync(join(outdir, file), 'utf8').match(/arn:aws:|CloudFront/),
    ]).toEqual([file, null]);
  });

  it('functions stand in a network, connect by themselves and use endpoints of the standard', () => {
    const { Environment, VpcConfig } = functionOf(gov, 'graphql').Properties ?? {};

    expect(VpcConfig).toBeDefined();
    expect(Environment.Variables).toMatchObject({ DATABASE_ACCESS: 'direct', AWS_USE_FIPS_ENDPOINT: 'true', DATABASE_URL_SECRET_ARN: expect.anything() });
    expect(Environment.Variables).not.toHaveProperty('DATABASE_CLUSTER_ARN');
    expect(gov.resources('AWS::RDS::DBCluster')[0]?.Properties?.EnableHttpEndpoint).toBe(false);
  });
});

describe('functions that connect by themselves to a database that takes encrypted connections only', () => {
  const modes = (changes: Record<string, unknown>) => synthesized(changes).resources('AWS::SecretsManager::Secret', 'database')
    .map(({ Properties }) => JSON.stringify(Properties?.SecretString ?? '')).filter((text) => text.includes('postgres://'))
    .map((text) => /\?sslmode=([a-z-]+)/.exec(text)?.[1]);

  it('encrypt, and make sure who answers where the authority is at hand', async () => {
    const { cert } = await selfSigned('C=US, O="Amazon Web Services, Inc.", OU=Amazon RDS, CN=Amazon RDS us-gov-west-1 Root CA RSA2048 G1', []);
    const given = { ...GOV, tls_config: { ca_certificates: [Buffer.from(cert).toString('base64')] } };

    expect(modes(DIRECT)).toEqual(['verify-full', 'verify-full', 'verify-full']);
    expect(modes(GOV)).toEqual(['require', 'require', 'require']);
    expect(modes({ ...GOV, tls_config: INTERNAL.tls_config })).toEqual(['require', 'require', 'require']);
    expect(modes(given)).toEqual(['verify-full', 'verify-full', 'verify-full']);
    expect(synthesized(GOV).read.warnings).toContainEqual(expect.stringMatching(/^tls_config\.ca_certificates: holds no authority of the database service/));
    expect(synthesized(given).read.warnings).toEqual([]);
  });
});

describe('an internal API', () => {
  const internal = synthesized(INTERNAL);

  it('is reached through an endpoint of the network only', () => {
    expect(internal.resources('AWS::ApiGateway::RestApi')[0]?.Properties?.EndpointConfiguration.Types).toEqual(['PRIVATE']);
    expect(JSON.stringify(internal.resources('AWS::ApiGateway::RestApi')[0]?.Properties?.Policy)).toContain('aws:SourceVpce');
    expect(types(INTERNAL)).toContain('AWS::ApiGateway::DomainNameV2');
    expect(types(INTERNAL)).not.toContain('AWS::ApiGateway::DomainName');
  });

  it('admits the given addresses of that network and no others', () => {
    const statements = (changes: Record<string, unknown>) =>
      synthesized(changes).resources('AWS::ApiGateway::RestApi')[0]?.Properties?.Policy.Statement as { Effect: string; Condition?: object }[];
    const refused = { Effect: 'Deny', Condition: { NotIpAddress: { 'aws:VpcSourceIp': ['10.1.0.0/16'] } } };

    expect(statements({ ...INTERNAL, api: { allowed_cidrs: ['10.1.0.0/16'] } })).toContainEqual(expect.objectContaining(refused));
    expect(statements({ ...INTERNAL, api: { allowed_cidrs: ['10.1.0.0/16'] } })).toHaveLength(3);
    expect(statements(INTERNAL)).toHaveLength(2);
  });

  it('has the services at hand instead of a way out', () => {
    const services = internal.resources('AWS::EC2::VPCEndpoint').map(({ Properties }) => readable(
      Properties?.ServiceName,
      internal.template('network'),
    ).split('.').slice(3).join('.'));

    expect(services.sort()).toEqual([
      'ecr.api',
      'ecr.dkr',
      'execute-api',
      'iot.data',
      'kms',
      'lambda',
      'license-manager',
      'logs',
      'monitoring',
      'rds-data',
      's3',
      'secretsmanager',
      'sqs',
      'ssm',
      'sts',
      'xray',
    ]);
    expect(internal.resources('AWS::EC2::NatGateway')).toHaveLength(0);
    expect(internal.resources('AWS::Route53::HostedZone').map(({ Properties }) => readable(Properties?.Name, internal.template('messaging')))).toEqual([
      expect.stringContaining('endpointAddress'),
    ]);
  });

  it('takes the proxy and the certificates of the operator', () => {
    const { Environment, Layers } = functionOf(internal, 'http').Properties ?? {};

    expect(Environment.Variables).toMatchObject({
      HTTPS_PROXY: 'http://proxy.internal:3128',
      NODE_EXTRA_CA_CERTS: '/opt/ca/bundle.pem',
    });
    expect(JSON.stringify(Layers)).toMatch(/Layersca/);
  });

  it('asks the proxy for everything that the network has no endpoint for, such as the control plane of the broker', () => {
    const spared = (name: string) => readable(functionOf(internal, name).Properties?.Environment.Variables.NO_PROXY, internal.template('api')).split(',');
    const covers = (entry: string, host: string) => (entry.startsWith('.') ? `.${host}`.endsWith(entry) : host === entry);
    const goesDirectly = (name: string, host: string) => spared(name).some((entry) => covers(entry, host));
    const endpoints = ['rds-data', 'kms', 'license-manager', 'logs', 'monitoring', 'secretsmanager', 'sqs', 'ssm', 'sts', 'xray', 'lambda', 's3'];

    for (const name of endpoints) expect([name, goesDirectly('http', `${name}.eu-west-1.amazonaws.com`)]).toEqual([name, true]);
    expect(goesDirectly('http', 'platform-states.s3.eu-west-1.amazonaws.com')).toBe(true);
    expect(goesDirectly('http', 'git.internal')).toBe(true);
    for (const host of ['iot.eu-west-1.amazonaws.com', 'sts.eu-central-1.amazonaws.com', 'github.com']) {
      expect([host, goesDirectly('iot-provisioner', host)]).toEqual([host, false]);
    }
    expect(spared('http')).toContainEqual(expect.stringContaining('iot-data-endpoint'));
    expect(synthesized({ ...CUSTOM, proxy_config: INTERNAL.proxy_config }).resources('AWS::Lambda::Function', 'api')
      .map(({ Properties }) => Properties?.Environment?.Variables.NO_PROXY as string | undefined)).toContainEqual('.internal,localhost,127.0.0.1');
  });
});

describe('a network of the operator', () => {
  it('takes functions in with the groups of their kinds', () => {
    const custom = synthesized(CUSTOM);
    const groups = (name: string) => functionOf(custom, name).Properties?.VpcConfig.SecurityGroupIds as string[];

    expect([groups('graphql'), groups('drain-async'), groups('drain-cron'), groups('ops')]).toEqual([
      ['sg-00000001'],
      ['sg-00000002'],
      ['sg-00000005'],
      ['sg-00000003'],
    ]);
    expect(functionOf(custom, 'http').Properties?.VpcConfig.SubnetIds).toEqual(['subnet-0aaaaaaaaaaaaaaaa', 'subnet-0bbbbbbbbbbbbbbbb']);
    expect(custom.resources('AWS::EC2::VPC')).toHaveLength(0);
    expect(custom.resources('AWS::EC2::VPCEndpoint').map(({ Properties }) => Properties?.SecurityGroupIds)).toEqual([['sg-00000006']]);
  });

  it('has the entrance of an internal API where the file places it', () => {
    const placed = (subnet_placement: string) => synthesized({
      ...CUSTOM,
      load_balancer: { ...CUSTOM.load_balancer, subnet_placement },
      vpc_config: { ...CUSTOM.vpc_config, public_subnet_ids: 'subnet-0cccccccccccccccc,subnet-0dddddddddddddddd' },
    }).resources('AWS::EC2::VPCEndpoint')[0]?.Properties?.SubnetIds as readonly string[];

    expect(placed('private')).toEqual(['subnet-0aaaaaaaaaaaaaaaa', 'subnet-0bbbbbbbbbbbbbbbb']);
    expect(placed('public')).toEqual(['subnet-0cccccccccccccccc', 'subnet-0dddddddddddddddd']);
  });
});

describe('a database of the operator', () => {
  it('takes the place of ours, and functions may read where it is', () => {
    const external = synthesized(EXTERNAL);

    expect(external.stacks).not.toContain('database');
    expect(functionOf(external, 'graphql').Properties?.Environment.Variables).toMatchObject({ DATABASE_ACCESS: 'direct', DATABASE_URL_SECRET_ARN: SECRET });
    expect(JSON.stringify(external.resources('AWS::IAM::Policy', 'api'))).toContain(KEY);
    expect(external.resources('AWS::EC2::NatGateway').length).toBeGreaterThan(0);
  });

  it('leaves the network of the one before as it was, which stands there still', () => {
    const partsOf = (changes: Record<string, unknown>) => Object.fromEntries(synthesized(changes).all()
      .filter(({ stack, Type }) => stack === 'network' && ['AWS::EC2::Subnet', 'AWS::EC2::SecurityGroup'].includes(Type))
      .map(({ id, Properties }) => [id, Properties]));
    const managed = partsOf({});

    expect(Object.keys(managed)).toHaveLength(3);
    expect(Object.keys(partsOf(EXTERNAL))).toEqual(expect.arrayContaining(Object.keys(managed)));
    for (const [id, properties] of Object.entries(managed)) {
      if (properties?.CidrBlock !== undefined) expect([id, partsOf(EXTERNAL)[id]?.CidrBlock]).toEqual([id, properties.CidrBlock]);
    }
    expect(partsOf(EXTERNAL)).toEqual(partsOf(DIRECT));
  });
});

describe('a distribution', () => {
  it('serves the interface and passes the API on, with room for its patterns', () => {
    const { DistributionConfig: config } = synthesized(DISTRIBUTED).resources('AWS::CloudFront::Distribution')[0]?.Properties ?? {};

    expect(config).toMatchObject({
      Aliases: ['windlass.example.com'],
      ViewerCertificate: { MinimumProtocolVersion: 'TLSv1.2_2021', AcmCertificateArn: EAST_CERTIFICATE },
    });
    expect(config.Origins.map(({ DomainName }: { DomainName: unknown }) => DomainName)[1]).toBe('origin.windlass.example.com');
    expect(apiPatterns().length).toBeLessThan(25);
    expect(config.CacheBehaviors).toHaveLength(apiPatterns().length);
    expect(synthesized(DISTRIBUTED).resources('AWS::ApiGateway::DomainName')[0]?.Properties?.DomainName).toBe('origin.windlass.example.com');
    expect(JSON.stringify(config.Origins)).toContain('{{resolve:secretsmanager:');
  });

  it('lets the page of the interface upload to its bucket, by the same words as the function that serves it otherwise', () => {
    const made = synthesized(DISTRIBUTED);
    const [headers] = made.resources('AWS::CloudFront::ResponseHeadersPolicy');
    const { SecurityHeadersConfig: security } = headers?.Properties?.ResponseHeadersPolicyConfig ?? {};
    const uploads = readable(functionOf(made, 'web').Properties?.Environment.Variables.OBJECT_STORAGE_BUCKET_UPLOADS_URL, made.template('api'));
    const policy = readable(security.ContentSecurityPolicy.ContentSecurityPolicy, made.template('web'));

    expect(uploads).toMatch(/^https:\/\/platform-uploads-.*\.s3\./);
    expect(policy).toBe(contentPolicy(uploads));
    expect(security).toMatchObject({ ContentTypeOptions: { Override: true }, StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000 } });
    const { DefaultCacheBehavior: page } = made.resources('AWS::CloudFront::Distribution')[0]?.Properties?.DistributionConfig ?? {};
    expect(page.ResponseHeadersPolicyId).toEqual({ 'Fn::GetAtt': [expect.stringContaining('Headers'), 'Id'] });
  });

  it('is limited by the addresses of its viewers, which the distribution writes itself', () => {
    const keysOf = (changes: Record<string, unknown>) =>
      (synthesized(changes).resources('AWS::WAFv2::WebACL')[0]?.Properties?.Rules as { Statement: { RateBasedStatement?: Record<string, unknown> } }[])
        .flatMap(({ Statement: { RateBasedStatement: rate } }) => (rate === undefined ? [] : [[rate.AggregateKeyType, rate.ForwardedIPConfig]]));
    const codes = synthesized(DISTRIBUTED).resources('AWS::CloudFront::Function').map(({ Properties }) => String(Properties?.FunctionCode));
    const told = runInNewContext(`${codes.find((code) => code.includes('viewer.ip')) ?? ''}; handler`) as (event: object) => { headers: Record<string, { value: string }> };
    const { headers } = told({ viewer: { ip: '2001:db8::1' }, request: { headers: { [VIEWER_HEADER]: { value: '192.0.2.1' } } } });

    expect(keysOf({})).toEqual([['IP', undefined], ['IP', undefined]]);
    const byViewer = ['FORWARDED_IP', { HeaderName: VIEWER_HEADER, FallbackBehavior: 'MATCH' }];
    expect(keysOf(DISTRIBUTED)).toEqual([byViewer, byViewer]);
    expect(headers).toEqual({ [VIEWER_HEADER]: { value: '2001:db8::1' }, 'cloudfront-viewer-address': { value: '2001:db8::1:0' } });
  });
});

describe('a second region', () => {
  it('gets copies of what cannot be made again, both measured and in time for states and logs', () => {
    const made = synthesized(RECOVERY);
    const { Properties: rules } = made.resources('Custom::Replication', 'dr')[0] ?? {};
    const names = (rules?.Buckets as readonly { readonly Name: unknown }[]).map(({ Name }) => readable(Name, made.template('dr')));
    const versioned = made.resources('AWS::S3::Bucket').filter(({ Properties }) => names.includes(readable(Properties?.BucketName, made.template('storage'))));

    expect(names).toHaveLength(6);
    expect(versioned.map(({ Properties }) => Properties?.VersioningConfiguration)).toEqual(names.map(() => ({ Status: 'Enabled' })));
    expect(rules?.KeyArn).toBe(OTHER_KEY);
    const timed = (rules?.Buckets as readonly { readonly Copy: unknown; readonly Timed: boolean }[]).filter(({ Timed }) => Timed);
    expect(timed.map(({ Copy }) => Copy)).toEqual(['arn:aws:s3:::a-logs', 'arn:aws:s3:::a-states']);
  });

  it('gets them by rules that stand in the stack which an uninstallation takes away', () => {
    const made = synthesized(RECOVERY);
    const ops = JSON.stringify(made.resources('AWS::IAM::Policy', 'api').find(({ Properties }) => Properties?.PolicyName === 'ops'));

    expect(JSON.stringify(made.template('storage'))).not.toContain('ReplicationConfiguration');
    expect(ops).toContain('"Action":["s3:PutReplicationConfiguration","s3:GetReplicationConfiguration"]');
    expect(ops).toContain('"Action":"iam:PassRole","Condition":{"StringEquals":{"iam:PassedToService":"s3.amazonaws.com"}}');
    expect(ops).toContain(':role/platform-replication-eu-west-1"');
    expect(synthesized().stacks).not.toContain('dr');
    expect(JSON.stringify(synthesized().all())).not.toMatch(/ReplicationConfiguration|iam:PassRole/);
  });

  it('is watched where each number is told: late copies where they arrive, failed ones where they came from', () => {
    const made = synthesized(RECOVERY);
    const alarms = made.resources('AWS::CloudWatch::Alarm', 'dr').map(({ Properties }) => Properties ?? {});
    const named = (name: string) => alarms.find(({ AlarmName }) => AlarmName === `platform-${name}`) ?? {};
    const dimensions = (of: unknown) => Object.fromEntries((of as readonly { readonly Name: string; readonly Value: unknown }[])
      .map(({ Name, Value }) => [Name, readable(Value, made.template('dr'))]));

    expect(alarms.map(({ AlarmName }) => (AlarmName as string).replace('platform-', '')).sort()).toEqual([
      'RegionLag', 'ReplicationFailed', 'ReplicationLate-run-logs', 'ReplicationLate-states',
    ]);
    expect(named('ReplicationLate-states')).toMatchObject({ MetricName: 'ReplicationLatency', Threshold: 900 });
    expect(dimensions(named('ReplicationLate-states').Dimensions)).toMatchObject({ SourceBucket: 'a-states', DestinationBucket: expect.stringContaining('platform-states-') });
    const failed = (named('ReplicationFailed').Metrics as readonly { readonly MetricStat?: { readonly Metric: { readonly Dimensions: unknown; readonly MetricName: string } } }[])
      .flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat.Metric]));
    expect(failed.map(({ MetricName }) => MetricName)).toEqual(Array.from({ length: 6 }, () => 'OperationsFailedReplication'));
    expect(failed.map((metric) => dimensions(metric.Dimensions).DestinationBucket)).toContain('a-states');
    expect(named('RegionLag')).toMatchObject({ MetricName: 'AuroraGlobalDBRPOLag', Threshold: 30_000 });
    for (const { AlarmActions } of alarms) expect(AlarmActions).toEqual([TOPIC]);
  });

  it('lends its states to whoever reads them there before they have arrived', () => {
    const made = synthesized(RECOVERY);
    const rights = JSON.stringify(made.resources('AWS::IAM::Policy', 'api').find(({ Properties }) => Properties?.PolicyName === 'worker-api'));

    expect(functionOf(made, 'worker-api').Properties?.Environment.Variables).toMatchObject({
      OBJECT_STORAGE_BUCKET_STATES_REPLICA: 'a-states', AWS_SECONDARY_REGION: 'eu-central-1',
    });
    expect(rights).toContain('"Action":"s3:GetObject","Effect":"Allow","Resource":"arn:aws:s3:::a-states/*"');
    expect(rights).toContain(`"Action":"kms:Decrypt","Effect":"Allow","Resource":"${OTHER_KEY}"`);
    expect(functionOf(synthesized(), 'worker-api').Properties?.Environment.Variables).not.toHaveProperty('OBJECT_STORAGE_BUCKET_STATES_REPLICA');
  });

  it('lets the service copy what is older than the rules, and write down what it could not', () => {
    const made = synthesized(RECOVERY);
    const role = made.resources('AWS::IAM::Role', 'dr').find(({ Properties }) => Properties?.RoleName === 'platform-copying-eu-west-1')?.Properties;
    const policy = made.resources('AWS::IAM::Policy', 'dr').find(({ Properties }) => Properties?.PolicyName === 'copying')?.Properties;
    const statements = policy?.PolicyDocument.Statement as readonly { readonly Sid: string; readonly Action: unknown; readonly Resource: unknown }[];
    const of = (sid: string) => statements.find(({ Sid }) => Sid === sid);

    expect(JSON.stringify(role?.AssumeRolePolicyDocument)).toContain('batchoperations.s3.amazonaws.com');
    expect(of('CopyAgain')).toMatchObject({ Action: 's3:InitiateReplication' });
    expect((of('CopyAgain')?.Resource as readonly unknown[]).map((resource) => readable(resource, made.template('dr')))).toHaveLength(6);
    expect(of('ListWhatIsThere')?.Action).toEqual(['s3:GetReplicationConfiguration', 's3:PutInventoryConfiguration']);
    expect(readable(of('WriteReports')?.Resource, made.template('dr'))).toMatch(/:s3:::platform-metadata-.*\/copying\/\*$/);
    expect(synthesized().resources('AWS::IAM::Role').map(({ Properties }) => Properties?.RoleName)).not.toContain('platform-copying-eu-west-1');
  });

  it('may be stopped by the scheduler of its own, which alone reads the word of the other', () => {
    const cron = JSON.stringify(synthesized(RECOVERY).resources('AWS::IAM::Policy', 'drain').find(({ Properties }) => Properties?.PolicyName === 'drain-cron'));

    expect(cron).toContain(':parameter/platform/epoch"');
    expect(cron).toMatch(/"Action":"ssm:PutParameter".*parameter\/platform\/mode".*parameter\/platform\/active"/);
    expect(cron).toMatch(/"Action":"events:DisableRule".*:rule\/platform-vcs-sweep/);
    expect(cron).toMatch(/"Action":"lambda:UpdateEventSourceMapping","Condition":\{"ArnLike":\{"lambda:FunctionArn":.*:function:platform-\*/);
    expect(JSON.stringify(synthesized().all())).not.toMatch(/ssm:PutParameter|UpdateEventSourceMapping|DisableRule/);
  });

  it('shares the host name with the first, turned by who says that it serves', () => {
    const halves = [SWITCHED, SWITCHED_STANDBY].map((changes) => {
      const made = synthesized(changes);
      const { HealthCheckConfig: check } = made.resources('AWS::Route53::HealthCheck')[0]?.Properties ?? {};
      return { made, check, records: made.resources('AWS::Route53::RecordSet').map(({ Properties }) => Properties) };
    });

    for (const { made, check, records } of halves) {
      expect(check).toMatchObject({ Type: 'HTTPS', ResourcePath: '/live/health/active', Port: 443 });
      expect(readable(check.FullyQualifiedDomainName, made.template('dr'))).toMatch(/^\{ActiveRest\w+\}\.execute-api\.\{AWS::Region\}\.\{AWS::URLSuffix\}$/);
      expect(records.map((record) => [record?.Name, record?.Type, record?.HostedZoneId])).toEqual(['A', 'AAAA'].map((type) => ['windlass.example.com.', type, ZONE]));
      for (const record of records) expect(record?.HealthCheckId).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^ActiveCheck/), 'HealthCheckId'] });
      expect(made.resources('AWS::ApiGateway::Method', 'dr').map(({ Properties }) => Properties?.HttpMethod)).toEqual(['GET']);
      expect(JSON.stringify(made.resources('AWS::ApiGateway::Method', 'dr'))).toContain(':function:platform-http:live');
      expect(made.resources('AWS::WAFv2::WebACLAssociation', 'dr')).toHaveLength(1);
    }
    expect(halves.map(({ records }) => records[0]?.Failover)).toEqual(['PRIMARY', 'SECONDARY']);
  });

  it('without a zone of ours, or behind a private API, leaves names to the operator', () => {
    const internal = synthesized({ ...SWITCHED, load_balancer: { scheme: 'internal' } });

    expect([...types(RECOVERY)].filter((type) => type.startsWith('AWS::Route53::'))).toEqual([]);
    expect(internal.resources('AWS::Route53::HealthCheck')).toHaveLength(0);
    expect(internal.resources('AWS::Route53::RecordSet', 'dr')).toHaveLength(0);
  });

  it('keeps the database of the first awake', () => {
    expect(
      synthesized(RECOVERY).resources('AWS::RDS::DBCluster')[0]?.Properties?.ServerlessV2ScalingConfiguration,
    ).toEqual({ MinCapacity: 0.5, MaxCapacity: 8 });
  });

  it('gets copies of the secrets, and its certificates from the same functions', () => {
    const made = synthesized(RECOVERY);

    const secrets = made.resources('AWS::SecretsManager::Secret').map(({ Properties }) => Properties);
    expect(secrets.map((secret) => secret?.Name as string).sort()).toEqual(SHARED_SECRETS.map((name) => `platform/${name}`).sort());
    for (const secret of secrets) expect(secret?.ReplicaRegions).toEqual([{ Region: 'eu-central-1', KmsKeyId: OTHER_KEY }]);
    const first = synthesized({ disaster_recovery: { replica_region: 'eu-central-1' } });
    for (const { Properties } of first.resources('AWS::SecretsManager::Secret')) expect(Properties?.ReplicaRegions).toEqual([{ Region: 'eu-central-1' }]);
    expect(functionOf(made, 'iot-provisioner').Properties?.Environment.Variables.AWS_SECONDARY_REGION).toBe('eu-central-1');
    expect(JSON.stringify(made.resources('AWS::IAM::Policy', 'api'))).toContain(':iot:eu-central-1:');
  });

  it('makes no secret whose name the copy of the first region\'s has, and finds the copies by their names', () => {
    const standby = synthesized({ ...STANDBY, web: { mode: 'cloudfront', certificate_arn: EAST_CERTIFICATE } });
    expect(standby.resources('AWS::SecretsManager::Secret')).toEqual([]);
    expect(standby.resources('AWS::SecretsManager::RotationSchedule')).toEqual([]);

    const read = [
      ['ops', 'ADMIN_SECRET_ARN', 'admin'], ['ops', 'DATABASE_SECRET_ARN', 'database'], ['graphql', 'DATABASE_SECRET_ARN', 'database-api'],
      ['drain-webhooks', 'GIT_SECRET_ARN', 'git'], ['graphql', 'ORIGIN_SECRET_ARN', 'origin'],
    ] as const;
    for (const [name, variable, secret] of read) {
      const value = functionOf(standby, name).Properties?.Environment.Variables[variable] as unknown;
      expect(readable(value, standby.template('api'))).toBe(`arn:{AWS::Partition}:secretsmanager:{AWS::Region}:{AWS::AccountId}:secret:platform/${secret}`);
    }
    // Whoever reads a copy may, whatever the service has added to its name.
    const statements = JSON.stringify(standby.resources('AWS::IAM::Policy', 'api'));
    for (const secret of ['admin', 'sso', 'database-api']) expect(statements).toContain(`:secret:platform/${secret}-??????`);
    // It may rotate them once it serves.
    expect(standby.resources('AWS::Lambda::Permission').map(({ Properties }) => Properties?.Principal)).toContain('secretsmanager.amazonaws.com');
  });

  it('makes no second distribution for the host, and no second page of its name for the account', () => {
    const distributed = { web: { mode: 'cloudfront', certificate_arn: EAST_CERTIFICATE }, dns: { hosted_zone_id: ZONE } };
    const [first, second] = [synthesized({ ...RECOVERY, ...distributed }), synthesized({ ...STANDBY, ...distributed })];

    expect(second.stacks).not.toContain('web');
    expect(second.stacks).not.toContain('edge');
    expect(first.resources('AWS::Route53::RecordSet', 'web').map(({ Properties }) => Properties?.Name as string)).toEqual(['windlass.example.com.', 'windlass.example.com.']);
    const pages = [first, second, synthesized()].map((made) => made.resources('AWS::CloudWatch::Dashboard').map(({ Properties }) => Properties?.DashboardName as string));
    expect(pages).toEqual([['platform-eu-west-1'], ['platform-eu-west-1'], ['platform']]);
  });

  it('has copies of the keys, so that ciphertexts and sessions stay valid, and runs no migrations', () => {
    const standby = synthesized(STANDBY);

    expect(standby.resources('AWS::KMS::ReplicaKey').map(({ Properties }) => Properties?.PrimaryKeyArn)).toEqual([OTHER_KEY, OTHER_KEY]);
    expect(standby.resources('Custom::Migrations')).toHaveLength(0);
    expect(standby.resources('AWS::RDS::DBCluster')).toHaveLength(0);
  });
});

describe('the rules in front of a distribution', () => {
  const aclsOf = (changes: Readonly<Record<string, unknown>>, stack: 'edge' | 'api') => synthesized(changes).resources('AWS::WAFv2::WebACL', stack).map(({ Properties }) => Properties);

  it('are those of the API by the viewer\'s address, in the one region that has such rules', () => {
    const made = synthesized(DISTRIBUTED);
    const [edge] = aclsOf(DISTRIBUTED, 'edge');
    const [api] = aclsOf(DISTRIBUTED, 'api');

    expect(made.assembly.getStackByName('platform-edge').environment.region).toBe('us-east-1');
    expect(edge).toMatchObject({ Scope: 'CLOUDFRONT', Name: 'platform-edge', DefaultAction: { Allow: {} } });
    const named = (acl: typeof edge) => (acl?.Rules as readonly { readonly Name: string; readonly Statement: { readonly RateBasedStatement?: { readonly Limit: number } } }[])
      .map(({ Name, Statement }) => [Name, Statement.RateBasedStatement?.Limit]);
    expect(named(edge)).toEqual(named(api));
    expect(JSON.stringify(edge)).not.toContain('ForwardedIPConfig');
    expect(made.resources('AWS::WAFv2::WebACLAssociation', 'edge')).toEqual([]);
  });

  it('reach the distribution by the function that may read what that region says of them', () => {
    const made = synthesized(DISTRIBUTED);
    const [fetched] = made.resources('Custom::ParameterElsewhere', 'web');

    expect(fetched?.Properties).toMatchObject({ Region: 'us-east-1', Name: '/platform/edge/web-acl-arn' });
    const [distribution] = made.resources('AWS::CloudFront::Distribution');
    expect(distribution?.Properties?.DistributionConfig.WebACLId).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^WebAcl/), 'Value'] });
    const order = made.stacks;
    expect(order.indexOf('edge')).toBeLessThan(order.indexOf('web'));
    const ops = JSON.stringify(made.resources('AWS::IAM::Policy', 'api').find(({ Properties }) => Properties?.PolicyName === 'ops'));
    expect(ops).toContain(':ssm:us-east-1:');
    expect(ops).toContain(':parameter/platform/edge/web-acl-arn"');
  });

  it('are read without a detour where the installation is in that region', () => {
    const made = synthesized({ ...DISTRIBUTED, aws_region: 'us-east-1', load_balancer: { certificate_arn: EAST_CERTIFICATE } });

    expect(made.resources('Custom::ParameterElsewhere')).toEqual([]);
    const id = made.resources('AWS::CloudFront::Distribution')[0]?.Properties?.DistributionConfig.WebACLId as unknown;
    expect(readable(id, made.template('web'))).toBe('{/platform/edge/web-acl-arn}');
  });

  it('are left out with the API\'s own, and without a distribution', () => {
    expect(synthesized({ ...DISTRIBUTED, api: { waf: false } }).stacks).not.toContain('edge');
    expect(synthesized({ ...DISTRIBUTED, api: { waf: false } }).resources('AWS::CloudFront::Distribution')[0]?.Properties?.DistributionConfig).not.toHaveProperty('WebACLId');
    expect(synthesized().stacks).not.toContain('edge');
  });
});

describe('a licensed installation', () => {
  const licensed = synthesized(LICENSED);

  it('asks for its licence before anything that serves changes', () => {
    expect(licensed.stacks.indexOf('license')).toBeLessThan(licensed.stacks.indexOf('api'));
    expect(licensed.assembly.getStackByName('platform-api').dependencies.map(({ id }) => id)).toContain('license');
    expect(licensed.resources('Custom::License')[0]?.Properties).toMatchObject({
      Type: 'aws',
      ProductSku: 'prod-1',
      Entitlements: ['team'],
      KeyFingerprint: 'aws:294406891311:AWS/Marketplace:issuer-fingerprint',
    });
    expect(licensed.resources('AWS::Events::Rule', 'license')[0]?.Properties).toMatchObject({ ScheduleExpression: 'rate(30 minutes)' });
  });

  it('raises every alarm to the operator\'s topic', () => {
    const alarms = licensed.resources('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);

    expect(alarms.map((alarm) => (alarm?.AlarmName as string).replace('platform-', ''))).toEqual(expect.arrayContaining([
      'ApiFaults', 'ApiSlow', 'AnsweringErrors', 'AnsweringThrottles', 'DrainingRunsErrors', 'AccountConcurrency', 'QueueAge-webhooks', 'QueueAge-iot',
      'DeadLetters', 'DatabaseCapacity', 'DatabaseConnections', 'SchedulerSilent', 'BrokerRule', 'LicenseEnds', 'LicenseState', 'LicenseBuild',
    ]));
    for (const alarm of alarms) expect(alarm?.AlarmActions).toEqual([TOPIC]);
    expect(alarms.find((alarm) => alarm?.AlarmName === 'platform-SchedulerSilent')?.TreatMissingData).toBe('breaching');
    for (const alarm of alarms.filter((each) => /Database/.test(each?.AlarmName as string))) expect(alarm?.Period).toBeGreaterThanOrEqual(300);
  });

  it('has a broker of its own name, told of who comes and goes', () => {
    expect(licensed.resources('AWS::IoT::DomainConfiguration')[0]?.Properties).toMatchObject({
      DomainName: 'mqtt.example.com',
      AuthenticationType: 'AWS_X509',
      ApplicationProtocol: 'SECURE_MQTT',
    });
    expect(licensed.resources('AWS::IoT::TopicRule')).toHaveLength(2);
    expect(licensed.resources('Custom::IotEndpoint')).toHaveLength(0);
  });

  it('gives the broker\'s name a record where it has the zone, one half of it where two regions share the name', () => {
    const zone = { hosted_zone_id: ZONE };
    const records = (changes: Record<string, unknown>) => {
      const made = synthesized(changes);
      return made.resources('AWS::Route53::RecordSet').filter(({ Properties }) => Properties?.Type === 'CNAME').map(({ Properties }) => Properties);
    };
    const named = { iot_broker_endpoint: 'mqtt.example.com' };

    expect(records({ ...named, dns: zone })).toEqual([
      { HostedZoneId: ZONE, Name: 'mqtt.example.com.', Type: 'CNAME', TTL: '60', ResourceRecords: [{ 'Fn::GetAtt': [expect.any(String), 'endpointAddress'] }] },
    ]);
    const half = (changes: Record<string, unknown>) =>
      records({ ...changes, ...named }).map((record) => [record?.SetIdentifier, record?.Failover, record?.HealthCheckId]);
    expect([half(SWITCHED), half(SWITCHED_STANDBY)])
      .toEqual(['PRIMARY', 'SECONDARY'].map((half) => [['eu-west-1', half, { 'Fn::GetAtt': [expect.stringMatching(/^ActiveCheck/), 'HealthCheckId'] }]]));
    expect(records({ ...SWITCHED, ...named })[0]?.ResourceRecords).toEqual([{ Ref: expect.stringContaining('messagingiotdataendpoint') }]);
    expect([records({ dns: zone }), records(named)]).toEqual([[], []]);
  });

  it('handles as many batches at once as its drains say', () => {
    const most = Object.fromEntries(licensed.resources('AWS::Lambda::EventSourceMapping').map(({ Properties }) => [
      readable(Properties?.EventSourceArn, licensed.template('drain')).split('platform-').at(-1),
      Properties?.ScalingConfig.MaximumConcurrency,
    ]));

    expect(most).toMatchObject({ 'async-jobs': 70, iot: 70, cronjobs: 5, dlq: 2 });
  });
});

describe('an installation without a topic', () => {
  it('has a page of numbers and no alarms', () => {
    expect(synthesized().resources('AWS::CloudWatch::Alarm')).toHaveLength(0);
    expect(synthesized().resources('AWS::CloudWatch::Dashboard')).toHaveLength(1);
  });

  it('groups traces and samples requests', () => {
    expect(synthesized().resources('AWS::XRay::Group')).toHaveLength(4);
    expect(Object.fromEntries(synthesized().resources('AWS::XRay::SamplingRule').map(({ Properties }) => [
      Properties?.SamplingRule.URLPath,
      [Properties?.SamplingRule.ReservoirSize, Properties?.SamplingRule.FixedRate],
    ]))).toEqual({
      '/graphql': [1, 0.05], '/worker/v1/heartbeat': [0, 0.001], '/health*': [0, 0.001], '/webhooks*': [1, 0.2],
    });
  });
});

describe('an installation with other choices', () => {
  const otherwise = synthesized(OTHERWISE);

  it('has its prefix in every name', () => {
    expect(otherwise.assembly.stacks.every(({ stackName }) => stackName.startsWith('acme-'))).toBe(true);
    for (const { Properties } of otherwise.resources('AWS::Lambda::Function')) expect(Properties?.FunctionName).toMatch(/^acme-/);
    for (const { Properties } of otherwise.resources('AWS::SQS::Queue')) expect(Properties?.QueueName).toMatch(/^acme-/);
    for (const { Properties } of otherwise.resources('AWS::SSM::Parameter')) expect(Properties?.Name).toMatch(/^\/acme\//);
    for (const file of readdirSync(otherwise.outdir).filter((each) => each.endsWith('.template.json'))) expect([
      file,
      readFileSync(join(otherwise.outdir, file), 'utf8').includes('platform-'),
    ]).toEqual([file, false]);
  });

  it('starts stopped: no schedule, no trigger, and functions are told', () => {
    expect(otherwise.resources('AWS::Events::Rule').map(({ Properties }) => Properties?.State)).not.toContain('ENABLED');
    expect(otherwise.resources('AWS::Lambda::EventSourceMapping').map(({ Properties }) => Properties?.Enabled)).not.toContain(true);
    expect(otherwise.resources('AWS::SSM::Parameter').find(({ Properties }) => Properties?.Name === '/acme/mode')?.Properties?.Value).toBe('off');
    expect(synthesized().resources('AWS::SSM::Parameter').find(({ Properties }) => Properties?.Name === '/platform/mode')?.Properties?.Value).toBe('on');
  });

  it('traces nothing and has no firewall', () => {
    expect(types(OTHERWISE)).not.toContain('AWS::XRay::Group');
    expect(types(OTHERWISE)).not.toContain('AWS::WAFv2::WebACL');
    expect(functionOf(otherwise, 'graphql').Properties).toMatchObject({ Environment: { Variables: { OBSERVABILITY_VENDOR: 'Disabled' } } });
    expect(functionOf(otherwise, 'graphql').Properties?.TracingConfig?.Mode ?? 'PassThrough').not.toBe('Active');
  });

  it('admits the addresses and clients it was told', () => {
    expect(JSON.stringify(otherwise.resources('AWS::ApiGateway::RestApi')[0]?.Properties?.Policy)).toContain('"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8"]}');
    expect(otherwise.resources('AWS::ApiGateway::DomainName')[0]?.Properties).toMatchObject({
      SecurityPolicy: 'SecurityPolicy_TLS13_1_2_PQ_2025_09',
      EndpointAccessMode: 'STRICT',
      MutualTlsAuthentication: { TruststoreUri: 's3://authorities/ca.pem' },
    });
  });

  it('has instances of its class and may be deleted', () => {
    expect(otherwise.resources('AWS::RDS::DBInstance').map(({ Properties }) => Properties?.DBInstanceClass)).toEqual(['db.r8g.large', 'db.r8g.large']);
    expect(otherwise.resources('AWS::RDS::DBCluster')[0]?.Properties).toMatchObject({ DeletionProtection: false });
    expect(otherwise.resources('AWS::RDS::DBCluster')[0]?.Properties).not.toHaveProperty('ServerlessV2ScalingConfiguration');
  });

  it('hands its tags to the function that makes things at run time, with the right to set them', () => {
    const rights = (made: ReturnType<typeof synthesized>) =>
      JSON.stringify(made.resources('AWS::IAM::Policy', 'api').find(({ Properties }) => Properties?.PolicyName === 'iot-provisioner'));
    // The first has a sign that the service does not take, and not all have room.
    const tags = Array.from({ length: 40 }, (_, index) => ({ key: `key-${index}`, value: index === 0 ? 'a&b' : 'x'.repeat(200) }));
    const many = synthesized({ global_resource_tags: tags });
    const told = JSON.parse(functionOf(many, 'iot-provisioner').Properties?.Environment.Variables.RESOURCE_TAGS as string) as { key: string }[];

    expect(functionOf(otherwise, 'iot-provisioner').Properties?.Environment.Variables.RESOURCE_TAGS).toBe('[{"key":"team","value":"infra"}]');
    expect(rights(otherwise)).toContain('iot:TagResource');
    expect(rights(synthesized())).not.toContain('iot:TagResource');
    expect(told.map(({ key }) => key)).toEqual(Array.from({ length: 8 }, (_, index) => `key-${index + 1}`));
  });

  it('carries the tags', () => {
    const queues = otherwise.resources('AWS::SQS::Queue');
    expect(queues.every(({ Properties }) => (Properties?.Tags as { Key: string }[]).some(({ Key }) => Key === 'team'))).toBe(true);
    for (const type of ['DomainName', 'RestApi', 'Stage']) {
      const { Tags } = otherwise.resources(`AWS::ApiGateway::${type}`)[0]?.Properties ?? {};
      expect([type, Tags]).toEqual([type, expect.arrayContaining([{ Key: 'edge', Value: 'yes' }])]);
    }
  });
});
