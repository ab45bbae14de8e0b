import { BlockList } from 'node:net';
import { DescribeSecurityGroupsCommand, DescribeSubnetsCommand, type SecurityGroup, type Subnet } from '@aws-sdk/client-ec2';
import { failedWith } from '../aws/clients.ts';
import type { InstallConfig } from '../config.ts';
import { found, nameOf, type Check } from './check.ts';

type Given = Extract<InstallConfig['network'], { readonly mode: 'custom' }>;

const POSTGRES = 5432;
/** Addresses of a /27: every function of a subnet shares few, but the database and endpoints want their own. */
const LEAST_ADDRESSES = 32;
const ADDRESS_BITS = 32;

/** The operator's network: its subnets and groups are there, in it, large enough and in the zones of the file, and the database is reached. */
export const checkNetwork: Check = async ({ aws, config: { network, database } }) => {
  if (network.mode !== 'custom') return [];
  const { ok, warning, failed } = found('network');
  const groupIds = [...new Set(Object.values(network.groups).filter((id): id is string => id !== null))];
  try {
    const { Subnets = [] } = await aws.ec2.send(new DescribeSubnetsCommand({ SubnetIds: [...network.privateSubnetIds] }));
    const { SecurityGroups = [] } = await aws.ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: groupIds }));
    const faults = faultsOf(network, Subnets, SecurityGroups);
    if (faults.length > 0) return faults.map((fault) => failed(`vpc_config${fault}`));
    const zones = new Set(Subnets.map(({ AvailabilityZone }) => AvailabilityZone));
    const shut = database.external === null ? notAdmitted(network, Subnets, SecurityGroups) : [];
    const text = `vpc_config.database_security_group_id: does not admit ${POSTGRES} from ${shut.join(', ')}`;
    // Through the Data API nobody connects, until another access is chosen.
    if (shut.length > 0) return [database.access === 'direct' ? failed(text) : warning(text)];
    return [ok(`${Subnets.length} subnets in ${zones.size} zones`)];
  } catch (error) {
    const missing = failedWith(error, 'InvalidSubnetID.NotFound', 'InvalidGroup.NotFound', 'InvalidGroupId.Malformed', 'InvalidSubnetId.Malformed');
    const what = nameOf(error).includes('Subnet') ? 'a subnet' : 'a security group';
    return [failed(missing ? `vpc_config: ${what} of the file does not exist` : `vpc_config: the network cannot be read (${nameOf(error)})`)];
  }
};

/** What is wrong, each as what follows the name of the block. */
function faultsOf(network: Given, subnets: readonly Subnet[], groups: readonly SecurityGroup[]): readonly string[] {
  const strayed = [
    ...subnets.filter(({ VpcId }) => VpcId !== network.vpcId).map(({ SubnetId }) => SubnetId),
    ...groups.filter(({ VpcId }) => VpcId !== network.vpcId).map(({ GroupId }) => GroupId),
  ];
  if (strayed.length > 0) return [`: ${strayed.join(', ')} ${strayed.length === 1 ? 'is' : 'are'} not in ${network.vpcId}`];
  const zones = new Set(subnets.map(({ AvailabilityZone = '' }) => AvailabilityZone));
  const unnamed = [...zones].filter((zone) => !network.zones.includes(zone));
  const empty = network.zones.filter((zone) => !zones.has(zone));
  const addresses = subnets.reduce((sum, { CidrBlock = '' }) => sum + 2 ** (ADDRESS_BITS - Number(CidrBlock.split('/')[1] ?? ADDRESS_BITS)), 0);
  return [
    ...(zones.size < 2 ? ['.private_subnet_ids: all lie in one zone, and two are needed'] : []),
    ...(unnamed.length > 0 ? [`.availability_zones: subnets lie in ${unnamed.join(', ')} as well`] : []),
    ...(empty.length > 0 ? [`.availability_zones: no subnet lies in ${empty.join(', ')}`] : []),
    ...(addresses < LEAST_ADDRESSES ? [`.private_subnet_ids: hold ${addresses} addresses together, and ${LEAST_ADDRESSES} (a /27) are needed`] : []),
  ];
}

/** The groups of functions that the database's group keeps out: it must name them, or all the addresses that they may have. */
function notAdmitted({ groups: named }: Given, subnets: readonly Subnet[], groups: readonly SecurityGroup[]): readonly string[] {
  const rules = (groups.find(({ GroupId }) => GroupId === named.database)?.IpPermissions ?? []).filter(
    ({ IpProtocol, FromPort = 0, ToPort = 0 }) => IpProtocol === '-1' || (IpProtocol === 'tcp' && FromPort <= POSTGRES && POSTGRES <= ToPort),
  );
  const ranges = new BlockList();
  for (const { CidrIp = '' } of rules.flatMap(({ IpRanges = [] }) => IpRanges)) {
    const [net = '', bits = ''] = CidrIp.split('/');
    ranges.addSubnet(net, Number(bits), 'ipv4');
  }
  if (subnets.length > 0 && subnets.every(({ CidrBlock = '' }) => ranges.check(CidrBlock.split('/')[0] ?? '', 'ipv4'))) return [];
  const admitted = new Set(rules.flatMap(({ UserIdGroupPairs = [] }) => UserIdGroupPairs.map(({ GroupId }) => GroupId)));
  const callers = [named.server, named.drain, named.operations, named.scheduler].filter((id): id is string => id !== null);
  return [...new Set(callers)].filter((id) => !admitted.has(id));
}
