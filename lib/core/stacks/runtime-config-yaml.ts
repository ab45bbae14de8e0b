import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, stringify, type Document, type Node, type Pair, type YAMLMap } from 'yaml';
import type { ToolKind } from '../../protocol/job.ts';
import { MAX_VARIABLE_BYTES } from '../contexts/config.ts';
import { invalid } from '../shared/errors.ts';
import { HOOK_KEYS } from '../shared/hooks.ts';
import { MAX_RUNTIME_CONFIG_BYTES, RUNTIME_CONFIG_PATH, type RuntimeConfigFile, type SettingsBlock } from './runtime-config.ts';

const TOOLS: readonly ToolKind[] = ['TERRAFORM_FOSS', 'OPEN_TOFU', 'CUSTOM'];
/** More aliases than this is a file made to exhaust memory. */
const MAX_ALIASES = 1000;
const MAX_DEPTH = 64;
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

const snakeCase = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A parsed text with what is needed to say where something is wrong. */
interface Source {
  readonly name: string;
  readonly document: Document;
  readonly lines: LineCounter;
  /** Pairs of the maps read so far. */
  readonly merged: Map<YAMLMap, ReadonlyMap<string, Pair>>;
}

/** The repository's configuration file; unknown keys are passed over, wrong values refused with file, line and key. */
export function parseRuntimeConfig(text: string, name = RUNTIME_CONFIG_PATH): RuntimeConfigFile {
  const source = open(text, name);
  const root = allPairs(source, mapOf(source, source.document.contents, 'the file', source.document.contents));
  const stacks = new Map<string, SettingsBlock>();
  for (const [slug, value, at] of entries(source, root.get('stacks'), 'stacks')) stacks.set(slug, block(source, value, `stacks.${slug}`, at));
  const defaults = root.get('stack_defaults');
  return { version: fileVersion(source, root.get('version')), stackDefaults: defaults ? block(source, valueOf(source, defaults), 'stack_defaults', defaults.key) : {}, stacks };
}

/** One bare block, as given when a run is started. */
export function parseSettingsBlock(text: string, name: string): SettingsBlock {
  const source = open(text, name);
  return block(source, source.document.contents, '', source.document.contents);
}

/** Writes a block the way `parseSettingsBlock` reads it, for callers that hold single values. */
export function settingsBlockText(settings: SettingsBlock): string {
  return stringify(Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined).map(([key, value]) => [snakeCase(key), value])));
}

function open(text: string, name: string): Source {
  if (Buffer.byteLength(text, 'utf8') > MAX_RUNTIME_CONFIG_BYTES) throw invalid(`${name} is over 256 KiB`, { file: name });
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const error = document.errors[0];
  if (error) throw invalid(`${name}, line ${lines.linePos(error.pos[0]).line}: ${error.message}`, { file: name, line: lines.linePos(error.pos[0]).line });
  const source: Source = { name, document, lines, merged: new Map() };
  checkShape(source);
  return source;
}

/** Depth and aliases are bounded before anything is read, and every alias has its anchor. */
function checkShape(source: Source): void {
  let aliases = 0;
  const visit = (node: unknown, depth: number): void => {
    if (depth > MAX_DEPTH) throw invalid(`${source.name} is nested too deeply`, { file: source.name });
    if (isAlias(node)) {
      if (++aliases > MAX_ALIASES) throw invalid(`${source.name} uses more than ${MAX_ALIASES} aliases`, { file: source.name });
      if (node.resolve(source.document) === undefined) fail(source, '', 'an alias has no anchor before it', node);
    } else if (isMap(node)) {
      for (const pair of node.items) visit(pair.value, depth + 1);
    } else if (isSeq(node)) {
      for (const item of node.items) visit(item, depth + 1);
    }
  };
  visit(source.document.contents, 0);
}

function fail(source: Source, key: string, problem: string, at: unknown): never {
  const offset = (at as Node | null | undefined)?.range?.[0];
  const line = offset === undefined ? 1 : source.lines.linePos(offset).line;
  throw invalid(`${source.name}, line ${line}${key === '' ? '' : `, ${key}`}: ${problem}`, { file: source.name, line, key });
}

function resolved(source: Source, node: unknown): Node | null {
  if (!isAlias(node)) return (node ?? null) as Node | null;
  return node.resolve(source.document) ?? null;
}

const valueOf = (source: Source, pair: Pair): Node | null => resolved(source, pair.value);

const EMPTY = { items: [] } as unknown as YAMLMap;

/** A map, or nothing at all, which is an empty one. */
function mapOf(source: Source, node: unknown, key: string, at: unknown): YAMLMap {
  const value = resolved(source, node);
  if (value === null || (isScalar(value) && value.value === null)) return EMPTY;
  return isMap(value) ? value : fail(source, key, 'must be a map', node ?? at);
}

const keyText = (pair: Pair): string => (isScalar(pair.key) ? String(pair.key.value) : String(pair.key));

/** The pairs of a map with those it merges in by `<<`; its own come first and win. Each map is worked out once, however often it is named. */
function allPairs(source: Source, map: YAMLMap): ReadonlyMap<string, Pair> {
  const known = source.merged.get(map);
  if (known) return known;
  const found = new Map<string, Pair>();
  source.merged.set(map, found);
  for (const pair of map.items) if (keyText(pair) !== '<<') found.set(keyText(pair), pair);
  for (const pair of map.items) {
    if (keyText(pair) !== '<<') continue;
    const merged = valueOf(source, pair);
    const parts = isSeq(merged) ? merged.items.map((item) => resolved(source, item)) : [merged];
    for (const part of parts) {
      if (!isMap(part)) fail(source, '<<', 'only maps can be merged in', pair.key);
      for (const [key, inner] of allPairs(source, part)) if (!found.has(key)) found.set(key, inner);
    }
  }
  return found;
}

function* entries(source: Source, pair: Pair | undefined, key: string): Generator<readonly [string, Node | null, unknown]> {
  if (pair === undefined) return;
  for (const [name, inner] of allPairs(source, mapOf(source, pair.value, key, pair.key))) yield [name, valueOf(source, inner), inner.key];
}

function fileVersion(source: Source, pair: Pair | undefined): 1 | 2 {
  if (pair === undefined) return 1;
  const text = scalar(source, valueOf(source, pair), 'version', pair.key);
  if (text === '1' || text === '2') return text === '1' ? 1 : 2;
  return fail(source, 'version', `must be 1 or 2, not ${text}`, pair.value ?? pair.key);
}

/** Strings as they are; numbers and booleans as the file writes them. */
function scalar(source: Source, node: Node | null, key: string, at: unknown): string {
  if (!isScalar(node)) return node === null ? '' : fail(source, key, 'must be a string', node);
  if (typeof node.value === 'string') return node.value;
  if (node.value === null) return '';
  if (typeof node.value === 'number' || typeof node.value === 'boolean' || typeof node.value === 'bigint') return node.source ?? String(node.value);
  return fail(source, key, 'must be a string', at);
}

function list(source: Source, node: Node | null, key: string, at: unknown): readonly string[] {
  if (node === null || (isScalar(node) && node.value === null)) return [];
  if (!isSeq(node)) return fail(source, key, 'must be a list of strings', isScalar(node) ? node : at);
  return node.items.map((item, index) => {
    const text = scalar(source, resolved(source, item), `${key}[${index}]`, item);
    return text.trim() === '' ? fail(source, `${key}[${index}]`, 'must not be empty', item) : text;
  });
}

function environment(source: Source, node: Node | null, key: string, at: unknown): Readonly<Record<string, string>> {
  const found: [string, string][] = [];
  for (const [name, pair] of allPairs(source, mapOf(source, node, key, at))) {
    if (!VARIABLE_NAME.test(name)) fail(source, `${key}.${name}`, 'is no name for a variable', pair.key);
    const value = scalar(source, valueOf(source, pair), `${key}.${name}`, pair.key);
    if (/[\r\n\0]/.test(value)) fail(source, `${key}.${name}`, 'a variable holds no line break', pair.key);
    if (Buffer.byteLength(value, 'utf8') > MAX_VARIABLE_BYTES) fail(source, `${key}.${name}`, 'a variable has at most 120 KiB', pair.key);
    found.push([name, value]);
  }
  return Object.fromEntries(found);
}

/** Reads the known keys of a settings block. */
function block(source: Source, node: Node | null, path: string, at: unknown): SettingsBlock {
  const pairs = allPairs(source, mapOf(source, node, path, at));
  const keyOf = (name: string) => (path === '' ? name : `${path}.${name}`);
  const read = <T>(name: string, as: (source: Source, node: Node | null, key: string, at: unknown) => T): T | undefined => {
    const pair = pairs.get(name);
    return pair && as(source, valueOf(source, pair), keyOf(name), pair.key);
  };
  const tool = read('terraform_workflow_tool', scalar);
  if (tool !== undefined && !TOOLS.includes(tool as ToolKind)) fail(source, keyOf('terraform_workflow_tool'), `must be one of ${TOOLS.join(', ')}, not "${tool}"`, pairs.get('terraform_workflow_tool')?.key);
  const root = read('project_root', scalar);
  if (root?.split('/').includes('..')) fail(source, keyOf('project_root'), 'must not leave the repository', pairs.get('project_root')?.key);
  const values: Record<string, unknown> = {
    environment: read('environment', environment),
    projectRoot: root,
    runnerImage: read('runner_image', scalar),
    terraformVersion: read('terraform_version', scalar),
    opentofuVersion: read('opentofu_version', scalar),
    terraformWorkflowTool: tool,
    gitSparseCheckoutPaths: read('git_sparse_checkout_paths', list),
  };
  for (const key of HOOK_KEYS) values[key] = read(snakeCase(key), list);
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
