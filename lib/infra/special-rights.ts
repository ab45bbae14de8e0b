import { Aws } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { hasEdgeAcl } from '../install/config.ts';
import { EDGE_REGION } from '../install/names.ts';
import { TICK_NAMES } from '../core/shared/ticks.ts';
import type { Special } from './function-rights.ts';
import type { PlatformStack } from './platform-stack.ts';
import { copiedBuckets } from './replication.ts';
import { runTimeTags } from './run-time-tags.ts';

type StatementsOf = (stack: PlatformStack) => readonly PolicyStatement[];

const iot = (region: string, resource: string): string => `arn:${Aws.PARTITION}:iot:${region}:${Aws.ACCOUNT_ID}:${resource}`;

/** This region, and the other one where certificates are valid as well. */
const regionsOf = (stack: PlatformStack): readonly string[] => [
  Aws.REGION,
  ...(stack.config.disasterRecovery === null ? [] : [stack.config.disasterRecovery.replicaRegion]),
];

/** Certificates have ids of the service; policies are ours by their names. */
const certificates: StatementsOf = (stack) => {
  const regions = regionsOf(stack);
  const certificate = regions.map((region) => iot(region, 'cert/*'));
  const policy = regions.map((region) => iot(region, `policy/${stack.config.prefix}-*`));
  return [
    new PolicyStatement({
      sid: 'IssueCertificates',
      actions: ['iot:CreateCertificateFromCsr', 'iot:RegisterCertificateWithoutCA', 'iot:ListCertificates', 'iot:ListPolicies', 'iot:DescribeEndpoint'],
      // None of these calls names a resource.
      resources: ['*'],
    }),
    new PolicyStatement({
      sid: 'ManageCertificates',
      actions: [
        'iot:DescribeCertificate',
        'iot:UpdateCertificate',
        'iot:DeleteCertificate',
        'iot:AttachPolicy',
        'iot:DetachPolicy',
        'iot:ListAttachedPolicies',
      ],
      resources: certificate,
    }),
    new PolicyStatement({
      sid: 'ManagePolicies',
      actions: [
        'iot:CreatePolicy',
        'iot:GetPolicy',
        'iot:DeletePolicy',
        'iot:ListTargetsForPolicy',
        'iot:CreatePolicyVersion',
        'iot:ListPolicyVersions',
        'iot:DeletePolicyVersion',
        ...(runTimeTags(stack.config.tags).length > 0 ? ['iot:TagResource'] : []),
      ],
      resources: policy,
    }),
  ];
};

const SPECIAL: Readonly<Record<Special, StatementsOf>> = {
  // Roles of users' accounts, which trust this one under an id that only the product sends.
  'assume-roles': () => [
    new PolicyStatement({
      sid: 'CloudIntegrations',
      actions: ['sts:AssumeRole', 'sts:TagSession'],
      resources: [`arn:${Aws.PARTITION}:iam::*:role/*`],
      conditions: { Null: { 'sts:ExternalId': 'false' } },
    }),
  ],
  publish: (stack) => [
    new PolicyStatement({ sid: 'TellWorkers', actions: ['iot:Publish'], resources: [iot(Aws.REGION, `topic/${stack.names.iotNamespace}/readonly/*`)] }),
    new PolicyStatement({ sid: 'Disconnect', actions: ['iot:DeleteConnection'], resources: [iot(Aws.REGION, 'client/*')] }),
  ],
  certificates,
  'license-manager': () => [
    new PolicyStatement({
      sid: 'License',
      actions: [
        'license-manager:ListReceivedLicenses',
        'license-manager:CheckoutLicense',
        'license-manager:ExtendLicenseConsumption',
        'license-manager:CheckInLicense',
      ],
      // The service knows no resources for these.
      resources: ['*'],
    }),
  ],
  metrics: (stack) => [
    new PolicyStatement({
      sid: 'Metrics',
      actions: ['cloudwatch:PutMetricData'],
      resources: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': metricNamespace(stack.config.prefix) } },
    }),
  ],
  // Only where another region may take over.
  'give-way': (stack) => {
    const parameter = (name: string): string => `arn:${Aws.PARTITION}:ssm:${Aws.REGION}:${Aws.ACCOUNT_ID}:parameter/${stack.config.prefix}/${name}`;
    return stack.config.disasterRecovery === null ? [] : [
      new PolicyStatement({ sid: 'OwnEpoch', actions: ['ssm:GetParameter'], resources: [parameter('epoch')] }),
      new PolicyStatement({ sid: 'GiveWay', actions: ['ssm:PutParameter'], resources: [parameter('mode'), parameter('active')] }),
      new PolicyStatement({
        sid: 'StopSchedules',
        actions: ['events:DisableRule'],
        resources: TICK_NAMES.map((name) => `arn:${Aws.PARTITION}:events:${Aws.REGION}:${Aws.ACCOUNT_ID}:rule/${stack.config.prefix}-${name}`),
      }),
      // Triggers have ids of the service, and are told apart by the function that they start.
      new PolicyStatement({ sid: 'FindTriggers', actions: ['lambda:ListEventSourceMappings'], resources: ['*'] }),
      new PolicyStatement({
        sid: 'StopTriggers',
        actions: ['lambda:UpdateEventSourceMapping'],
        resources: [`arn:${Aws.PARTITION}:lambda:${Aws.REGION}:${Aws.ACCOUNT_ID}:event-source-mapping:*`],
        conditions: { ArnLike: { 'lambda:FunctionArn': `arn:${Aws.PARTITION}:lambda:${Aws.REGION}:${Aws.ACCOUNT_ID}:function:${stack.config.prefix}-*` } },
      }),
    ];
  },
  // Both only where objects are copied to a second region.
  'set-replication': (stack) => {
    const copied = copiedBuckets(stack.config, stack.names);
    return copied.length === 0 ? [] : [
      new PolicyStatement({
        sid: 'SetReplication',
        actions: ['s3:PutReplicationConfiguration', 's3:GetReplicationConfiguration'],
        resources: copied.map(({ bucket }) => stack.names.bucketArn(bucket)),
      }),
      new PolicyStatement({
        sid: 'HandOverReplicationRole',
        actions: ['iam:PassRole'],
        resources: [`arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/${stack.names.replicationRole}`],
        conditions: { StringEquals: { 'iam:PassedToService': 's3.amazonaws.com' } },
      }),
    ];
  },
  // Only with a distribution whose rules are in another region.
  'edge-parameters': (stack) => !hasEdgeAcl(stack.config) || stack.config.region === EDGE_REGION ? [] : [
    new PolicyStatement({
      sid: 'EdgeParameters',
      actions: ['ssm:GetParameter'],
      resources: [`arn:${Aws.PARTITION}:ssm:${EDGE_REGION}:${Aws.ACCOUNT_ID}:parameter${stack.names.parameter('edge', 'web-acl-arn')}`],
    }),
  ],
  'rotate-database-secrets': (stack) => [
    new PolicyStatement({
      sid: 'RotateDatabaseSecrets',
      actions: ['secretsmanager:DescribeSecret', 'secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage', 'secretsmanager:GetSecretValue'],
      resources: (['database', 'database-api', 'database-drain'] as const).map((name) => stack.names.secretArn(name)),
    }),
    new PolicyStatement({ sid: 'NewPasswords', actions: ['secretsmanager:GetRandomPassword'], resources: ['*'] }),
    new PolicyStatement({
      sid: 'StoreProvider',
      actions: ['secretsmanager:PutSecretValue'],
      resources: [stack.names.secretArn('sso')],
    }),
  ],
};

/** Where the product's own numbers go. */
export const metricNamespace = (prefix: string): string => `${prefix}/product`;

export const specialStatements = (stack: PlatformStack, special: Special): readonly PolicyStatement[] => SPECIAL[special](stack);
