import type { App } from 'aws-cdk-lib';
import type { InstallConfig } from '../../install/config.ts';
import { EDGE_REGION } from '../../install/names.ts';
import { PlatformStack } from '../platform-stack.ts';
import { edgeAcl } from '../web-acl.ts';

/** What a distribution needs and one region alone offers, wherever the installation is. */
export class EdgeStack extends PlatformStack {
  constructor(app: App, config: InstallConfig) {
    super(app, 'edge', config, EDGE_REGION);
    this.publish('edge', 'web-acl-arn', edgeAcl(this, 'Acl', `${config.prefix}-edge`).attrArn);
  }
}
