import { hasPrice, HOURS_PER_MONTH, isFree, type Line, type PriceName } from './prices.ts';

/** As much of a template as costs follow from. */
export interface PricedResource {
  readonly stack: string;
  readonly id: string;
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, any>>; // eslint-disable-line @typescript-eslint/no-explicit-any -- templates are documents
}

/** Resources that nobody has priced; each is named, so that a new kind of resource cannot come unnoticed. */
export class UnknownPrices extends Error {
  override name = 'UnknownPrices';
  constructor(resources: readonly PricedResource[], why: (resource: PricedResource) => string) {
    super(`no price is known of ${resources.map((resource) => `${resource.Type} (${resource.stack}/${resource.id}${why(resource)})`).join(', ')}: add one to lib/costs/prices.json and lib/costs/standing.ts, or the type to its list of what is free`);
  }
}

/** Gigabytes that an installation keeps from its first days on. */
const STORED_GB = { database: 1, bucket: 0.1, image: 0.2 } as const;

/** Bytes and operations that wait, how late, and how many failed. */
const METRICS_OF_COPIES = 4;

type Priced = (resource: PricedResource, stacks: readonly PricedResource[]) => readonly (readonly [PriceName, number])[] | undefined;

const perHour = (price: PriceName, count = 1): readonly (readonly [PriceName, number])[] => [[price, count * HOURS_PER_MONTH]];

/** What a resource costs in a month for being there; a database instance that follows its load is priced by its hours awake. */
const STANDING: Readonly<Record<string, Priced>> = {
  'AWS::CloudWatch::Alarm': ({ Properties }) => [['cloudwatch.alarm', ((Properties?.Metrics ?? []) as readonly { readonly MetricStat?: unknown }[]).filter(({ MetricStat }) => MetricStat !== undefined).length || 1]],
  'AWS::CloudWatch::Dashboard': () => [['cloudwatch.dashboard', 1]],
  'AWS::CloudFront::Distribution': () => [],
  'AWS::EC2::EIP': () => perHour('ec2.ipv4'),
  'AWS::EC2::NatGateway': () => perHour('ec2.nat'),
  'AWS::EC2::VPCEndpoint': ({ Properties }) => (Properties?.VpcEndpointType === 'Interface' ? perHour('ec2.endpoint', ((Properties.SubnetIds ?? [null, null]) as readonly unknown[]).length) : []),
  'AWS::ECR::Repository': () => [['ecr.storage', STORED_GB.image]],
  'AWS::ElasticLoadBalancingV2::LoadBalancer': () => perHour('elb.balancer'),
  'AWS::Events::Rule': () => [],
  'AWS::KMS::Key': () => [['kms.key', 1]],
  'AWS::KMS::ReplicaKey': () => [['kms.key', 1]],
  'AWS::Lambda::EventSourceMapping': () => [],
  'AWS::RDS::DBCluster': () => [['rds.storage', STORED_GB.database]],
  'AWS::RDS::DBInstance': ({ Properties }) => {
    if (Properties?.DBInstanceClass === 'db.serverless') return [];
    const price = `rds.instance.${Properties?.DBInstanceClass}`;
    return hasPrice(price) ? perHour(price) : undefined;
  },
  'AWS::Route53::HealthCheck': () => [['route53.check', 1]],
  'AWS::Route53::HostedZone': () => [['route53.zone', 1]],
  'AWS::S3::Bucket': () => [['s3.storage', STORED_GB.bucket]],
  'AWS::SecretsManager::Secret': () => [['secrets.secret', 1]],
  // Numbers about copies are paid for like one's own.
  'Custom::Replication': ({ Properties }) => [['cloudwatch.metric', METRICS_OF_COPIES * ((Properties?.Buckets ?? []) as readonly unknown[]).length]],
  'AWS::WAFv2::WebACL': ({ Properties }) => [['waf.acl', 1], ['waf.rule', ((Properties?.Rules ?? []) as readonly unknown[]).length]],
};

/** What all resources of the templates cost in a month for being there, by type. */
export function standingCosts(resources: readonly PricedResource[]): readonly Line[] {
  const unknown: PricedResource[] = [];
  const sums = new Map<string, Line>();
  for (const resource of resources) {
    const lines = isFree(resource.Type) ? [] : STANDING[resource.Type]?.(resource, resources);
    if (lines === undefined) unknown.push(resource);
    for (const [price, quantity] of lines ?? []) {
      const key = `${resource.Type} ${price}`;
      const what = resource.Type.replace('AWS::', '').replaceAll('::', ' ');
      sums.set(key, { what, price, quantity: (sums.get(key)?.quantity ?? 0) + quantity });
    }
  }
  if (unknown.length > 0) throw new UnknownPrices(unknown, ({ Properties }) => (Properties?.DBInstanceClass === undefined ? '' : `, ${Properties.DBInstanceClass}`));
  return [...sums.values()].filter(({ quantity }) => quantity > 0);
}
