import type { Settings } from '../core/ports/settings.ts';
import type { EnvironmentReader } from './environment.ts';

type ToolLists = NonNullable<Settings['toolLists']>;

const PUBLISHERS: ToolLists = { TERRAFORM_FOSS: 'https://releases.hashicorp.com/terraform/index.json', OPEN_TOFU: 'https://get.opentofu.org/tofu/api.json' };

/** Where lists of releases are fetched: from the publishers of the tools, from a mirror laid out as that of workers, or nowhere. */
export function readToolLists(read: EnvironmentReader, unset: 'publishers' | 'off'): ToolLists | null {
  const text = read.text('TOOL_VERSIONS_FROM') ?? unset;
  if (text === 'off') return null;
  if (text === 'publishers') return PUBLISHERS;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    read.fault('TOOL_VERSIONS_FROM', `${JSON.stringify(text)} is neither publishers nor off nor the URL of a mirror such as https://mirror.example.com/tools`);
    return null;
  }
  const base = text.replace(/\/+$/, '');
  return { TERRAFORM_FOSS: `${base}/terraform/index.json`, OPEN_TOFU: `${base}/opentofu/api.json` };
}
