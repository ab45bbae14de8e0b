import type { App } from 'aws-cdk-lib';
import type { InstallConfig } from '../../install/config.ts';
import { Alarms } from '../alarms.ts';
import { makeDashboard } from '../dashboard.ts';
import { PlatformMetrics } from '../metrics.ts';
import { PlatformStack } from '../platform-stack.ts';
import { Tracing } from '../tracing.ts';

/** What tells how the installation does. */
export class MonitoringStack extends PlatformStack {
  constructor(app: App, config: InstallConfig) {
    super(app, 'monitoring', config);
    const metrics = new PlatformMetrics(this);
    makeDashboard(this, metrics);
    if (config.alertTopicArn !== null) new Alarms(this, 'Alarms', metrics, config.alertTopicArn);
    if (config.tracing) new Tracing(this, 'Tracing', config.prefix);
  }
}
