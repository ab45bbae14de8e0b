import { CfnOutput, type App } from 'aws-cdk-lib';
import type { InstallConfig } from '../../install/config.ts';
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
      originSecret: config.disasterRecovery?.isStandby ? this.names.secret('origin') : this.read('storage', 'secret-origin'),
    });
    if (config.dns.hostedZoneId !== null && config.disasterRecovery === null) {
      aliasRecords(this, config.dns.hostedZoneId, config.hostname, { name: distribution.attrDomainName, zoneId: DISTRIBUTIONS_ZONE });
    }
    new CfnOutput(this, 'WebDnsTarget', { value: distribution.attrDomainName });
  }
}
