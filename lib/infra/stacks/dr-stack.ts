import { CfnOutput, type App } from 'aws-cdk-lib';
import type { InstallConfig } from '../../install/config.ts';
import { hasFailoverRecords } from '../../install/wanted-stacks.ts';
import { FailoverRecords } from '../failover-records.ts';
import { PlatformMetrics } from '../metrics.ts';
import { PlatformStack } from '../platform-stack.ts';
import { RecoveryAlarms } from '../recovery-alarms.ts';
import { RegionHealth } from '../region-health.ts';
import { Replication } from '../replication.ts';

/** What ties this region to the other: copies of objects, the question who serves, the name that follows the answer, and alarms. */
export class DrStack extends PlatformStack {
  constructor(app: App, config: InstallConfig) {
    super(app, 'dr', config);
    if (config.disasterRecovery?.replication) new Replication(this, 'Replication');
    if (config.alertTopicArn !== null) new RecoveryAlarms(this, 'Alarms', new PlatformMetrics(this), config.alertTopicArn);
    if (config.dns.hostedZoneId === null || !hasFailoverRecords(config)) return;
    const { checkId } = new RegionHealth(this, 'Active');
    new FailoverRecords(this, 'Records', config.dns.hostedZoneId, checkId);
    new CfnOutput(this, 'HealthCheckId', { value: checkId });
  }
}
