import type { DataApiColumn, DataApiField, DataApiParameter, ExecuteOutput } from './data-api-client.ts';

/** The name of a statement's n-th parameter, counted from 1; in the text it stands behind a colon. */
export const parameterName = (position: number): string => `p${position}`;

/** Parameters as the service takes them: text is bound as varchar, and what PostgreSQL must read otherwise says so by a hint. */
export function toParameters(values: readonly unknown[]): readonly DataApiParameter[] {
  return values.map((value, index) => ({ name: parameterName(index + 1), ...toValue(value) }));
}

function toValue(value: unknown): Omit<DataApiParameter, 'name'> {
  if (value === null || value === undefined) return { value: { isNull: true } };
  switch (typeof value) {
    case 'string': return { value: { stringValue: value } };
    case 'boolean': return { value: { booleanValue: value } };
    case 'bigint':
    case 'number': return { value: toNumber(value) };
  }
  if (value instanceof Date) return { value: { stringValue: toTimestamp(value) }, typeHint: 'TIMESTAMP' };
  if (value instanceof Uint8Array) return { value: { blobValue: value } };
  if (Array.isArray(value)) throw new TypeError('the Data API takes no arrays: bind a list by json(), or one parameter an element');
  if (typeof value === 'object') return { value: { stringValue: JSON.stringify(value) }, typeHint: 'JSON' };
  throw new TypeError(`a ${typeof value} cannot be bound to a statement`);
}

function toNumber(value: number | bigint): DataApiField {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return { longValue: number };
  if (typeof value === 'bigint' || Number.isInteger(value) || !Number.isFinite(value)) throw new RangeError(`the number ${value} does not pass the Data API exactly: bind it as text and cast it`);
  return { doubleValue: value };
}

/** In UTC without zone; the service refuses the ISO form. */
function toTimestamp(value: Date): string {
  const iso = value.toISOString();
  if (!/^\d{4}-/.test(iso)) throw new RangeError(`the time ${iso} lies outside the years that can be stored`);
  return iso.replace('T', ' ').replace('Z', '');
}

/** The rows of an answer with the values that the other drivers give; none for a statement without rows. */
export function toRows({ records, columnMetadata }: ExecuteOutput): Record<string, unknown>[] {
  const columns = (columnMetadata ?? []).map((column) => ({ name: nameOf(column), parse: PARSERS.get(column.typeName?.toLowerCase() ?? '') ?? plain }));
  return (records ?? []).map((record) => {
    const row: Record<string, unknown> = {};
    columns.forEach(({ name, parse }, index) => {
      const field = record[index];
      row[name] = field === undefined || field.isNull === true ? null : parse(field);
    });
    return row;
  });
}

const nameOf = ({ label, name }: DataApiColumn): string => (label === undefined || label === '' ? (name ?? '') : label);

type Parse = (field: DataApiField) => unknown;

const plain: Parse = (field) => field.stringValue ?? field.longValue ?? field.booleanValue ?? field.doubleValue ?? field.blobValue ?? null;
const document: Parse = (field) => JSON.parse(field.stringValue ?? 'null');
const time: Parse = (field) => fromTimestamp(field.stringValue ?? '');

/** By the type's name; what is not here is given as it comes. */
const PARSERS: ReadonlyMap<string, Parse> = new Map([
  ['timestamptz', time],
  ['timestamp', time],
  ['date', time],
  ['json', document],
  ['jsonb', document],
  ['bytea', (field: DataApiField) => Buffer.from(field.blobValue ?? [])],
]);

/** The session is in UTC, so a time without zone is one in UTC; `+00` is understood as well. */
function fromTimestamp(text: string): Date {
  const [, day = text, hours = '00:00:00', zone = 'Z'] = /^(\S+?)(?:[ T]([\d:.]+)(Z|[+-]\d\d(?::?\d\d)?)?)?$/.exec(text) ?? [];
  return new Date(`${day}T${hours}${/^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone}`);
}
