import { choose, each, JsonWalker, members, take, type Span } from '../../protocol/json-walk.ts';
import type { JsonValue } from '../../protocol/json-value.ts';
import { sha256 } from '../shared/text.ts';
import type { FoundEntity, ValuesPlace } from './entity.ts';

/** An output as the worker reported it. */
export interface FoundOutput {
  readonly name: string;
  readonly sensitive: boolean;
  /** JSON text; of a sensitive one only when both sides allow it. */
  readonly value: string | null;
  readonly hash: string;
}

export interface FoundResources {
  readonly entities: readonly FoundEntity[];
  readonly outputs: readonly FoundOutput[];
  /** The document holds a sensitive value, so it must not stay as it is. */
  readonly holdsSecrets: boolean;
}

const LONGEST_NAME = 4_096;

/** Reads a `StateResources` document of any size; values stay in it and are kept by place. */
export async function readResources(key: string, body: AsyncIterable<Uint8Array>): Promise<FoundResources> {
  const entities: FoundEntity[] = [];
  const outputs: FoundOutput[] = [];
  let item: { readonly kind: 'resource' | 'output'; readonly fields: Map<string, JsonValue>; values: ValuesPlace | null } | undefined;
  const finish = () => {
    if (item?.kind === 'resource') entities.push(toResource(item.fields, item.values));
    if (item?.kind === 'output') {
      const output = toOutput(item.fields);
      outputs.push(output);
      entities.push(toOutputEntity(output, item.values));
    }
    item = undefined;
  };
  const field = take((value, name, { start, end }: Span) => {
    item?.fields.set(name, value);
    if (item !== undefined && typeof value === 'string' && (name === 'values' || name === 'value')) item.values = { key, offset: start, length: end - start };
  });
  const items = (kind: 'resource' | 'output') =>
    choose(() => {
      // One item ends where the next begins.
      finish();
      item = { kind, fields: new Map(), values: null };
      return each(field);
    });

  const walker = new JsonWalker(members({ resources: items('resource'), outputs: items('output') }));
  for await (const chunk of body) walker.write(chunk);
  walker.end();
  finish();
  return { entities, outputs, holdsSecrets: outputs.some((output) => output.sensitive && output.value !== null) };
}

type Fields = ReadonlyMap<string, JsonValue>;

const asText = (value: JsonValue | undefined): string | null => (typeof value === 'string' ? value : null);
const named = (fields: Fields, name: string): string => (asText(fields.get(name)) ?? '').slice(0, LONGEST_NAME);

function toOutput(fields: Fields): FoundOutput {
  return { name: named(fields, 'name'), sensitive: fields.get('sensitive') === true, value: asText(fields.get('value')), hash: named(fields, 'hash') };
}

function toResource(fields: Fields, values: ValuesPlace | null): FoundEntity {
  const content = asText(fields.get('values'));
  return {
    kind: 'resource',
    address: named(fields, 'address'),
    name: named(fields, 'name'),
    type: named(fields, 'type'),
    provider: named(fields, 'provider'),
    mode: named(fields, 'mode'),
    tainted: fields.get('tainted') === true,
    sensitive: false,
    phantom: false,
    values,
    valuesSha256: content === null ? null : sha256(content),
    outputHash: null,
  };
}

function toOutputEntity(output: FoundOutput, values: ValuesPlace | null): FoundEntity {
  return {
    kind: 'output',
    address: `output.${output.name}`,
    name: output.name,
    type: 'output',
    provider: null,
    mode: null,
    tainted: false,
    sensitive: output.sensitive,
    phantom: false,
    values: output.sensitive ? null : values,
    valuesSha256: output.hash,
    outputHash: output.hash,
  };
}
