import { CfnOutput, type App } from 'aws-cdk-lib';
import type { InstallConfig } from '../../install/config.ts';
import { FailoverRecords } from '../failover-records.ts';
import { PlatformMetrics } from '../metrics.ts';
import { PlatformStack } from '../platform-stack.ts';
import { RecoveryAlarms } from '../recovery-alarms.ts';
import { RegionHealth } from '../region-health.ts';
import { Replication } from '../replication.ts';

/** Nobody outside can ask a private API: its records are the operator's to change. */
const hasRecords = ({ dns, api }: InstallConfig): boolean => dns.hostedZoneId !== null && !api.internal;

/** Whether there is anything to tie this region to another by; a region that is being set up may have nothing yet. */
export const hasRecoveryStack = (config: InstallConfig): boolean =>
  config.disasterRecovery !== null && (config.disasterRecovery.replication !== null || config.alertTopicArn !== null || hasRecords(config));

/** What ties this region to the other: copies of objects, the question who serves, the name that follows the answer, and alarms. */
export class DrStack extends PlatformStack {
  constructor(app: App, config: InstallConfig) {
    super(app, 'dr', config);
    if (config.disasterRecovery?.replication) new Replication(this, 'Replication');
    if (config.alertTopicArn !== null) new RecoveryAlarms(this, 'Alarms', new PlatformMetrics(this), config.alertTopicArn);
    if (config.dns.hostedZoneId === null || !hasRecords(config)) return;
    const { checkId } = new RegionHealth(this, 'Active');
    new FailoverRecords(this, 'Records', config.dns.hostedZoneId, checkId);
    new CfnOutput(this, 'HealthCheckId', { value: checkId });
  }
}
