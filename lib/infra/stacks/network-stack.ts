import type { App } from 'aws-cdk-lib';
import {
  CfnVPCEndpoint,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
  type IVpc,
  type SubnetConfiguration,
} from 'aws-cdk-lib/aws-ec2';
import { insideNetwork, type InstallConfig } from '../../install/config.ts';
import { accept } from '../acknowledgements.ts';
import { PlatformStack } from '../platform-stack.ts';
import { PrivateEndpoints } from '../private-endpoints.ts';

type CustomNetwork = Extract<InstallConfig['network'], { readonly mode: 'custom' }>;

const RANGE = '10.42.0.0/16';
const DATABASE_SUBNETS: SubnetConfiguration = { name: 'database', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 26 };

/** Subnets of the database, which reach nowhere. Functions stand outside unless the configuration asks for a network. */
export class NetworkStack extends PlatformStack {
  constructor(app: App, config: InstallConfig) {
    super(app, 'network', config);
    if (config.network.mode === 'custom') {
      if (config.api.internal) this.#endpointInGivenNetwork(config.network);
      return;
    }
    const inside = insideNetwork(config);
    // A network without a way out talks to the services by endpoints; any other needs a gateway to reach git hosts.
    const wayOut = inside && !config.api.internal;
    const vpc = new Vpc(this, 'Vpc', {
      vpcName: config.prefix,
      ipAddresses: IpAddresses.cidr(RANGE),
      maxAzs: 2,
      natGateways: wayOut ? 2 : 0,
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        // First and always: ranges are given in this order, and a database that the file no longer asks for still stands in its own.
        DATABASE_SUBNETS,
        ...(inside ? [{ name: 'functions', subnetType: wayOut ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PRIVATE_ISOLATED, cidrMask: 22 }] : []),
        ...(wayOut ? [{ name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 26, mapPublicIpOnLaunch: false }] : []),
      ],
    });
    accept(vpc, 'VPC7');
    this.publish('network', 'vpc-id', vpc.vpcId);
    const groups = inside ? this.#functionGroups(vpc) : [];
    this.#database(vpc, groups);
    if (inside) this.#functions(vpc);
  }

  #database(vpc: IVpc, admitted: readonly SecurityGroup[]): void {
    const group = new SecurityGroup(this, 'DatabaseGroup', {
      vpc,
      description: 'the database: 5432 from functions inside the network',
      allowAllOutbound: false,
    });
    for (const from of admitted) group.addIngressRule(from, Port.tcp(5432), 'functions');
    this.publish('network', 'database-group', group.securityGroupId);
    this.publish('network', 'database-subnets', vpc.selectSubnets({ subnetGroupName: 'database' }).subnetIds.join(','));
  }

  #functionGroups(vpc: IVpc): readonly SecurityGroup[] {
    return (['server', 'drain', 'scheduler', 'operations'] as const).map((name) => {
      const group = new SecurityGroup(this, `Group-${name}`, { vpc, description: `functions of ${this.config.prefix}: ${name}`, allowAllOutbound: true });
      this.publish('network', `${name}-group`, group.securityGroupId);
      return group;
    });
  }

  #functions(vpc: Vpc): void {
    const subnets = vpc.selectSubnets({ subnetGroupName: 'functions' });
    this.publish('network', 'function-subnets', subnets.subnetIds.join(','));
    vpc.addGatewayEndpoint('ObjectStore', { service: GatewayVpcEndpointAwsService.S3, subnets: [subnets] });
    if (!this.config.api.internal) return;
    const endpoints = new PrivateEndpoints(this, 'Endpoints', vpc, subnets, RANGE);
    this.publish('network', 'api-endpoint', endpoints.apiEndpointId);
    this.publish('network', 'iot-endpoint-name', endpoints.iotName);
    this.publish('network', 'iot-endpoint-zone', endpoints.iotZone);
  }

  /** The operator's network has ways of its own to the services; only the entrance to the private API is ours. */
  #endpointInGivenNetwork(network: CustomNetwork): void {
    const endpoint = new CfnVPCEndpoint(this, 'ApiEndpoint', {
      vpcId: network.vpcId,
      vpcEndpointType: 'Interface',
      serviceName: `com.amazonaws.${this.config.region}.execute-api`,
      privateDnsEnabled: true,
      subnetIds: [...(this.config.api.subnetPlacement === 'public' ? network.publicSubnetIds : network.privateSubnetIds)],
      securityGroupIds: [network.groups.endpoint ?? network.groups.server],
    });
    this.publish('network', 'api-endpoint', endpoint.ref);
  }
}
