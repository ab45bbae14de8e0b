import { CustomResource, Duration, type App } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { TICKS } from '../../core/shared/ticks.ts';
import { tickInput } from '../../core/shared/wire-message.ts';
import type { InstallConfig } from '../../install/config.ts';
import { AppFunction } from '../app-function.ts';
import type { AssetFolders } from '../assets.ts';
import { Layers } from '../layers.ts';
import { PlatformStack } from '../platform-stack.ts';
import { rateExpression } from '../schedules.ts';

/** Asks for the licence at deployment, before anything that serves is changed, and every half hour after. */
export class LicenseStack extends PlatformStack {
  constructor(app: App, config: InstallConfig, folders: AssetFolders) {
    super(app, 'license', config);
    const license = new AppFunction(this, 'license', { folders, layers: new Layers(this, folders, { policyEngine: false }) });
    new CustomResource(this, 'Check', {
      serviceToken: license.function.functionArn,
      resourceType: 'Custom::License',
      serviceTimeout: Duration.seconds(120),
      properties: {
        Type: config.license.type,
        ProductSku: config.license.productSku ?? '',
        KeyFingerprint: config.license.keyFingerprint ?? '',
        Entitlements: [...config.license.entitlements],
        // A deployment is checked even if nothing else of this stack changed.
        Version: license.function.currentVersion.version,
      },
    });
    const rule = new CfnRule(this, 'Schedule', {
      name: `${config.prefix}-license`,
      description: 'the licence is asked for again',
      scheduleExpression: rateExpression(TICKS.license.everySeconds),
      state: config.servicesDisabled ? 'DISABLED' : 'ENABLED',
      targets: [{ id: 'license', arn: license.function.functionArn, input: JSON.stringify(tickInput('license')) }],
    });
    license.function.addPermission('Schedule', { principal: new ServicePrincipal('events.amazonaws.com'), sourceArn: rule.attrArn });
  }
}
