import { isNativeError } from 'node:util/types';
import { unavailable, type AppError } from '../../core/shared/errors.ts';
import { wakingUp } from '../sql/patience.ts';
import { translated } from './service-errors.ts';

/** What the service would not carry. */
export type Limit = 'row' | 'answer' | 'request';

/** An error of the database; `code` is its SQLSTATE, as on the other drivers. */
export class DataApiError extends Error {
  override name = 'DataApiError';
  readonly code: string | undefined;
  /** May hold values of the row. */
  readonly detail: string | undefined;
  readonly limit: Limit | undefined;

  constructor(message: string, code: string | undefined, options: ErrorOptions & { readonly detail?: string; readonly limit?: Limit } = {}) {
    super(message, options);
    this.code = code;
    this.detail = options.detail;
    this.limit = options.limit;
  }
}

/**
 * What a failed call means for its statement: `resuming` the database was paused and nothing ran; `ended` the transaction is gone, and what
 * it did with it; `undone` the statement ran out of time and left no trace; `unknown` it may have been executed; `refused` otherwise.
 */
export type Failure = 'resuming' | 'ended' | 'undone' | 'unknown' | 'refused';

/** The service's exceptions; whatever is neither one of these nor refused by name comes from the way to the service. */
const FAILURES: ReadonlyMap<string, Failure> = new Map([
  ['DatabaseResumingException', 'resuming'],
  ['TransactionNotFoundException', 'ended'],
  ['StatementTimeoutException', 'unknown'],
  ['InternalServerErrorException', 'unknown'],
  ['ServiceUnavailableError', 'unknown'],
  ['DatabaseUnavailableException', 'unknown'],
]);

const QUERY_CANCELED = '57014';
const PROGRAM_LIMIT_EXCEEDED = '54000';
const IDLE_TRANSACTION_ENDED = '25P03';

export function failureOf(error: unknown): Failure {
  const name = nameOf(error);
  const known = FAILURES.get(name);
  if (known !== undefined) return known;
  if (sqlStateOf(error) === QUERY_CANCELED) return 'undone';
  return isServiceException(error) ? 'refused' : 'unknown';
}

const nameOf = (error: unknown): string => (isNativeError(error) ? error.name : '');
const messageOf = (error: unknown): string => (isNativeError(error) ? error.message : String(error));

/** Whether the service itself answered: the SDK marks its errors with who is at fault. */
function isServiceException(error: unknown): boolean {
  const $fault = (error as { readonly $fault?: unknown } | null)?.$fault;
  return $fault === 'client' || $fault === 'server';
}

/** The service has no field for the SQLSTATE; it ends the message. */
const sqlStateOf = (error: unknown): string | undefined => /SQLState: ([0-9A-Z]{5})\b/.exec(messageOf(error))?.[1];

/** The error for the caller of a statement. */
export function translate(error: unknown, sql: string): Error {
  switch (failureOf(error)) {
    case 'resuming': return wakingUp(error);
    case 'unknown': return noAnswer(error);
    case 'ended': return new DataApiError('the transaction has ended: it was idle for too long, or an earlier statement failed', IDLE_TRANSACTION_ENDED, { cause: error });
    default: return refusedToUs(error) ?? limitOf(error, sql) ?? databaseError(error);
  }
}

/** The service itself would not take the call: credentials, rights, too many calls. */
function refusedToUs(error: unknown): Error | undefined {
  const told = translated(error, 'the database');
  return told === error ? undefined : (told as Error);
}

/** Nobody can tell whether the change was made, so it is not repeated. */
const noAnswer = (cause: unknown): AppError => unavailable('the database did not answer in time; what was asked may or may not have been done', {}, { cause });

/** The service tells its limits apart by words alone. */
const LIMITS: readonly { readonly limit: Limit; readonly words: RegExp; readonly message: string }[] = [
  { limit: 'row', words: /packet for query is too large/i, message: 'a row of the answer is larger than 64 KiB: what is that large belongs in the object store' },
  { limit: 'answer', words: /response (?:exceeded size|size) limit/i, message: 'the answer is larger than 1 MiB: ask for fewer rows at once' },
];

function limitOf(error: unknown, sql: string): DataApiError | undefined {
  const found = LIMITS.find(({ words }) => words.test(messageOf(error)));
  return found && new DataApiError(`${found.message}, in: ${excerpt(sql)}`, PROGRAM_LIMIT_EXCEEDED, { cause: error, limit: found.limit });
}

export const isAnswerTooLarge = (error: unknown): boolean => error instanceof DataApiError && error.limit === 'answer';

export const requestTooLarge = (sql: string): DataApiError =>
  new DataApiError(`the statement and its parameters are larger than 4 MiB: write fewer rows at once, in: ${excerpt(sql)}`, PROGRAM_LIMIT_EXCEEDED, { limit: 'request' });

const excerpt = (sql: string): string => (sql.length > 200 ? `${sql.slice(0, 200)}…` : sql);

function databaseError(error: unknown): DataApiError {
  const [, message = messageOf(error), detail] = /^(?:ERROR: )?(.*?)(?:\s+Detail: (.*?))?(?:\s+(?:Hint|Where|Position): .*?)?(?:;? *SQLState: [0-9A-Z]{5}.*)?$/s.exec(messageOf(error)) ?? [];
  return new DataApiError(message, sqlStateOf(error), { cause: error, ...(detail === undefined ? {} : { detail }) });
}
