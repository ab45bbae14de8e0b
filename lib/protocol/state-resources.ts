import { each, JsonWalker, members, take } from './json-walk.ts';
import { isList, isObject, member, textOf, writeJson, type JsonValue } from './json-value.ts';
import { providerSource, resourceAddress } from './resource-address.ts';
import { hashOfValue, joinMarks, marksOfPaths, noSecrets, sanitizeValue, type HoldsSecret, type SanitizeMode } from './sanitize.ts';
import { eachResource, shownResource } from './shown-state.ts';
import type { StateOutput, StateResource } from './worker-api.ts';

export interface ExtractOptions {
  readonly mode: SanitizeMode;
  /** Marks of sensitive values by address, where the plan told them. */
  readonly marksOf: (address: string) => JsonValue | undefined;
  /** Whether values of sensitive outputs may go along. */
  readonly sensitiveOutputs: boolean;
  /** What is known to be secret without a mark. */
  readonly holdsSecret?: HoldsSecret | undefined;
}

/** A `StateResources` document as text, resource by resource; outputs are few and come at the end. */
export class ResourcesText {
  readonly #outputs: StateOutput[] = [];
  #pieces: string[] = ['{"resources":['];
  #separator = '';

  resource(resource: StateResource): void {
    this.#pieces.push(`${this.#separator}\n${JSON.stringify(resource)}`);
    this.#separator = ',';
  }

  output(output: StateOutput): void {
    this.#outputs.push(output);
  }

  end(): void {
    this.#pieces.push(`],"outputs":${JSON.stringify(this.#outputs)}}`);
  }

  /** The text since the last call. */
  take(): string {
    const text = this.#pieces.join('');
    this.#pieces = [];
    return text;
  }
}

/** The `StateResources` document of a state, made while it is read: a body in the tool's own format (version 4), or what `show -json` prints. */
export async function* resourcesDocument(chunks: AsyncIterable<Uint8Array>, options: ExtractOptions): AsyncGenerator<Buffer> {
  const text = new ResourcesText();
  const outputs = each(take((value, name) => text.output(toOutput(name, member(value, 'value') ?? null, member(value, 'sensitive') === true, options.sensitiveOutputs, options.holdsSecret))));
  const onShown = (value: JsonValue) => {
    if (textOf(value, 'deposed_key') === '') text.resource(shownResource(value, options.mode, member(value, 'sensitive_values'), options.holdsSecret));
  };
  const walker = new JsonWalker(members({
    outputs,
    values: members({ outputs, root_module: eachResource(onShown) }),
    resources: each(take((value) => instancesOf(value, options).forEach((resource) => text.resource(resource)))),
  }));
  for await (const chunk of chunks) {
    walker.write(chunk);
    const piece = text.take();
    if (piece !== '') yield Buffer.from(piece);
  }
  walker.end();
  text.end();
  yield Buffer.from(text.take());
}

/** An output as it may leave the worker: of a sensitive one, marked or not, only the hash, unless its value is allowed to go along. */
export function toOutput(name: string, value: JsonValue, marked: boolean, allowSensitive: boolean, holdsSecret: HoldsSecret = noSecrets): StateOutput {
  const text = writeJson(value);
  const sensitive = marked || holdsSecret(text);
  return { name, sensitive, value: sensitive && !allowSensitive ? null : text, hash: hashOfValue(value) };
}

function instancesOf(resource: JsonValue, options: ExtractOptions): StateResource[] {
  const instances = member(resource, 'instances');
  if (!isList(instances)) return [];
  const base = {
    mode: textOf(resource, 'mode') === 'data' ? ('data' as const) : ('managed' as const),
    type: textOf(resource, 'type'),
    name: textOf(resource, 'name'),
    module: textOf(resource, 'module'),
    provider: providerSource(textOf(resource, 'provider')),
  };
  // A deposed object is the old half of an unfinished replacement; the address is shown once.
  return instances.filter((instance) => textOf(instance, 'deposed') === '').map((instance) => {
    const address = resourceAddress({ ...base, index: member(instance, 'index_key') });
    const attributes = member(instance, 'attributes') ?? member(instance, 'attributes_flat') ?? null;
    const planned = options.marksOf(address);
    const marks = planned === undefined ? undefined : joinMarks(planned, marksOfPaths(member(instance, 'sensitive_attributes')));
    const values = sanitizeValue(options.mode, withoutTypes(attributes), marks, options.holdsSecret);
    return { ...base, address, tainted: textOf(instance, 'status') === 'tainted', values: writeJson(values) };
  });
}

/**
 * An attribute of dynamic type is stored as `{"value": …, "type": …}`. Unwrapped it looks like the plan's JSON, so that
 * one tree of marks fits both.
 */
function withoutTypes(attributes: JsonValue): JsonValue {
  if (!isObject(attributes)) return attributes;
  return new Map(Array.from(attributes, ([name, item]) => {
    const dynamic = isObject(item) && item.size === 2 && item.has('value') && isTypeText(item.get('type'));
    return [name, dynamic ? (item.get('value') ?? null) : item];
  }));
}

const PRIMITIVES: ReadonlySet<JsonValue | undefined> = new Set(['string', 'number', 'bool', 'dynamic']);
const COMPOUNDS: ReadonlySet<JsonValue | undefined> = new Set(['list', 'set', 'map', 'object', 'tuple']);
const isTypeText = (type: JsonValue | undefined): boolean => PRIMITIVES.has(type) || (isList(type) && type.length === 2 && COMPOUNDS.has(type[0]));
