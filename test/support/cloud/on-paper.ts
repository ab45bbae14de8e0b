import { MOTO_ACCOUNT, MOTO_REGION } from '../moto.ts';
import type { Wanted } from './deployment.ts';
import type { Made } from './template.ts';

/**
 * What the local cloud does not have: nothing that it shows depends on them. Each with the attributes that others may refer to. A type that
 * stands neither here nor among those that are made ends the start.
 */
const ON_PAPER: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGateway::Account': [],
  'AWS::ApiGateway::BasePathMapping': [],
  'AWS::ApiGateway::Deployment': [],
  'AWS::ApiGateway::DomainName': ['RegionalDomainName', 'RegionalHostedZoneId'],
  'AWS::ApiGateway::Stage': [],
  'AWS::CloudWatch::Alarm': ['Arn'],
  'AWS::CloudWatch::Dashboard': [],
  'AWS::EC2::RouteTable': ['RouteTableId'],
  'AWS::EC2::SecurityGroup': ['GroupId', 'VpcId'],
  'AWS::EC2::Subnet': ['SubnetId', 'AvailabilityZone'],
  'AWS::EC2::SubnetRouteTableAssociation': [],
  'AWS::EC2::VPC': ['VpcId', 'DefaultSecurityGroup', 'CidrBlock'],
  'AWS::ECR::Repository': ['Arn', 'RepositoryUri'],
  'AWS::KMS::Alias': [],
  'AWS::Lambda::Permission': [],
  'AWS::Logs::LogGroup': ['Arn'],
  'AWS::Logs::MetricFilter': [],
  'AWS::RDS::DBClusterParameterGroup': [],
  'AWS::RDS::DBInstance': ['DBInstanceArn', 'Endpoint.Address'],
  'AWS::RDS::DBSubnetGroup': [],
  'AWS::S3::BucketPolicy': [],
  'AWS::SQS::QueuePolicy': [],
  'AWS::SecretsManager::RotationSchedule': [],
  'AWS::WAFv2::WebACL': ['Arn', 'Id'],
  'AWS::WAFv2::WebACLAssociation': [],
  'AWS::XRay::Group': ['GroupARN'],
  'AWS::XRay::SamplingRule': ['RuleARN'],
};

/** Attributes that are told apart by policies, so they look as they would. */
const ARNS: Readonly<Record<string, (name: string) => string>> = {
  'AWS::Logs::LogGroup': (name) => `arn:aws:logs:${MOTO_REGION}:${MOTO_ACCOUNT}:log-group:${name}:*`,
};

/** Whether a resource of this type is not really made. */
export const isOnPaper = (type: string): boolean => type in ON_PAPER;

/** Names and attributes of what is not really made; undefined for any other type. */
export function onPaper({ type, id, properties }: Wanted): Made | undefined {
  const attributes = ON_PAPER[type];
  if (attributes === undefined) return undefined;
  const name = String(properties.LogGroupName ?? properties.Name ?? id);
  const arn = ARNS[type]?.(name);
  return {
    ref: name,
    attributes: Object.fromEntries(attributes.map((attribute) => [attribute, attribute === 'Arn' && arn !== undefined ? arn : `${id}.${attribute}`])),
  };
}
