import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { App } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { FUNCTIONS } from '../../lib/core/shared/functions.ts';
import { buildApp } from '../../lib/infra/app.ts';
import type { StackId } from '../../lib/infra/platform-stack.ts';
import { readConfigText, type Read, type ReadOptions } from '../../lib/install/read-config.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, any>>; // eslint-disable-line @typescript-eslint/no-explicit-any
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: readonly string[];
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Type: string; readonly Default?: string }>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}

/** A configuration synthesised: what the file said, and what came of it. */
export interface Synthesized {
  readonly read: Read;
  readonly app: App;
  readonly assembly: CloudAssembly;
  readonly outdir: string;
  /** In the order of their deployment. */
  readonly stacks: readonly StackId[];
  template(stack: StackId): Template;
  /** Resources of one type, in all stacks or in one. */
  resources(type: string, stack?: StackId): readonly Resource[];
  all(): readonly (Resource & { readonly stack: StackId; readonly id: string })[];
}

type Json = Readonly<Record<string, unknown>>;

export const example = (): Json => JSON.parse(readFileSync(join(ROOT, 'config.example.json'), 'utf8')) as Json;

/** The example with changes: blocks are merged, everything else replaced, and null takes a key out. */
export function configWith(changes: Json, onto: Json = example()): Json {
  const merged: Record<string, unknown> = { ...onto };
  for (const [key, value] of Object.entries(changes)) {
    const before = merged[key];
    const both = [before, value].every((each) => typeof each === 'object' && each !== null && !Array.isArray(each));
    merged[key] = both ? configWith(value as Json, before as Json) : value;
  }
  return merged;
}

export const readWith = (changes: Json, options?: ReadOptions) => readConfigText(JSON.stringify(configWith(changes)), options);

/** The faults of the example with changes; none when it is good. */
export function faultsOf(changes: Json, options?: ReadOptions): readonly string[] {
  const read = readWith(changes, options);
  return 'faults' in read ? read.faults : [];
}

export function goodConfig(changes: Json = {}, options?: ReadOptions): Read {
  const read = readWith(changes, options);
  if ('faults' in read) throw new Error(read.faults.join('\n'));
  return read;
}

let scratch: string | undefined;

/** A folder for everything that the tests of this process write; gone when it ends. */
function scratchRoot(): string {
  if (scratch === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'windlass-infra-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    scratch = folder;
  }
  return scratch;
}

/** Code and layers that stand in for the built ones: templates do not depend on what is in them. */
function standIns(): { readonly bundles: string; readonly layers: string } {
  const folders = { bundles: join(scratchRoot(), 'bundles'), layers: join(scratchRoot(), 'layers') };
  for (const { entry } of Object.values(FUNCTIONS)) {
    mkdirSync(join(folders.bundles, entry), { recursive: true });
    writeFileSync(join(folders.bundles, entry, 'index.mjs'), `export const handler = () => ${JSON.stringify(entry)};\n`);
  }
  for (const layer of ['telemetry', 'telemetry-otel', 'opa-arm64']) {
    mkdirSync(join(folders.layers, layer), { recursive: true });
    writeFileSync(join(folders.layers, layer, 'layer.txt'), layer);
  }
  return folders;
}

const made = new Map<string, Synthesized>();

/** Synthesises the example with changes, once for each set of them. */
export function synthesized(changes: Json = {}): Synthesized {
  const key = JSON.stringify(changes);
  const known = made.get(key);
  if (known !== undefined) return known;
  const read = goodConfig(changes);
  const outdir = join(scratchRoot(), `out-${made.size}`);
  const app = buildApp(read.config, { outdir, folders: standIns() });
  const assembly = app.synth();
  const byId = new Map<StackId, Template>(assembly.stacks.map((stack) => [
    stack.stackName.slice(read.config.prefix.length + 1) as StackId,
    stack.template as Template,
  ]));
  const template = (stack: StackId): Template => {
    const found = byId.get(stack);
    if (found === undefined) throw new Error(`there is no stack ${stack}`);
    return found;
  };
  const all = () => [...byId].flatMap(([stack, { Resources }]) => Object.entries(Resources).map(([id, resource]) => ({ ...resource, stack, id })));
  const result: Synthesized = {
    read,
    app,
    assembly,
    outdir,
    stacks: [...byId.keys()],
    template,
    resources: (type, stack) => all().filter((resource) => resource.Type === type && (stack === undefined || resource.stack === stack)),
    all,
  };
  made.set(key, result);
  return result;
}

/** A function's resource by the name it has in the table. */
export function functionOf(from: Synthesized, name: string): Resource {
  const found = from.resources('AWS::Lambda::Function').find(({ Properties }) => Properties?.FunctionName === `${from.read.config.prefix}-${name}`);
  if (found === undefined) throw new Error(`there is no function ${name}`);
  return found;
}

/** A text of a template as a person reads it: references in braces, parameters by the names they stand for. */
export function readable(value: unknown, template: Template): string {
  if (typeof value === 'string') return value;
  const {
    Ref: ref,
    'Fn::Join': join,
    'Fn::GetAtt': attribute,
    'Fn::Sub': sub,
  } = value as Readonly<Record<string, any>>; // eslint-disable-line @typescript-eslint/no-explicit-any
  if (join !== undefined) return (join as [string, unknown[]])[1].map((part) => readable(part, template)).join((join as [string])[0]);
  if (ref !== undefined) return `{${template.Parameters?.[ref as string]?.Default ?? (ref as string)}}`;
  if (attribute !== undefined) return `{${(attribute as string[]).join('.')}}`;
  if (sub !== undefined) return String(sub);
  return JSON.stringify(value);
}
