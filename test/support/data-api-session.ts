import pg from 'pg';
import { toPositional } from './data-api-sql.ts';
import { resultType, ServiceException, textOfParameter, typeOfParameter, type WireField, type WireParameter } from './data-api-types.ts';

export interface Limits {
  readonly rowBytes: number;
  readonly responseBytes: number;
  readonly requestBytes: number;
  readonly statementMs: number;
  readonly idleTransactionMs: number;
}

/** The service's own. */
export const SERVICE_LIMITS: Limits = { rowBytes: 64 * 1024, responseBytes: 1024 * 1024, requestBytes: 4 * 1024 * 1024, statementMs: 45_000, idleTransactionMs: 180_000 };

export interface Answer {
  readonly records?: readonly (readonly WireField[])[];
  readonly columnMetadata?: readonly { readonly name: string; readonly label: string; readonly typeName: string }[];
  readonly numberOfRecordsUpdated: number;
  readonly generatedFields: readonly never[];
}

/** Connections as the service has them: in UTC, every value as text, statements stopped at the limit. */
export function openPool(url: string, limits: Limits): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: 12,
    allowExitOnIdle: true,
    options: `-c TimeZone=UTC -c DateStyle=ISO -c statement_timeout=${limits.statementMs}`,
    types: { getTypeParser: () => (value: string) => value },
  });
  pool.on('error', () => {});
  return pool;
}

const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/^\s*(?:begin|start|commit|end|abort|prepare\s+transaction|rollback(?!\s+to\b))\b/i, 'Transactions are begun and ended by their own calls.'],
  [/^\s*(?:listen|unlisten|notify|copy)\b/i, 'The statement is not supported.'],
  [/\bpg_(?:try_)?advisory_(?:lock|unlock)/i, 'A lock of the session does not outlive the statement.'],
];

/** State of the session: the connection must not serve anybody else. */
export const changesSession = (sql: string): boolean => /^\s*(?:set|reset|prepare|declare|load|create\s+temp)/i.test(sql);

/** Runs one statement the way the service does, with its typing, and refuses an answer over the limits. */
export async function execute(client: pg.ClientBase, sql: string, parameters: readonly WireParameter[], limits: Limits): Promise<Answer> {
  const forbidden = FORBIDDEN.find(([pattern]) => pattern.test(sql));
  if (forbidden !== undefined) throw new ServiceException('BadRequestException', forbidden[1]);
  const { text, values } = bind(sql, parameters);
  const started = performance.now();
  let result: pg.QueryArrayResult<(string | null)[]>;
  try {
    // The extended protocol takes a single statement, as the service does.
    result = await client.query<(string | null)[]>({ text, values, rowMode: 'array', queryMode: 'extended' } as pg.QueryArrayConfig);
  } catch (error) {
    throw toException(error, performance.now() - started >= limits.statementMs);
  }
  return toAnswer(result, limits);
}

function bind(sql: string, parameters: readonly WireParameter[]) {
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const named = (name: string): WireParameter => {
    const parameter = byName.get(name);
    if (parameter === undefined) throw new ServiceException('BadRequestException', `Cannot find parameter: ${name}`);
    return parameter;
  };
  const { text, names } = toPositional(sql, (name) => typeOfParameter(named(name)));
  return { text, values: names.map((name) => textOfParameter(named(name))) };
}

function toAnswer(result: pg.QueryArrayResult<(string | null)[]>, limits: Limits): Answer {
  if (result.fields.length === 0) return { numberOfRecordsUpdated: result.rowCount ?? 0, generatedFields: [] };
  const columns = result.fields.map((field) => ({ field, type: resultType(field.dataTypeID) }));
  const records = result.rows.map((row) => columns.map(({ type }, index) => type.toField(row[index] ?? null)));
  if (result.rows.some((row) => row.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), 0) > limits.rowBytes)) throw new ServiceException('BadRequestException', 'Packet for query is too large');
  const answer = {
    records,
    columnMetadata: columns.map(({ field, type }) => ({ name: field.name, label: field.name, typeName: type.name })),
    numberOfRecordsUpdated: 0,
    generatedFields: [] as const,
  };
  if (Buffer.byteLength(JSON.stringify(answer)) > limits.responseBytes) throw new ServiceException('BadRequestException', 'Database response exceeded size limit');
  return answer;
}

export function toException(error: unknown, overTime = false): Error {
  if (!(error instanceof pg.DatabaseError)) return error as Error;
  if (error.code === '57014' && overTime) return new ServiceException('StatementTimeoutException', 'Request timed out');
  if (error.code === '3D000') return new ServiceException('DatabaseNotFoundException', error.message);
  const parts = [['Detail', error.detail], ['Hint', error.hint], ['Position', error.position]].filter(([, text]) => text !== undefined).map(([label, text]) => `\n  ${label}: ${text}`);
  return new ServiceException('DatabaseErrorException', `ERROR: ${error.message}${parts.join('')}; SQLState: ${error.code}`);
}
