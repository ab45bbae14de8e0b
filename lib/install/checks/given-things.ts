import { DescribeSecurityGroupsCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { failedWith } from '../aws/clients.ts';
import { readSecret } from '../aws/secret-values.ts';
import { found, nameOf, type Check } from './check.ts';

/** Alarms reach a topic only if it lets them. */
export const checkTopic: Check = async ({ aws, config }) => {
  if (config.alertTopicArn === null) return [];
  const { ok, failed } = found('alerting');
  try {
    const { Attributes } = await aws.sns.send(new GetTopicAttributesCommand({ TopicArn: config.alertTopicArn }));
    if (admitsAlarms(Attributes?.Policy ?? '{}')) return [ok('the topic admits alarms')];
    return [failed('alerting.sns_topic_arn: the policy of the topic does not let cloudwatch.amazonaws.com publish')];
  } catch (error) {
    return [failed(`alerting.sns_topic_arn: cannot be read (${nameOf(error)})`)];
  }
};

interface Statement {
  readonly Effect?: string;
  readonly Principal?: '*' | { readonly Service?: string | readonly string[]; readonly AWS?: string | readonly string[] };
  readonly Action?: string | readonly string[];
}

const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] => (value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T]);

function admitsAlarms(policy: string): boolean {
  const { Statement: statements } = JSON.parse(policy) as { readonly Statement?: Statement | readonly Statement[] };
  return listOf(statements).some(({ Effect, Principal, Action }) => {
    const alarms = Principal === '*' || (typeof Principal === 'object' && listOf(Principal.Service).includes('cloudwatch.amazonaws.com'));
    return Effect === 'Allow' && alarms && listOf(Action).some((action) => ['sns:publish', 'sns:*', '*'].includes(action.toLowerCase()));
  });
}

/** The operator's database: its secret can be read and holds an address, whose text is told to nobody. */
export const checkDatabaseSecret: Check = async ({ aws, config }) => {
  if (config.database.external === null) return [];
  const { ok, failed } = found('database secret');
  try {
    const value = await readSecret(aws, config.database.external.secretArn);
    if (value === undefined) return [failed('database.connection_string_ssm_arn: there is no such secret, or it has no value')];
    return [holdsAddress(value) ? ok('holds DATABASE_URL') : failed('database.connection_string_ssm_arn: the secret is no document with a DATABASE_URL such as postgres://…')];
  } catch (error) {
    return [failed(`database.connection_string_ssm_arn: cannot be read (${nameOf(error)})`)];
  }
};

function holdsAddress(value: string): boolean {
  try {
    return /^postgres(ql)?:\/\//.test(String((JSON.parse(value) as { readonly DATABASE_URL?: unknown }).DATABASE_URL));
  } catch {
    return false;
  }
}

/** The operator's network: its subnets and groups are there, in it, and the subnets in two zones. */
export const checkNetwork: Check = async ({ aws, config: { network } }) => {
  if (network.mode !== 'custom') return [];
  const { ok, failed } = found('network');
  const { server, drain, scheduler, operations, database, endpoint } = network.groups;
  const groupIds = [...new Set([server, drain, scheduler, operations, database, endpoint].filter((id) => id !== null))];
  try {
    const { Subnets = [] } = await aws.ec2.send(new DescribeSubnetsCommand({ SubnetIds: [...network.privateSubnetIds] }));
    const { SecurityGroups = [] } = await aws.ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: groupIds }));
    const strayed = [
      ...Subnets.filter(({ VpcId }) => VpcId !== network.vpcId).map(({ SubnetId }) => SubnetId),
      ...SecurityGroups.filter(({ VpcId }) => VpcId !== network.vpcId).map(({ GroupId }) => GroupId),
    ];
    if (strayed.length > 0) return [failed(`vpc_config: ${strayed.join(', ')} ${strayed.length === 1 ? 'is' : 'are'} not in ${network.vpcId}`)];
    const zones = new Set(Subnets.map(({ AvailabilityZone }) => AvailabilityZone));
    return [zones.size < 2 ? failed('vpc_config.private_subnet_ids: all lie in one zone, and two are needed') : ok(`${Subnets.length} subnets in ${zones.size} zones`)];
  } catch (error) {
    const missing = failedWith(error, 'InvalidSubnetID.NotFound', 'InvalidGroup.NotFound', 'InvalidGroupId.Malformed', 'InvalidSubnetId.Malformed');
    return [failed(missing ? `vpc_config: ${nameOf(error).includes('Subnet') ? 'a subnet' : 'a security group'} of the file does not exist` : `vpc_config: the network cannot be read (${nameOf(error)})`)];
  }
};
