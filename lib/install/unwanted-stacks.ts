import type { AwsClients } from './aws/clients.ts';
import type { InstallConfig } from './config.ts';
import type { CommandContext } from './context.ts';
import { KEPT_STACKS, STACKS, stackName, type StackId } from './names.ts';
import { isElsewhere, removeStack } from './stack-removal.ts';
import { wantedStacks } from './wanted-stacks.ts';

/** Stacks whose records of the host are in the way of those that another stack makes instead. */
const WITH_RECORDS: readonly StackId[] = ['web', 'dr'];

/** Against the order of deployment, what the file no longer asks for and no uninstallation would keep. */
function unwantedStacks(config: InstallConfig): readonly StackId[] {
  const wanted = wantedStacks(config);
  return STACKS.filter((id) => !wanted.includes(id) && !KEPT_STACKS.includes(id)).reverse();
}

/**
 * Takes away what an earlier file asked for. Before the deployment only stacks with records that it makes itself: a name has them once, so that
 * they would fail it. Everything else goes afterwards, when nothing uses it any more.
 */
export async function removeUnwanted(context: CommandContext, aws: AwsClients, config: InstallConfig, when: 'before' | 'after'): Promise<void> {
  const remove = async (id: StackId): Promise<boolean> => {
    const removed = await removeStack(context, aws, config.prefix, id);
    if (removed) context.say(`removed: ${stackName(config.prefix, id)}, which the file does not ask for`);
    return removed;
  };
  for (const id of unwantedStacks(config)) {
    if (when === 'before' && !(config.dns.hostedZoneId !== null && WITH_RECORDS.includes(id))) continue;
    // The rules in front of a distribution go with it.
    if (isElsewhere(aws, id) && config.web.mode !== 'cloudfront') continue;
    if ((await remove(id)) && id === 'web' && isElsewhere(aws, 'edge')) await remove('edge');
  }
}
