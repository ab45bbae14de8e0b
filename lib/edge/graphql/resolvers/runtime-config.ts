import { invalid } from '../../../core/shared/errors.ts';
import { HOOK_KEYS } from '../../../core/shared/hooks.ts';
import { readSettingsBlock, writeSettingsBlock } from '../../../core/stacks/read-runtime-config.ts';
import type { SettingsBlock } from '../../../core/stacks/runtime-config.ts';
import type { RuntimeConfigInput } from '../resolver-types.ts';

/**
 * Settings of one run as YAML, the form in which the product keeps them: given as such, or written from the members.
 * Members that are null or empty change nothing.
 */
export async function runtimeConfigText(input: RuntimeConfigInput | null | undefined): Promise<string | null> {
  if (input === null || input === undefined) return null;
  const members = blockOf(input);
  const isEmpty = Object.keys(members).length === 0;
  if (input.yaml && !isEmpty) throw invalid('give the runtime configuration as YAML or by its members, not both', { field: 'runtimeConfig' });
  if (!input.yaml && isEmpty) return null;

  const text = input.yaml || (await writeSettingsBlock(members));
  await readSettingsBlock(text, 'runtimeConfig');
  return text;
}

function blockOf(input: RuntimeConfigInput): SettingsBlock {
  const block: Record<string, unknown> = {};
  for (const name of ['projectRoot', 'runnerImage', 'terraformVersion', 'terraformWorkflowTool'] as const) if (input[name]) block[name] = input[name];
  for (const name of HOOK_KEYS) if (input[name]?.length) block[name] = input[name];
  if (input.environment?.length) block['environment'] = Object.fromEntries(input.environment.map(({ key, value }) => [key, value]));
  return block;
}
