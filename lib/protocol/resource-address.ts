import { JsonNumber, type JsonValue } from './json-value.ts';

const QUOTED: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** An instance key as the tool writes it in addresses: `[0]`, `["name"]`, or nothing. */
export function indexSuffix(key: JsonValue | undefined): string {
  if (key instanceof JsonNumber) return `[${key.text}]`;
  if (typeof key !== 'string') return '';
  const text = key.replace(/["\\\n\r\t]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (character) => QUOTED[character] ?? escaped(character)).replace(/\$\{/g, '$$${').replace(/%\{/g, '%%{');
  return `["${text}"]`;
}

/** What cannot be seen is written by its number. */
function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x1_0000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}

/** Address of a resource instance in a state. */
export function resourceAddress(parts: { readonly module: string; readonly mode: string; readonly type: string; readonly name: string; readonly index?: JsonValue | undefined }): string {
  const prefix = parts.module === '' ? '' : `${parts.module}.`;
  return `${prefix}${parts.mode === 'data' ? 'data.' : ''}${parts.type}.${parts.name}${indexSuffix(parts.index)}`;
}

/** `module.a["x.y"].module.b[0]` of `module.a["x.y"].module.b[0].aws_s3_bucket.c`; '' at the root. */
export function moduleOf(address: string): string {
  let end = 0;
  for (;;) {
    const rest = address.slice(end === 0 ? 0 : end + 1);
    const match = /^module\.[^.["]+(?:\[(?:[0-9]+|"(?:[^"\\]|\\.)*")\])?(?=\.|$)/.exec(rest);
    if (match === null) return address.slice(0, end);
    end += match[0].length + (end === 0 ? 0 : 1);
  }
}

/** The module around a module: `module.a` of `module.a.module.b[0]`; '' at the root. */
export function parentModule(module: string): string {
  let parent = '';
  for (;;) {
    const rest = module.slice(parent === '' ? 0 : parent.length + 1);
    const match = /^module\.[^.["]+(?:\[(?:[0-9]+|"(?:[^"\\]|\\.)*")\])?/.exec(rest);
    if (match === null || match[0].length === rest.length) return parent;
    parent = parent === '' ? match[0] : `${parent}.${match[0]}`;
  }
}

/** Source address of a provider from its name in a state: `provider["registry.terraform.io/hashicorp/aws"].alias`. */
export function providerSource(text: string): string {
  const quoted = /provider\["([^"]+)"\]/.exec(text);
  if (quoted !== null) return quoted[1] ?? '';
  return /(?:^|\.)provider\.([^.]+)/.exec(text)?.[1] ?? text;
}
