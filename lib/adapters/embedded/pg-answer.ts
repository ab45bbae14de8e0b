/** What a statement's columns are, as the server describes them once. */
export interface Column {
  readonly name: string;
  readonly parse: (text: string) => unknown;
}

/** The server's answer to one batch of messages. */
export interface PgAnswer {
  /** Undefined where the batch did not ask for a description. */
  readonly columns: readonly Column[] | undefined;
  readonly rows: readonly Record<string, unknown>[];
  /** Such as `UPDATE 1`. */
  readonly tag: string;
  readonly error: PgError | undefined;
}

/** An error of the database; `code` is its SQLSTATE. */
export class PgError extends Error {
  override name = 'PgError';
  readonly code: string;
  readonly detail: string | undefined;

  constructor(fields: ReadonlyMap<string, string>) {
    super(fields.get('M') ?? 'the database failed');
    this.code = fields.get('C') ?? 'XX000';
    this.detail = fields.get('D');
  }
}

const asText = (text: string): unknown => text;
const asDate = (text: string): unknown => new Date(text);

/** By the OID of the type; every other type stays text. */
const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map([
  [16, (text: string): unknown => text === 't'],
  ...[20, 21, 23, 26, 700, 701].map((oid) => [oid, Number] as const),
  ...[114, 3802].map((oid) => [oid, JSON.parse] as const),
  ...[1082, 1114, 1184].map((oid) => [oid, asDate] as const),
]);

const MESSAGE = { row: 0x44, description: 0x54, complete: 0x43, error: 0x45 } as const;

/** Reads the messages that matter to a caller of one statement: description, rows, tag, error. `known` are the columns of rows that come undescribed. */
export function readAnswer(bytes: Uint8Array, known: readonly Column[] = []): PgAnswer {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows: Record<string, unknown>[] = [];
  let columns: readonly Column[] | undefined;
  let tag = '';
  let error: PgError | undefined;
  for (let at = 0; at < buffer.length; ) {
    const end = at + 1 + buffer.readInt32BE(at + 1);
    switch (buffer[at]) {
      case MESSAGE.row:
        rows.push(readRow(buffer, at + 5, columns ?? known));
        break;
      case MESSAGE.description:
        columns = readColumns(buffer, at + 5);
        break;
      case MESSAGE.complete:
        tag = buffer.toString('latin1', at + 5, end - 1);
        break;
      case MESSAGE.error:
        error ??= new PgError(readFields(buffer, at + 5));
        break;
    }
    at = end;
  }
  return { columns, rows, tag, error };
}

function readRow(buffer: Buffer, start: number, columns: readonly Column[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  let at = start + 2;
  for (const { name, parse } of columns) {
    const length = buffer.readInt32BE(at);
    at += 4;
    if (length < 0) row[name] = null;
    else {
      row[name] = parse(buffer.toString('utf8', at, at + length));
      at += length;
    }
  }
  return row;
}

function readColumns(buffer: Buffer, start: number): readonly Column[] {
  const count = buffer.readInt16BE(start);
  const columns: Column[] = [];
  for (let at = start + 2; columns.length < count; ) {
    const end = buffer.indexOf(0, at);
    // Table and attribute number come before the type; its size, modifier and format after it.
    columns.push({ name: buffer.toString('utf8', at, end), parse: PARSERS.get(buffer.readInt32BE(end + 7)) ?? asText });
    at = end + 19;
  }
  return columns;
}

function readFields(buffer: Buffer, start: number): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let at = start; buffer[at] !== 0 && at < buffer.length; ) {
    const end = buffer.indexOf(0, at);
    fields.set(String.fromCharCode(buffer[at] ?? 0), buffer.toString('utf8', at + 1, end));
    at = end + 1;
  }
  return fields;
}
