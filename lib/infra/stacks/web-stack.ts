import { CfnOutput, CustomResource, type App } from 'aws-cdk-lib';
import { hasEdgeAcl, type InstallConfig } from '../../install/config.ts';
import { EDGE_REGION } from '../../install/names.ts';
import { aliasRecords } from '../api-domain.ts';
import { WebDistribution } from '../web-distribution.ts';
import { PlatformStack } from '../platform-stack.ts';

/** Distributions are in this zone, wherever they serve. */
const DISTRIBUTIONS_ZONE = 'Z2FDTNDATAQYW2';

/** The web interface near its users, with the API behind it. */
export class WebStack extends PlatformStack {
  constructor(app: App, config: InstallConfig) {
    super(app, 'web', config);
    const { distribution } = new WebDistribution(this, 'Web', config, {
      bucket: this.read('storage', 'bucket-web'),
      uploadsUrl: this.names.bucketUrl('uploads'),
      ...(hasEdgeAcl(config) ? { webAclArn: this.#webAclArn() } : {}),
      originSecret: this.read('storage', 'secret-origin'),
    });
    if (config.dns.hostedZoneId !== null) {
      aliasRecords(this, config.dns.hostedZoneId, config.hostname, { name: distribution.attrDomainName, zoneId: DISTRIBUTIONS_ZONE });
    }
    new CfnOutput(this, 'WebDnsTarget', { value: distribution.attrDomainName });
  }

  /** Parameters are read in their own region only: the operations function fetches that of another. */
  #webAclArn(): string {
    if (this.config.region === EDGE_REGION) return this.read('edge', 'web-acl-arn');
    const fetched = new CustomResource(this, 'WebAcl', {
      serviceToken: this.names.functionArn('ops'),
      resourceType: 'Custom::ParameterElsewhere',
      properties: { Region: EDGE_REGION, Name: this.names.parameter('edge', 'web-acl-arn') },
    });
    return fetched.getAttString('Value');
  }
}
