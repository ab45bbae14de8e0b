import type { Wanted } from './deployment.ts';

/** The property that names a resource where names are each other's neighbours: a second one of the name is refused. */
const NAMED_BY: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::DomainName': 'DomainName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::ECR::Repository': 'RepositoryName',
  'AWS::Events::Rule': 'Name',
  'AWS::IAM::Role': 'RoleName',
  'AWS::IoT::TopicRule': 'RuleName',
  'AWS::KMS::Alias': 'AliasName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::RDS::DBCluster': 'DBClusterIdentifier',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SSM::Parameter': 'Name',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::WAFv2::WebACL': 'Name',
  'AWS::XRay::Group': 'GroupName',
};

const nameOf = ({ type, properties }: Wanted): string | undefined => {
  const name = properties[NAMED_BY[type] ?? ''];
  return typeof name === 'string' ? `${type} ${name}` : undefined;
};

export interface TakenNames {
  take(wanted: Wanted): void;
  free(wanted: Wanted): void;
}

/** Fixed names of resources: what a stack retained keeps its own, and no stack can make another. */
export function takenNames(): TakenNames {
  const taken = new Set<string>();
  return {
    take(wanted) {
      const name = nameOf(wanted);
      if (name !== undefined && taken.has(name)) throw new Error(`${wanted.stack}.${wanted.id}: ${name} already exists`);
      if (name !== undefined) taken.add(name);
    },
    free(wanted) {
      const name = nameOf(wanted);
      if (name !== undefined) taken.delete(name);
    },
  };
}
