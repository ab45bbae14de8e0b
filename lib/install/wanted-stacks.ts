import { hasDistribution, hasEdgeAcl, type InstallConfig } from './config.ts';
import { STACKS, type StackId } from './names.ts';

/** Nobody outside can ask a private API: its records are the operator's to change. */
export const hasFailoverRecords = ({ dns, api }: InstallConfig): boolean => dns.hostedZoneId !== null && !api.internal;

/** Whether there is anything to tie this region to another by; a region that is being set up may have nothing yet. */
const hasRecoveryStack = (config: InstallConfig): boolean =>
  config.disasterRecovery !== null && (config.disasterRecovery.replication !== null || config.alertTopicArn !== null || hasFailoverRecords(config));

/** Which stacks the file asks for, in the order of their deployment: each may read what those before it published. */
export function wantedStacks(config: InstallConfig): readonly StackId[] {
  const optional: Readonly<Partial<Record<StackId, boolean>>> = {
    network: config.network.mode !== 'custom' || config.api.internal,
    database: config.database.external === null,
    license: config.license.type !== 'none',
    edge: hasEdgeAcl(config),
    web: hasDistribution(config),
    dr: hasRecoveryStack(config),
  };
  return STACKS.filter((id) => optional[id] ?? true);
}
