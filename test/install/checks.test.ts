import { after, before, describe, it } from 'node:test';
import { ImportCertificateCommand } from '@aws-sdk/client-acm';
import { CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { AllocateAddressCommand, AuthorizeSecurityGroupIngressCommand, CreateSecurityGroupCommand, CreateSubnetCommand, CreateVpcCommand } from '@aws-sdk/client-ec2';
import { CreateTopicRuleCommand } from '@aws-sdk/client-iot';
import { CreateDBClusterCommand } from '@aws-sdk/client-rds';
import { CreateSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { expect } from 'expect';
import { covers } from '../../lib/install/checks/certificate.ts';
import { runChecks } from '../../lib/install/checks/run-checks.ts';
import { stopBetween } from '../../lib/install/checks/version-step.ts';
import { readConfigText } from '../../lib/install/read-config.ts';
import { awsClients } from '../../lib/install/aws/clients.ts';
import { writeParameter } from '../../lib/install/aws/parameters.ts';
import { awsProxy, jsonAnswer, type AwsProxy } from '../support/aws-proxy.ts';
import { testInstallation, type TestInstallation } from '../support/installation.ts';
import { serverCertificate } from '../support/server-certificate.ts';
import { needsMoto } from '../support/requirements.ts';

describe('the checks before an installation', needsMoto, () => {
  let place: TestInstallation;
  let proxy: AwsProxy;
  let concurrency = 1000;
  const answering = new Set<string>();
  before(async () => {
    place = await testInstallation();
    // moto does not know the account's limits.
    proxy = await awsProxy({
      upstream: place.url,
      intercept: (call, next) => (call.path.includes('/account-settings') ? Promise.resolve(jsonAnswer(200, { AccountLimit: { ConcurrentExecutions: concurrency } })) : next(call)),
    });
  });
  after(async () => {
    await proxy.close();
    await place.close();
  });

  async function found(check: string, config: Readonly<Record<string, unknown>> = {}): Promise<readonly string[]> {
    const read = readConfigText(JSON.stringify({ ...place.configuration, ...config }));
    if ('faults' in read) throw new Error(read.faults.join('\n'));
    const aws = awsClients('eu-west-1', { endpoint: proxy.url });
    const probe = async (host: string) => (answering.has(host) ? { address: '192.0.2.1' } : { fault: 'ENOTFOUND' });
    try {
      const findings = await runChecks({
        aws, config: read.config, accountId: '123456789012', version: '6.0.0', configFile: 'production.json', probe,
        elsewhere: (region) => awsClients(region, { endpoint: place.url }),
      });
      return findings.filter((finding) => finding.check === check).map(({ level, text }) => `${level}: ${text}`);
    } finally {
      aws.close();
    }
  }

  it('let a certificate cover a name by itself or by the wildcard of one label', () => {
    expect(covers('Windlass.example.com', 'windlass.example.com')).toBe(true);
    expect(covers('*.example.com', 'windlass.example.com')).toBe(true);
    expect(covers('*.example.com', 'a.b.example.com')).toBe(false);
    expect(covers('*.example.com', 'example.com')).toBe(false);
  });

  it('name the version that an upgrade must stop at', () => {
    expect(stopBetween('6.0.0', '8.0.0', ['9.0.0', '7.2.0', '7.0.0'])).toBe('7.0.0');
    expect(stopBetween('7.0.0', '7.2.0', ['7.0.0', '7.2.0'])).toBeUndefined();
  });

  it('warn of an account that may run few functions at once', async () => {
    expect(await found('concurrency')).toEqual(['ok: 1000 functions at once']);
    concurrency = 10;
    expect(await found('concurrency')).toEqual([expect.stringMatching(/^warning: the account may run 10 functions at once/)]);
  });

  it('want the CDK in the region of a distribution\'s rules as well', async () => {
    const web = { mode: 'cloudfront', certificate_arn: 'arn:aws:acm:us-east-1:123456789012:certificate/1' };
    expect(await found('bootstrap')).toEqual(['ok: version 28']);
    expect(await found('bootstrap', { web })).toEqual(['ok: version 28', 'failed: the CDK is not bootstrapped in us-east-1; run: npx cdk bootstrap aws://123456789012/us-east-1']);
    expect(await found('bootstrap', { web, api: { waf: false } })).toEqual(['ok: version 28']);

    const edge = awsClients('us-east-1', { endpoint: place.url });
    await writeParameter(edge, '/cdk-bootstrap/hnb659fds/version', '21');
    edge.close();
    expect(await found('bootstrap', { web })).toEqual(['ok: version 28', 'ok: version 21']);
  });

  it('look at every certificate of the file, where it is and with the name that it is used for', async () => {
    const imported = async (region: string, hostname: string) => {
      const { cert, key } = await serverCertificate(hostname);
      const aws = awsClients(region, { endpoint: proxy.url });
      const { CertificateArn } = await aws.acm.send(new ImportCertificateCommand({ Certificate: Buffer.from(cert), PrivateKey: Buffer.from(key) }));
      aws.close();
      return CertificateArn;
    };
    const own = { load_balancer: { certificate_arn: await imported('eu-west-1', 'origin.windlass.example.com') } };
    const web = { mode: 'cloudfront', certificate_arn: await imported('us-east-1', 'windlass.example.com') };
    const broker = { iot_broker_endpoint: 'mqtt.example.com', dns: { iot_certificate_arn: await imported('eu-west-1', 'mqtt.example.com') } };

    expect(await found('certificate')).toEqual(['ok: issued, covers windlass.example.com']);
    expect(await found('certificate', { web })).toEqual([
      'failed: load_balancer.certificate_arn: does not cover origin.windlass.example.com, only windlass under test, windlass.example.com',
      'ok: issued, covers windlass.example.com',
    ]);
    expect(await found('certificate', { ...own, ...broker, web })).toEqual([
      'ok: issued, covers origin.windlass.example.com', 'ok: issued, covers windlass.example.com', 'ok: issued, covers mqtt.example.com',
    ]);
    const strange = { mode: 'cloudfront', certificate_arn: 'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555' };
    expect(await found('certificate', { ...own, web: strange, ...broker, iot_broker_endpoint: 'broker.example.com' })).toEqual([
      'ok: issued, covers origin.windlass.example.com',
      'failed: web.certificate_arn: cannot be read (ResourceNotFoundException)',
      'failed: dns.iot_certificate_arn: does not cover broker.example.com, only windlass under test, mqtt.example.com',
    ]);
  });

  it('want the region to offer what is installed, and say what to do without', async () => {
    const there = (aws_region: string) => ({ aws_region, load_balancer: { certificate_arn: `arn:aws:acm:${aws_region}:123456789012:certificate/1` } });

    expect(await found('services')).toEqual(['ok: eu-west-1 offers all 17 that are used']);
    expect(await found('services', there('af-south-1'))).toEqual([
      'failed: af-south-1 does not offer iot: nothing replaces it',
      'failed: af-south-1 does not offer rds-data: set database.access to direct, and functions stand in a network',
    ]);
    expect(await found('services', { ...there('eu-north-1'), database: { access: 'direct' } })).toEqual(['ok: eu-north-1 offers all 16 that are used']);
    answering.add('rds-data.eu-north-1.amazonaws.com');
    expect(await found('services', there('eu-north-1'))).toEqual(['ok: eu-north-1 offers all 17 that are used']);
    expect(await found('services', there('eu-nowhere-9'))).toEqual(['warning: the partition does not tell what eu-nowhere-9 offers']);
  });

  it('want the alarm topic to admit alarms and events of the database, as the policy does that a topic begins with', async () => {
    const { TopicArn } = await place.aws.sns.send(new CreateTopicCommand({ Name: 'alerts' }));
    const alerting = { sns_topic_arn: TopicArn };
    expect(await found('alerting', { alerting })).toEqual(['ok: the topic admits alarms']);
    const policy = (...statements: readonly object[]) => place.aws.sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue: JSON.stringify({ Version: '2012-10-17', Statement: statements }) }));
    await policy({ Effect: 'Deny', Principal: { Service: 'cloudwatch.amazonaws.com' }, Action: 'SNS:Publish', Resource: TopicArn }, { Effect: 'Allow', Principal: { Service: ['s3.amazonaws.com'] }, Action: '*', Resource: TopicArn });
    expect(await found('alerting', { alerting })).toEqual([expect.stringMatching(/^failed: .*does not let cloudwatch\.amazonaws\.com and events\.rds\.amazonaws\.com publish/)]);
    const owned = (account: string) => ({ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'SNS:Pub*', Resource: TopicArn, Condition: { StringEquals: { 'AWS:SourceOwner': account } } });
    await policy(owned('999999999999'));
    expect(await found('alerting', { alerting })).toEqual([expect.stringMatching(/^failed: /)]);
    await policy(owned('123456789012'), { Effect: 'Deny', Principal: { Service: 'events.rds.amazonaws.com' }, Action: 'sns:*', Resource: TopicArn });
    expect(await found('alerting', { alerting })).toEqual([expect.stringMatching(/^failed: .*does not let events\.rds\.amazonaws\.com publish/)]);
    await policy({ Effect: 'Allow', Principal: { Service: ['s3.amazonaws.com', 'cloudwatch.amazonaws.com'] }, Action: ['SNS:Publish'], Resource: TopicArn });
    expect(await found('alerting', { alerting })).toEqual([expect.stringMatching(/^failed: .*does not let events\.rds\.amazonaws\.com publish/)]);
    const external = { connection_string_ssm_arn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:x', connection_string_ssm_kms_arn: 'arn:aws:kms:eu-west-1:123456789012:key/1' };
    expect(await found('alerting', { alerting, database: external })).toEqual(['ok: the topic admits alarms']);
    await policy({ Effect: 'Allow', Principal: { Service: ['events.rds.amazonaws.com', 'cloudwatch.amazonaws.com'] }, Action: ['SNS:Publish'], Resource: TopicArn });
    expect(await found('alerting', { alerting })).toEqual(['ok: the topic admits alarms']);
    expect(await found('alerting')).toEqual([]);
  });

  it('tell who signs in by password, or that nobody does', async () => {
    const admin = { username: 'root', password: 'canary' };
    const store = (value: string) => place.aws.secrets.send(new PutSecretValueCommand({ SecretId: 'platform/admin', SecretString: value }));
    expect(await found('administrator')).toEqual([expect.stringMatching(/^warning: nobody signs in by password/)]);
    expect(await found('administrator', { admin })).toEqual(['ok: root, whose password the installation stores']);

    await place.aws.secrets.send(new CreateSecretCommand({ Name: 'platform/admin', SecretString: '{}' }));
    for (const [value, words] of [['{}', 'has no values'], ['canary', 'has no values'], ['{"username":"root"}', 'has no values'], ['{"username":"ada","password":"canary"}', 'is of ada']] as const) {
      await store(value);
      expect(await found('administrator', { admin })).toEqual([`warning: the secret platform/admin ${words}, and the file names root: installing writes it`]);
    }
    await store(JSON.stringify(admin));
    expect(await found('administrator', { admin })).toEqual(['ok: root']);
  });

  it('want the operator\'s database secret to hold an address, and tell nobody which', async () => {
    const { ARN } = await place.aws.secrets.send(new CreateSecretCommand({ Name: 'db', SecretString: '{"DATABASE_URL":"mysql://canary"}' }));
    const database = { connection_string_ssm_arn: ARN, connection_string_ssm_kms_arn: 'arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555' };
    const refused = await found('database secret', { database });
    expect(refused).toEqual([expect.stringMatching(/^failed: .*no document with a DATABASE_URL/)]);
    expect(refused.join()).not.toContain('canary');
    await place.aws.secrets.send(new PutSecretValueCommand({ SecretId: ARN, SecretString: '{"DATABASE_URL":"postgres://u:canary@h/d"}' }));
    expect(await found('database secret', { database })).toEqual(['ok: holds DATABASE_URL']);
  });

  it('want the operator\'s subnets and groups to be there, in their network, in two zones', async () => {
    const network = async (CidrBlock: string) => (await place.aws.ec2.send(new CreateVpcCommand({ CidrBlock }))).Vpc?.VpcId ?? '';
    const subnet = async (VpcId: string, CidrBlock: string, AvailabilityZone: string) => (await place.aws.ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone }))).Subnet?.SubnetId ?? '';
    const [vpc, other] = [await network('10.0.0.0/16'), await network('10.1.0.0/16')];
    const [a, b, c, foreign] = [await subnet(vpc, '10.0.0.0/24', 'eu-west-1a'), await subnet(vpc, '10.0.1.0/24', 'eu-west-1b'), await subnet(vpc, '10.0.2.0/24', 'eu-west-1a'), await subnet(other, '10.1.0.0/24', 'eu-west-1b')];
    const { GroupId: group } = await place.aws.ec2.send(new CreateSecurityGroupCommand({ GroupName: 'g', Description: 'g', VpcId: vpc }));
    const groups = Object.fromEntries(['server', 'drain', 'installation_task', 'database'].map((name) => [`${name}_security_group_id`, group]));
    const given = (subnets: readonly string[], more: object = {}) => ({ vpc_config: { use_custom_vpc: true, vpc_id: vpc, private_subnet_ids: subnets.join(','), availability_zones: 'eu-west-1a,eu-west-1b', ...groups, ...more } });

    const shut = `vpc_config.database_security_group_id: does not admit 5432 from ${group}`;
    const direct = { database: { access: 'direct' } };
    const admit = (FromPort: number, source: object) =>
      place.aws.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: group, IpPermissions: [{ IpProtocol: 'tcp', FromPort, ToPort: FromPort, ...source }] }));
    expect(await found('network', given([a, b]))).toEqual([`warning: ${shut}`]);
    await admit(443, { UserIdGroupPairs: [{ GroupId: group }] });
    expect(await found('network', { ...given([a, b]), ...direct })).toEqual([`failed: ${shut}`]);
    await admit(5432, { UserIdGroupPairs: [{ GroupId: group }] });
    expect(await found('network', { ...given([a, b]), ...direct })).toEqual(['ok: 2 subnets in 2 zones']);
    const { GroupId: open } = await place.aws.ec2.send(new CreateSecurityGroupCommand({ GroupName: 'by addresses', Description: 'g', VpcId: vpc }));
    const byAddresses = { ...given([a, b], { database_security_group_id: open }), ...direct };
    expect(await found('network', byAddresses)).toEqual([`failed: ${shut}`]);
    await place.aws.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: open, IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '10.0.0.0/16' }] }] }));
    expect(await found('network', byAddresses)).toEqual(['ok: 2 subnets in 2 zones']);
    expect(await found('network', given([a, c]))).toEqual([
      'failed: vpc_config.private_subnet_ids: all lie in one zone, and two are needed', 'failed: vpc_config.availability_zones: no subnet lies in eu-west-1b',
    ]);
    expect(await found('network', given([a, b], { availability_zones: 'eu-west-1a,eu-west-1c' }))).toEqual([
      'failed: vpc_config.availability_zones: subnets lie in eu-west-1b as well', 'failed: vpc_config.availability_zones: no subnet lies in eu-west-1c',
    ]);
    const [small, smaller] = [await subnet(vpc, '10.0.3.0/28', 'eu-west-1a'), await subnet(vpc, '10.0.3.16/28', 'eu-west-1b')];
    expect(await found('network', given([small, smaller]))).toEqual(['ok: 2 subnets in 2 zones']);
    expect(await found('network', given([a, foreign]))).toEqual([`failed: vpc_config: ${foreign} is not in ${vpc}`]);
    expect(await found('network', given([a, 'subnet-00000000000000000']))).toEqual(['failed: vpc_config: a subnet of the file does not exist']);
    expect(await found('network', given([a, b], { database_security_group_id: 'sg-00000000000000000' }))).toEqual(['failed: vpc_config: a security group of the file does not exist']);
  });

  it('want the topics of the installation to be taken by no other one', async () => {
    const rule = (ruleName: string, topic: string) =>
      place.aws.iot.send(new CreateTopicRuleCommand({ ruleName, topicRulePayload: { sql: `SELECT * FROM '${topic}'`, actions: [] } }));
    await rule('platform', 'platform/writeonly/#');
    await rule('everything', '#');
    await rule('platform2', 'platform2/writeonly/#');
    expect(await found('namespace')).toEqual(['ok: platform is this installation\'s alone']);

    await rule('older_installation', 'platform/writeonly/#');
    expect(await found('namespace')).toEqual([expect.stringMatching(/^failed: the topics platform\/… are taken by another rule as well \(older_installation\)/)]);
    expect(await found('namespace', { name_prefix: 'platform2' })).toEqual(['ok: platform2 is this installation\'s alone']);
  });

  it('count free Elastic IPs only where gateways are wanted', async () => {
    expect(await found('elastic IPs')).toEqual([]);
    const managed = { database: { access: 'direct' } };
    expect(await found('elastic IPs', managed)).toEqual([expect.stringMatching(/^ok: \d+ free/)]);
    for (let count = 0; count < 3; count++) await place.aws.ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    expect(await found('elastic IPs', managed)).toEqual(['failed: 3 free Elastic IPs are needed, and 2 of 5 are free']);

    const Resources = Object.fromEntries(['One', 'Two'].map((id) => [id, { Type: 'AWS::EC2::EIP', Properties: { Domain: 'vpc' } }]));
    await place.aws.cloudFormation.send(new CreateStackCommand({ StackName: 'platform-network', TemplateBody: JSON.stringify({ Resources }) }));
    expect(await found('elastic IPs', managed)).toEqual(['ok: the network has its 2 already']);
  });

  describe('of the database version', () => {
    let name_prefix = 'platform';
    let installations = 0;
    const wants = (postgres_engine_version: string, more: Readonly<Record<string, unknown>> = {}) =>
      found('database version', { name_prefix, database: { postgres_engine_version }, ...more });
    /** An installation of its own, stopped, with a database of that version. */
    async function has(EngineVersion: string): Promise<void> {
      name_prefix = `i${++installations}`;
      const user = { MasterUsername: 'root', MasterUserPassword: 'password1234' };
      const cluster = { DBClusterIdentifier: `${name_prefix}-database`, Engine: 'aurora-postgresql', EngineVersion, ...user };
      await place.aws.rds.send(new CreateDBClusterCommand(cluster));
      await writeParameter(place.aws, `/${name_prefix}/mode`, 'off');
    }

    it('lets a new one be of any version that the region offers', async () => {
      expect(await wants('16.11')).toEqual(['ok: 16.11']);
      expect(await wants('16.9')).toEqual(['failed: database.postgres_engine_version: eu-west-1 does not offer 16.9; of 16 it offers 16.8, 16.11']);
      expect(await wants('15.9')).toEqual([expect.stringContaining('does not offer 15.9; of 15 it offers 15.12, 15.13')]);
    });

    it('takes one that is there a major version further, to a version that the service names', async () => {
      await has('15.12');
      expect(await wants('15.12')).toEqual(['ok: 15.12']);
      expect(await wants('16.11')).toEqual([
        'ok: 15.12 to 16.11, at once; start the services afterwards, by bin/start-stop-services -e true -c production.json',
      ]);
      expect(await wants('16.9')).toEqual([
        expect.stringMatching(/^failed: .*does not take 15.12 to 16.9; of 16 it offers 16.8, 16.11; .*a later 15 first \(15.13\)/),
      ]);
    });

    it('refuses two major versions at once though the service would take it, and names the ones between', async () => {
      await has('14.17');
      expect(await wants('16.11')).toEqual([
        expect.stringMatching(/^failed: .*14.17 goes to 16.11 by one major version a time: install one of 15.12, 15.13 first/),
      ]);
    });

    it('refuses to go back', async () => {
      await has('16.11');
      expect(await wants('16.8')).toEqual([
        'failed: database.postgres_engine_version: 16.11 cannot go back to 16.8: set postgres_engine_version to 16.11, or restore a snapshot',
      ]);
      expect(await wants('15.13')).toEqual([expect.stringMatching(/^failed: .*16.11 cannot go back to 15.13/)]);
    });

    it('asks from a version that is offered no more', async () => {
      await has('15.4');
      expect(await wants('16.11')).toEqual([expect.stringMatching(/^failed: .*does not take 15.4 to 16.11; of 16 it offers none; .*\(15.12, 15.13\)/)]);
      expect(await wants('15.12')).toEqual([expect.stringMatching(/^ok: 15.4 to 15.12/)]);
    });

    it('refuses while the services are on, and says how they are stopped', async () => {
      await has('15.12');
      await writeParameter(place.aws, `/${name_prefix}/mode`, 'on');
      expect(await wants('16.11')).toEqual([
        expect.stringMatching(/^failed: 15.12 to 16.11 .*: stop the services first, by bin\/start-stop-services -e false -c production.json$/),
      ]);
      expect(await wants('15.12')).toEqual(['ok: 15.12']);
    });

    it('leaves a database of two regions to the command for both, and one of the operator\'s to the operator', async () => {
      await has('15.12');
      const disaster_recovery = { replica_region: 'eu-central-1', global_cluster_identifier: 'platform-global' };
      expect(await wants('16.11', { disaster_recovery })).toEqual([
        expect.stringMatching(/^failed: .*modify-global-cluster --global-cluster-identifier platform-global --engine-version 16.11/),
      ]);
      const external = {
        connection_string_ssm_arn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf',
        connection_string_ssm_kms_arn: 'arn:aws:kms:eu-west-1:123456789012:key/1',
      };
      expect(await found('database version', { database: external })).toEqual([]);
    });

    it('ends an installation before it changes anything', async () => {
      await has('14.17');
      const outcome = await place.run('install', ['--yes'], { config: { name_prefix } });
      const words = 'FAILED  database version: database.postgres_engine_version: 14.17 goes to 16.11';
      expect(outcome).toMatchObject({ code: 5, said: expect.stringContaining(words) });
      expect(await place.deployments()).toEqual([]);
    });
  });
});
