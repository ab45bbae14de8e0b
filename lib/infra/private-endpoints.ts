import { Fn } from 'aws-cdk-lib';
import { InterfaceVpcEndpoint, InterfaceVpcEndpointAwsService, Peer, Port, SecurityGroup, type IVpc, type SelectedSubnets } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

const SERVICES = {
  database: InterfaceVpcEndpointAwsService.RDS_DATA,
  keys: InterfaceVpcEndpointAwsService.KMS,
  license: InterfaceVpcEndpointAwsService.LICENSE_MANAGER,
  logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  metrics: InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
  secrets: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  queues: InterfaceVpcEndpointAwsService.SQS,
  parameters: InterfaceVpcEndpointAwsService.SSM,
  tokens: InterfaceVpcEndpointAwsService.STS,
  traces: InterfaceVpcEndpointAwsService.XRAY,
  functions: InterfaceVpcEndpointAwsService.LAMBDA,
  registry: InterfaceVpcEndpointAwsService.ECR,
  images: InterfaceVpcEndpointAwsService.ECR_DOCKER,
} as const;

/** Names that a network without a way out has for the services, for whoever would send everything else to a proxy. */
export const privateHosts = (region: string): readonly string[] => [
  ...Object.values(SERVICES)
    .filter((service) => service !== SERVICES.registry && service !== SERVICES.images)
    .map(({ shortName }) => `${shortName}.${region}.amazonaws.com`),
  // Buckets are parts of names below; both are routed by the network.
  `s3.${region}.amazonaws.com`,
  `.s3.${region}.amazonaws.com`,
];

/** The services as addresses of a network that has no way out. */
export class PrivateEndpoints extends Construct {
  readonly apiEndpointId: string;
  readonly iotName: string;
  readonly iotZone: string;

  constructor(scope: Construct, id: string, vpc: IVpc, subnets: SelectedSubnets, range: string) {
    super(scope, id);
    const group = new SecurityGroup(this, 'Group', { vpc, description: 'endpoints of services: 443 from the network', allowAllOutbound: false });
    group.addIngressRule(Peer.ipv4(range), Port.tcp(443), 'the network');
    const endpoint = (id: string, service: InterfaceVpcEndpointAwsService, privateDnsEnabled = true): InterfaceVpcEndpoint =>
      new InterfaceVpcEndpoint(this, id, { vpc, service, subnets: { subnets: subnets.subnets }, securityGroups: [group], privateDnsEnabled, open: false });
    for (const [name, service] of Object.entries(SERVICES)) endpoint(name, service);
    this.apiEndpointId = endpoint('api', InterfaceVpcEndpointAwsService.APIGATEWAY).vpcEndpointId;
    // Its own name would hide the control plane of the same service: a zone for the account's full endpoint name points here instead.
    const broker = Fn.select(0, endpoint('broker', InterfaceVpcEndpointAwsService.IOT_CORE, false).vpcEndpointDnsEntries);
    this.iotZone = Fn.select(0, Fn.split(':', broker));
    this.iotName = Fn.select(1, Fn.split(':', broker));
  }
}
