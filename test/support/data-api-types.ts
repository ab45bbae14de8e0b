/** A value as it stands in a request or an answer. */
export interface WireField {
  readonly isNull?: boolean;
  readonly booleanValue?: boolean;
  readonly longValue?: number;
  readonly doubleValue?: number;
  readonly stringValue?: string;
  /** Base64. */
  readonly blobValue?: string;
  readonly arrayValue?: unknown;
}

export interface WireParameter {
  readonly name: string;
  readonly value: WireField;
  readonly typeHint?: string;
}

/** An exception of the service by its name. */
export class ServiceException extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

const HINTS: Readonly<Record<string, { readonly type: string | undefined; readonly pattern: RegExp }>> = {
  JSON: { type: undefined, pattern: /[\s\S]*/ },
  UUID: { type: 'uuid', pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i },
  TIMESTAMP: { type: 'timestamp', pattern: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?$/ },
  DATE: { type: 'date', pattern: /^\d{4}-\d\d-\d\d$/ },
  TIME: { type: 'time', pattern: /^\d\d:\d\d:\d\d(\.\d{1,6})?$/ },
  DECIMAL: { type: 'numeric', pattern: /^[+-]?\d+(\.\d+)?$/ },
};

/** The type that a parameter is bound with: never unknown but for null and JSON, so a text is no document, time or enum by itself. */
export function typeOfParameter({ name, value, typeHint }: WireParameter): string | undefined {
  if (value.arrayValue !== undefined) throw new ServiceException('BadRequestException', 'Array parameters are not supported.');
  if (value.isNull === true) return undefined;
  if (value.stringValue !== undefined) return typeOfText(name, value.stringValue, typeHint);
  if (value.longValue !== undefined) return 'int8';
  if (value.doubleValue !== undefined) return 'float8';
  if (value.booleanValue !== undefined) return 'bool';
  if (value.blobValue !== undefined) return 'bytea';
  throw new ServiceException('BadRequestException', `The parameter ${name} has no value.`);
}

function typeOfText(name: string, text: string, typeHint: string | undefined): string | undefined {
  if (typeHint === undefined) return 'varchar';
  const hint = HINTS[typeHint];
  if (hint === undefined || !hint.pattern.test(text)) throw new ServiceException('BadRequestException', `The parameter ${name} is not a ${typeHint}.`);
  return hint.type;
}

/** The value in PostgreSQL's text form. */
export function textOfParameter({ value }: WireParameter): string | Buffer | null {
  if (value.isNull === true) return null;
  if (value.blobValue !== undefined) return Buffer.from(value.blobValue, 'base64');
  return String(value.stringValue ?? value.longValue ?? value.doubleValue ?? value.booleanValue);
}

type ToField = (text: string) => WireField;

const asText: ToField = (stringValue) => ({ stringValue });
const asLong: ToField = (text) => ({ longValue: Number(text) });
const asDouble: ToField = (text) => ({ doubleValue: Number(text) });

/** Types by their OID; those that are missing the service does not return. */
const RESULT_TYPES: ReadonlyMap<number, readonly [name: string, toField: ToField]> = new Map([
  [16, ['bool', (text) => ({ booleanValue: text === 't' })]],
  [17, ['bytea', (text) => ({ blobValue: Buffer.from(text.slice(2), 'hex').toString('base64') })]],
  [18, ['char', asText]],
  [19, ['name', asText]],
  [20, ['int8', asLong]],
  [21, ['int2', asLong]],
  [23, ['int4', asLong]],
  [25, ['text', asText]],
  [26, ['oid', asLong]],
  [114, ['json', asText]],
  [700, ['float4', asDouble]],
  [701, ['float8', asDouble]],
  [1042, ['bpchar', asText]],
  [1043, ['varchar', asText]],
  [1082, ['date', asText]],
  [1083, ['time', asText]],
  [1114, ['timestamp', asText]],
  [1184, ['timestamptz', (text) => ({ stringValue: text.replace(/\+00$/, '') })]],
  [1700, ['numeric', asText]],
  [2278, ['void', asText]],
  [2950, ['uuid', asText]],
  [3802, ['jsonb', asText]],
]);

export function resultType(oid: number): { readonly name: string; readonly toField: (text: string | null) => WireField } {
  const [name, toField] = RESULT_TYPES.get(oid) ?? [];
  if (name === undefined || toField === undefined) throw new ServiceException('UnsupportedResultException', `The result contains the unsupported data type ${oid}.`);
  return { name, toField: (text) => (text === null ? { isNull: true } : toField(text)) };
}
