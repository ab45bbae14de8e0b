import type { RuntimeConfigFile, SettingsBlock } from './runtime-config.ts';

/** Reading and writing YAML is as large as much of the product, and few calls need it: it is loaded by the first. */
const loadYaml = () => import('./runtime-config-yaml.ts');

/** How messages name what a run was given of its own. */
export const CUSTOM_CONFIG = 'the custom runtime configuration';

/** The repository's configuration file. */
export async function readRuntimeConfig(text: string): Promise<RuntimeConfigFile> {
  return (await loadYaml()).parseRuntimeConfig(text);
}

/** One bare block, as given when a run is started; none where there is no text. */
export async function readSettingsBlock(text: string | null | undefined, name: string): Promise<SettingsBlock | undefined> {
  return text ? (await loadYaml()).parseSettingsBlock(text, name) : undefined;
}

/** A block as the text that reads as it. */
export async function writeSettingsBlock(settings: SettingsBlock): Promise<string> {
  return (await loadYaml()).settingsBlockText(settings);
}
