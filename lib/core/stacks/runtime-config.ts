import type { ToolKind } from '../../protocol/job.ts';
import type { HookKey } from '../shared/hooks.ts';

export const RUNTIME_CONFIG_PATH = '.spacelift/config.yml';
export const MAX_RUNTIME_CONFIG_BYTES = 256 * 1024;

/** Settings of one stack in the file; what is absent leaves the next level in force. */
export interface SettingsBlock extends Partial<Readonly<Record<HookKey, readonly string[]>>> {
  readonly environment?: Readonly<Record<string, string>>;
  readonly projectRoot?: string;
  readonly runnerImage?: string;
  readonly terraformVersion?: string;
  readonly opentofuVersion?: string;
  readonly terraformWorkflowTool?: ToolKind;
  readonly gitSparseCheckoutPaths?: readonly string[];
}

export interface RuntimeConfigFile {
  readonly version: 1 | 2;
  readonly stackDefaults: SettingsBlock;
  readonly stacks: ReadonlyMap<string, SettingsBlock>;
}
