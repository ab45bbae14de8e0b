import { CloudFormationClient, CreateStackCommand, DescribeStackResourcesCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import { LambdaClient, ListEventSourceMappingsCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { FUNCTIONS } from '../../lib/core/shared/functions.ts';
import { synthesized, type Resource, type Synthesized, type Template } from '../support/infra.ts';
import { MOTO_ACCOUNT, MOTO_REGION, awsEnvironment, startMoto, type Moto } from '../support/moto.ts';
import { needsMoto } from '../support/requirements.ts';
import { CUSTOM, VARIANTS } from '../support/variants.ts';

/** What moto makes of a template. */
const MADE = [
  'AWS::KMS::Key', 'AWS::SSM::Parameter', 'AWS::S3::Bucket', 'AWS::ECR::Repository', 'AWS::EC2::VPC', 'AWS::EC2::Subnet', 'AWS::EC2::RouteTable',
  'AWS::EC2::SubnetRouteTableAssociation', 'AWS::EC2::SecurityGroup', 'AWS::EC2::SecurityGroupIngress', 'AWS::EC2::EIP', 'AWS::EC2::InternetGateway',
  'AWS::EC2::NatGateway', 'AWS::EC2::Route', 'AWS::EC2::VPCGatewayAttachment', 'AWS::Route53::HealthCheck',
  'AWS::Route53::HostedZone',
  'AWS::RDS::DBSubnetGroup', 'AWS::SQS::Queue', 'AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::Lambda::Function', 'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Permission', 'AWS::Lambda::Version', 'AWS::Events::Rule', 'AWS::Logs::LogGroup',
];

/** What moto does not make, or not in a way that its neighbours in the template could use. A type that is in neither list fails. */
const PRUNED: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::Account': 'a role of the account',
  'AWS::ApiGateway::BasePathMapping': 'moto knows no custom domains in templates',
  'AWS::ApiGateway::BasePathMappingV2': 'moto knows no private names',
  'AWS::ApiGateway::Deployment': 'the API is served by the local cloud',
  'AWS::ApiGateway::DomainName': 'moto knows no regional names',
  'AWS::ApiGateway::DomainNameAccessAssociation': 'moto knows no private names',
  'AWS::ApiGateway::DomainNameV2': 'moto knows no private names',
  'AWS::ApiGateway::Method': 'the API is served by the local cloud',
  'AWS::ApiGateway::Resource': 'the API is served by the local cloud',
  'AWS::ApiGateway::RestApi': 'the API is served by the local cloud',
  'AWS::ApiGateway::Stage': 'the API is served by the local cloud',
  'AWS::CloudFront::Distribution': 'not made by moto from templates',
  'AWS::CloudFront::Function': 'not made by moto from templates',
  'AWS::CloudFront::OriginAccessControl': 'not made by moto from templates',
  'AWS::CloudFront::ResponseHeadersPolicy': 'not made by moto from templates',
  'AWS::CloudWatch::Alarm': 'not made by moto from templates; what each watches is read in the template',
  'AWS::CloudWatch::Dashboard': 'not made by moto from templates',
  'AWS::EC2::VPCEndpoint': 'moto tells no names of endpoints, and the network of the operator is not there',
  'AWS::IoT::DomainConfiguration': 'not made by moto from templates',
  'AWS::IoT::TopicRule': 'ignored by moto; the local cloud evaluates it',
  'AWS::KMS::Alias': 'moto makes aliases without the key of a template',
  'AWS::KMS::ReplicaKey': 'not made by moto from templates',
  'AWS::Lambda::Alias': 'moto makes no aliases of versions from templates',
  'AWS::Lambda::LayerVersion': 'layers need their archives',
  'AWS::RDS::DBCluster': 'ignored by moto',
  'AWS::RDS::DBClusterParameterGroup': 'ignored by moto',
  'AWS::RDS::DBInstance': 'fails in moto',
  'AWS::RDS::EventSubscription': 'not made by moto from templates',
  'AWS::Route53::RecordSet': 'most stand in a zone of the operator, which is not there',
  'AWS::S3::BucketPolicy': 'ignored by moto',
  'AWS::SQS::QueuePolicy': 'ignored by moto',
  'AWS::SecretsManager::RotationSchedule': 'ignored by moto',
  'AWS::SecretsManager::Secret': 'ignored by moto',
  'AWS::WAFv2::WebACL': 'not made by moto from templates',
  'AWS::WAFv2::WebACLAssociation': 'not made by moto from templates',
  'AWS::XRay::Group': 'not made by moto from templates',
  'AWS::XRay::SamplingRule': 'not made by moto from templates',
  'Custom::IotEndpoint': 'moto calls no functions',
  'Custom::License': 'moto calls no functions',
  'Custom::Migrations': 'moto calls no functions',
  'Custom::ParameterElsewhere': 'moto calls no functions',
  'Custom::Replication': 'moto calls no functions',
};

const KINDS: Readonly<Record<string, Record<string, unknown>>> = { BASE: {}, ...VARIANTS };

/** Answers for attributes of what was pruned. */
const instead = (id: string): string => `arn:aws:pruned:${MOTO_REGION}:${MOTO_ACCOUNT}:${id}`;

/** References to what was pruned become texts; those to an alias lead to its function. */
function withoutReferences(value: unknown, pruned: ReadonlyMap<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutReferences(each, pruned));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref: ref, 'Fn::GetAtt': attribute } = value as { readonly Ref?: string; readonly 'Fn::GetAtt'?: readonly string[] };
  if (ref !== undefined && pruned.has(ref)) return pruned.get(ref);
  const [id = '', name] = attribute ?? [];
  if (pruned.has(id)) return name === 'DnsEntries' ? [instead(id)] : instead(id);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutReferences(each, pruned)]));
}

/** Code that is there without an archive, and no layers; functions instead of their aliases; no tags, which moto falls over where all have some. */
function adapted(resource: Resource): Resource {
  const { Layers: _layers, Tags: _tags, ...properties } = resource.Properties ?? {};
  if (resource.Type === 'AWS::Lambda::Function') return { ...resource, Properties: { ...properties, Code: { ZipFile: 'export const handler = () => {};' } } };
  if (resource.Type !== 'AWS::Lambda::Permission') return { ...resource, Properties: properties };
  const FunctionName = JSON.parse(JSON.stringify(properties.FunctionName).replace(/:live"/, '"')) as unknown;
  return { ...resource, Properties: { ...properties, FunctionName } };
}

/** A copy of a template with what moto can make. */
function prunedCopy(template: Template, partition: string): object {
  // moto says the same partition in every region, but names its things by their own.
  const pruned = new Map<string, unknown>([['AWS::Partition', partition], ...Object.entries(template.Resources).filter(([, { Type }]) => Type in PRUNED)
    .map(([id, { Type, Properties }]) => [id, Type === 'AWS::Lambda::Alias' ? (Properties?.FunctionName as unknown) : instead(id)] as const)]);
  const kept = Object.entries(template.Resources).filter(([id]) => !pruned.has(id)).map(([id, resource]) => {
    const { DependsOn = [], ...rest } = adapted(resource);
    const needs = [DependsOn].flat().filter((each) => !pruned.has(each));
    return [id, { ...rest, Properties: withoutReferences(rest.Properties, pruned), ...(needs.length > 0 ? { DependsOn: needs } : {}) }];
  });
  const { BootstrapVersion: _, ...parameters } = template.Parameters ?? {};
  return { Parameters: parameters, Resources: Object.fromEntries(kept) };
}

/** Makes the stacks one after another, and looks whether everything of them that moto makes is there. */
async function deploy(client: CloudFormationClient, made: Synthesized, given: (template: string) => string = (template) => template): Promise<void> {
  const { prefix, partition } = made.read.config;
  for (const stack of made.stacks) {
    const copy = prunedCopy(made.template(stack), partition) as Template;
    if (Object.keys(copy.Resources).length === 0) continue;
    const StackName = `${prefix}-${stack}`;
    await client.send(new CreateStackCommand({ StackName, TemplateBody: given(JSON.stringify(copy)), Capabilities: ['CAPABILITY_NAMED_IAM'] }));
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
    expect([stack, Stacks?.[0]?.StackStatus]).toEqual([stack, 'CREATE_COMPLETE']);
    const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName }));
    expect([stack, StackResources.length]).toEqual([stack, Object.keys(copy.Resources).length]);
  }
}

/** Makes subnets in the place of those that a configuration names. */
async function withTheirSubnets(
  settings: { readonly endpoint: string; readonly region: string },
  named: readonly string[],
): Promise<(template: string) => string> {
  const ec2 = new EC2Client(settings);
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  const made = await Promise.all(named.map(async (name, index) => {
    const place = { VpcId: Vpc?.VpcId, CidrBlock: `10.0.${index}.0/24`, AvailabilityZone: `${settings.region}${'ab'[index]}` };
    const { Subnet } = await ec2.send(new CreateSubnetCommand(place));
    return [name, Subnet?.SubnetId ?? ''] as const;
  }));
  ec2.destroy();
  return (template) => made.reduce((text, [name, id]) => text.replaceAll(name, id), template);
}

describe('the templates of an installation', needsMoto, () => {
  const made = synthesized();
  let moto: Moto;
  let client: CloudFormationClient;
  const settings = () => ({
    endpoint: moto.url,
    region: MOTO_REGION,
    credentials: { accessKeyId: awsEnvironment(moto.url).AWS_ACCESS_KEY_ID ?? '', secretAccessKey: 'test' },
  });

  before(async () => {
    moto = await startMoto();
    client = new CloudFormationClient(settings());
  });
  after(() => moto.stop());

  it('deploy in their order, each reading what those before it published', () => deploy(client, made));

  it('leave every queue, bucket, function and trigger behind', async () => {
    const [queues, buckets, functions, mappings] = await Promise.all([
      new SQSClient(settings()).send(new ListQueuesCommand({})),
      new S3Client({ ...settings(), forcePathStyle: true }).send(new ListBucketsCommand({})),
      new LambdaClient(settings()).send(new ListFunctionsCommand({ MaxItems: 100 })),
      new LambdaClient(settings()).send(new ListEventSourceMappingsCommand({ MaxItems: 100 })),
    ]);

    expect(queues.QueueUrls).toHaveLength(9);
    expect(buckets.Buckets?.map(({ Name }) => Name)).toContain(made.read.config.prefix + `-states-${MOTO_ACCOUNT}-cdbadf`);
    expect(buckets.Buckets).toHaveLength(14);
    const wanted = Object.keys(FUNCTIONS).filter((name) => name !== 'license').map((name) => `platform-${name}`);
    expect(functions.Functions?.map(({ FunctionName }) => FunctionName)).toEqual(expect.arrayContaining(wanted));
    expect(mappings.EventSourceMappings).toHaveLength(9);
  });

  it('give functions the real names of what they use', async () => {
    const { Functions = [] } = await new LambdaClient(settings()).send(new ListFunctionsCommand({ MaxItems: 100 }));
    const environment = Functions.find(({ FunctionName }) => FunctionName === 'platform-graphql')?.Environment?.Variables;

    expect(environment?.MESSAGE_QUEUE_SQS_ASYNC_FIFO_URL).toMatch(/^http.*platform-async-jobs\.fifo$/);
    expect(environment?.OBJECT_STORAGE_BUCKET_RUN_LOGS).toBe(`platform-run-logs-${MOTO_ACCOUNT}-cdbadf`);
    expect(environment?.ENCRYPTION_KMS_SIGNING_KEY_ID).toMatch(/^arn:aws:kms:/);
    expect(environment?.AWS_ACCOUNT_ID).toBe(MOTO_ACCOUNT);
    expect(environment?.DATABASE_SECRET_ARN).toBe(instead('Secretdatabaseapi'));
  });

  it('leave the mode where functions look for it', async () => {
    const { Parameter } = await new SSMClient(settings()).send(new GetParameterCommand({ Name: '/platform/mode' }));

    expect(Parameter?.Value).toBe('on');
  });
});

describe('the templates of every kind of installation', needsMoto, () => {
  let moto: Moto;
  before(async () => {
    moto = await startMoto();
  });
  after(() => moto.stop());

  it('hold no type that is neither made nor pruned by name, and no name is of a type that none holds', () => {
    const types = Object.values(KINDS).flatMap((changes) => synthesized(changes).all().map(({ Type }) => Type));

    expect([...new Set(types)].sort()).toEqual([...MADE, ...Object.keys(PRUNED)].sort());
  });

  for (const [kind, changes] of Object.entries(KINDS)) {
    it(`deploy in their order: ${kind.toLowerCase()}`, async () => {
      const made = synthesized(changes);
      await moto.reset();
      const { AWS_ACCESS_KEY_ID: accessKeyId = '' } = awsEnvironment(moto.url);
      const settings = { endpoint: moto.url, region: made.read.config.region, maxAttempts: 1, credentials: { accessKeyId, secretAccessKey: 'test' } };
      const client = new CloudFormationClient(settings);
      try {
        await deploy(client, made, kind === 'CUSTOM' ? await withTheirSubnets(settings, CUSTOM.vpc_config.private_subnet_ids.split(',')) : undefined);
      } finally {
        client.destroy();
      }
    });
  }
});
