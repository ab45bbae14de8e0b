import type { ToolKind } from '../../protocol/job.ts';
import { HOOK_KEYS, type HookKey, type HookLists } from '../shared/hooks.ts';
import type { RuntimeConfigFile, SettingsBlock } from './runtime-config.ts';
import type { Stack } from './stack.ts';

/** What a run goes by once the stack, the repository's file and a custom configuration are merged. */
export interface RunSettings {
  /** Slashes trimmed; '' for the repository's root. */
  readonly projectRoot: string;
  /** Null where neither stack nor file names one. */
  readonly runnerImage: string | null;
  readonly runnerImageSource: 'runtime' | 'stack' | null;
  readonly tool: { readonly kind: ToolKind; readonly constraint: string | null };
  readonly hooks: HookLists;
  /** Variables that rank above the stack's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that rank below the stack's own and above its contexts' (version 1 of the file). */
  readonly environmentDefaults: Readonly<Record<string, string>>;
  readonly gitSparseCheckoutPaths: readonly string[];
}

export const IGNORE_FILE_LABEL = 'feature:ignore_runtime_config';

/** Merges key by key: the custom block, then by the file's version its stack entry and defaults around the stack's own settings. */
export function settingsFor(stack: Stack, file: RuntimeConfigFile | undefined, custom: SettingsBlock = {}): RunSettings {
  const used = stack.labels.includes(IGNORE_FILE_LABEL) ? undefined : file;
  const entry = used?.stacks.get(stack.id) ?? {};
  const defaults = used?.stackDefaults ?? {};
  const defaultsFirst = used?.version === 2;
  const above = defaultsFirst ? [custom, entry, defaults] : [custom, entry];
  const below = defaultsFirst ? {} : defaults;

  /** The first level that names the key; the stack's own value counts unless version 1 treats it as unset. */
  const pick = <K extends keyof SettingsBlock, V>(key: K, own: V, isSet: boolean): NonNullable<SettingsBlock[K]> | V => {
    for (const block of above) if (block[key] !== undefined) return block[key];
    if (!isSet && below[key] !== undefined) return below[key];
    return own;
  };

  const runtimeImage = pick('runnerImage', null, stack.runnerImage !== null);
  const image = runtimeImage === '' ? null : (runtimeImage ?? stack.runnerImage);
  return {
    projectRoot: pick('projectRoot', stack.projectRoot ?? '', stack.projectRoot !== null).replace(/^(?:\.?\/)+|\/+$/g, '').replace(/^\.$/, ''),
    runnerImage: image,
    runnerImageSource: image === null ? null : runtimeImage ? 'runtime' : 'stack',
    tool: toolOf(stack, pick),
    hooks: Object.fromEntries(HOOK_KEYS.map((key) => [key, pick(key, stack.hooks[key], stack.hooks[key].length > 0)])) as unknown as Record<HookKey, readonly string[]>,
    environment: { ...(defaultsFirst ? defaults.environment : {}), ...entry.environment, ...custom.environment },
    environmentDefaults: { ...below.environment },
    gitSparseCheckoutPaths: pick('gitSparseCheckoutPaths', stack.gitSparseCheckoutPaths, stack.gitSparseCheckoutPaths.length > 0),
  };
}

type Pick_ = <K extends keyof SettingsBlock, V>(key: K, own: V, isSet: boolean) => NonNullable<SettingsBlock[K]> | V;

function toolOf(stack: Stack, pick: Pick_): RunSettings['tool'] {
  const config = stack.vendorConfig;
  const own = config.workflowTool === 'OPENTOFU' ? 'OPEN_TOFU' : config.workflowTool;
  const kind = pick('terraformWorkflowTool', own, true);
  const isSet = config.version !== null;
  // Each tool has its own key; a Terraform stack that runs OpenTofu by its workflow tool may still use the older one.
  const named = kind === 'OPEN_TOFU' ? pick('opentofuVersion', null, isSet) : null;
  const older = kind === 'OPEN_TOFU' && config.vendor === 'opentofu' ? null : pick('terraformVersion', null, isSet);
  return { kind, constraint: named || older || config.version };
}
