import { Aws } from 'aws-cdk-lib';
import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';

/** Requests of one address in five minutes. Whole offices and pools of workers share one address. */
const RATE = 10_000;
const RATE_OF_MACHINES = 100_000;
/** The viewer's address, which a distribution in front writes over whatever came with the request. */
export const VIEWER_HEADER = 'x-windlass-viewer';
const MACHINE_PATHS = ['/worker/', '/webhooks/'];

const visible = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({ metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true });

const startsWith = (searchString: string): CfnWebACL.StatementProperty => ({
  byteMatchStatement: {
    searchString,
    fieldToMatch: { uriPath: {} },
    positionalConstraint: 'STARTS_WITH',
    textTransformations: [{ priority: 0, type: 'NONE' }],
  },
});
const ofMachines: CfnWebACL.StatementProperty = { orStatement: { statements: MACHINE_PATHS.map(startsWith) } };

/**
 * Limits of rate and known bad addresses; `by` says whose requests count together. No rule looks into bodies: deliveries, policies and hooks
 * look like attacks.
 */
function rulesBy(by: Pick<CfnWebACL.RateBasedStatementProperty, 'aggregateKeyType' | 'forwardedIpConfig'>): CfnWebACL.RuleProperty[] {
  const rate = (name: string, priority: number, limit: number, scopeDownStatement: CfnWebACL.StatementProperty): CfnWebACL.RuleProperty => ({
    name,
    priority,
    action: { block: { customResponse: { responseCode: 429 } } },
    statement: { rateBasedStatement: { limit, ...by, scopeDownStatement } },
    visibilityConfig: visible(name),
  });
  return [
    {
      name: 'known-bad-addresses',
      priority: 0,
      overrideAction: { none: {} },
      statement: { managedRuleGroupStatement: { vendorName: 'AWS', name: 'AWSManagedRulesAmazonIpReputationList' } },
      visibilityConfig: visible('known-bad-addresses'),
    },
    rate('rate-of-machines', 1, RATE_OF_MACHINES, ofMachines),
    rate('rate', 2, RATE, { notStatement: { statement: ofMachines } }),
  ];
}

/** The same in front of a distribution, which sees its viewers' own addresses; a list of this kind lives in one region. */
export function edgeAcl(scope: Construct, id: string, name: string): CfnWebACL {
  return new CfnWebACL(scope, id, {
    name,
    scope: 'CLOUDFRONT',
    defaultAction: { allow: {} },
    visibilityConfig: visible(name),
    rules: rulesBy({ aggregateKeyType: 'IP' }),
  });
}

interface WebAclProps {
  readonly name: string;
  readonly restApiId: string;
  readonly stage: string;
  readonly behindDistribution: boolean;
}

/** The rules in front of the API. */
export class WebAcl extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: WebAclProps) {
    super(scope, id);
    // Behind a distribution all requests come from its few addresses. One that went around it and names none is limited as well, until it is refused.
    const by: Pick<CfnWebACL.RateBasedStatementProperty, 'aggregateKeyType' | 'forwardedIpConfig'> = props.behindDistribution
      ? { aggregateKeyType: 'FORWARDED_IP', forwardedIpConfig: { headerName: VIEWER_HEADER, fallbackBehavior: 'MATCH' } }
      : { aggregateKeyType: 'IP' };
    const acl = new CfnWebACL(this, 'Acl', {
      name: props.name,
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visible(props.name),
      rules: rulesBy(by),
    });
    this.arn = acl.attrArn;
    new CfnWebACLAssociation(this, 'Association', {
      webAclArn: acl.attrArn,
      resourceArn: `arn:${Aws.PARTITION}:apigateway:${Aws.REGION}::/restapis/${props.restApiId}/stages/${props.stage}`,
    });
  }
}
