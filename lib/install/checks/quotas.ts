import { DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { DescribeAddressesCommand } from '@aws-sdk/client-ec2';
import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import { GetServiceQuotaCommand } from '@aws-sdk/client-service-quotas';
import type { AwsClients } from '../aws/clients.ts';
import { stackExists } from '../aws/stacks.ts';
import { stackName } from '../names.ts';
import { found, nameOf, type Check } from './check.ts';

const ENOUGH_CONCURRENCY = 200;
const ELASTIC_IPS = { ServiceCode: 'ec2', QuotaCode: 'L-0263D0A3' };
const USUAL_ELASTIC_IPS = 5;
/** One for each gateway, and one to replace it by. */
const NEEDED_ELASTIC_IPS = 3;

/** How many functions may run at once in a region. */
export const concurrencyOf = async (aws: AwsClients): Promise<number> =>
  (await aws.lambda.send(new GetAccountSettingsCommand({}))).AccountLimit?.ConcurrentExecutions ?? 0;

/** New accounts may run ten functions at once. */
export const checkConcurrency: Check = async ({ aws }) => {
  const { ok, warning } = found('concurrency');
  try {
    const most = await concurrencyOf(aws);
    return [most < ENOUGH_CONCURRENCY ? warning(`the account may run ${most} functions at once; ask for ${ENOUGH_CONCURRENCY} or more (Lambda, concurrent executions)`) : ok(`${most} functions at once`)];
  } catch (error) {
    return [warning(`how many functions may run at once cannot be read (${nameOf(error)})`)];
  }
};

/** How many addresses the gateways of this installation have already. */
async function ownAddresses(aws: AwsClients, prefix: string): Promise<number> {
  const StackName = stackName(prefix, 'network');
  if (!(await stackExists(aws, StackName))) return 0;
  const { StackResources = [] } = await aws.cloudFormation.send(new DescribeStackResourcesCommand({ StackName }));
  return StackResources.filter(({ ResourceType }) => ResourceType === 'AWS::EC2::EIP').length;
}

/** Gateways of a network that the installation makes need public addresses; nothing else does. */
export const checkElasticIps: Check = async ({ aws, config }) => {
  if (config.network.mode !== 'managed' || config.api.internal) return [];
  const { ok, failed } = found('elastic IPs');
  const own = await ownAddresses(aws, config.prefix);
  if (own > 0) return [ok(`the network has its ${own} already`)];
  const [{ Addresses = [] }, most] = await Promise.all([
    aws.ec2.send(new DescribeAddressesCommand({})),
    aws.quotas.send(new GetServiceQuotaCommand(ELASTIC_IPS)).then(({ Quota }) => Quota?.Value ?? USUAL_ELASTIC_IPS, () => USUAL_ELASTIC_IPS),
  ]);
  const free = most - Addresses.length;
  return [free < NEEDED_ELASTIC_IPS ? failed(`${NEEDED_ELASTIC_IPS} free Elastic IPs are needed, and ${Math.max(0, free)} of ${most} are free`) : ok(`${free} free`)];
};
