import { AbortedTransactionError, type CompiledQuery, type DatabaseConnection, type QueryResult, type RootOperationNode } from 'kysely';
import { callService, type RetryOptions } from './data-api-calls.ts';
import type { DataApiClient, DataApiTarget, ExecuteOutput } from './data-api-client.ts';
import { isAnswerTooLarge, requestTooLarge, translate, type Failure } from './data-api-errors.ts';
import { toParameters, toRows } from './data-api-values.ts';

export interface DataApiOptions extends RetryOptions {
  readonly client: DataApiClient;
  readonly target: DataApiTarget;
}

/** Rows of a page, tried in turn. The second fits rows at their limit of 64 KiB, the last also where JSON makes them six times as long. */
const PAGE_ROWS: readonly number[] = [200, 12, 2];

/** What Kysely takes for a connection: outside a transaction nothing at all, in one its id. */
export class DataApiConnection implements DatabaseConnection {
  readonly #options: DataApiOptions;
  #transactionId: string | undefined;
  /** A statement failed since the last savepoint: the transaction can only be undone. */
  #failed: unknown;
  /** The end of the last call, for the service refuses a second one in the same transaction meanwhile. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: DataApiOptions) {
    this.#options = options;
  }

  async executeQuery<R>({ sql, parameters, query }: CompiledQuery): Promise<QueryResult<R>> {
    const reads = isRead(query);
    try {
      const output = await this.#execute(sql, parameters, reads ? ['undone', 'unknown'] : ['undone']);
      const rows = toRows(output) as R[];
      const changed = changedRows(query, output);
      return changed === undefined ? { rows } : { rows, numAffectedRows: changed };
    } catch (error) {
      if (!reads || this.#transactionId !== undefined || !isAnswerTooLarge(error)) throw error;
      return { rows: (await new DataApiConnection(this.#options).#readInPages(sql, parameters)) as R[] };
    }
  }

  /** The rows of a long answer, all as of one moment: a cursor in a transaction of its own, read page by page. */
  async #readInPages(sql: string, parameters: readonly unknown[], [pageRows = 1, ...smaller]: readonly number[] = PAGE_ROWS): Promise<Record<string, unknown>[]> {
    const rows: Record<string, unknown>[] = [];
    await this.begin();
    try {
      await this.#execute(`declare pages no scroll cursor for ${sql}`, parameters, []);
      for (let read = pageRows; read === pageRows; ) {
        const page = toRows(await this.#execute(`fetch ${pageRows} from pages`, [], []));
        rows.push(...page);
        read = page.length;
      }
      return rows;
    } catch (error) {
      if (smaller.length === 0 || !isAnswerTooLarge(error)) throw error;
    } finally {
      await this.rollback();
    }
    return this.#readInPages(sql, parameters, smaller);
  }

  streamQuery(): never {
    throw new Error('the Data API does not stream: read page by page');
  }

  async begin(): Promise<void> {
    const { client, target } = this.#options;
    // A transaction that nobody heard of ends by itself.
    const { transactionId } = await this.#call('begin', ['undone', 'unknown'], () => client.beginTransaction(target));
    if (transactionId === undefined) throw new Error('the Data API began a transaction without an id');
    this.#transactionId = transactionId;
    this.#failed = undefined;
  }

  async commit(): Promise<void> {
    const cause = this.#failed;
    if (cause !== undefined) {
      await this.rollback();
      throw new AbortedTransactionError({ cause });
    }
    await this.#call('commit', [], () => this.#options.client.commitTransaction(this.#transaction()));
    this.#transactionId = undefined;
  }

  /** Never fails: what cannot be undone now is undone by the service, and the reason of the rollback must not get lost. */
  async rollback(): Promise<void> {
    await this.#call('rollback', ['unknown'], () => this.#options.client.rollbackTransaction(this.#transaction())).catch(() => undefined);
    this.#transactionId = undefined;
  }

  async command(sql: string): Promise<void> {
    await this.#execute(sql, [], []);
  }

  /** After the return to a savepoint the transaction may go on. */
  forgive(): void {
    this.#failed = undefined;
  }

  #transaction() {
    const { resourceArn, secretArn } = this.#options.target;
    if (this.#transactionId === undefined) throw new Error('no transaction is open');
    return { resourceArn, secretArn, transactionId: this.#transactionId };
  }

  #execute(sql: string, values: readonly unknown[], repeatable: readonly Failure[]): Promise<ExecuteOutput> {
    const { client, target } = this.#options;
    const parameters = toParameters(values);
    if (isTooLarge(sql, values)) throw requestTooLarge(sql);
    const transactionId = this.#transactionId;
    const input = {
      ...target,
      sql,
      includeResultMetadata: true,
      ...(parameters.length === 0 ? {} : { parameters }),
      ...(transactionId === undefined ? {} : { transactionId }),
      // Changes of tables that stop half-way help nobody.
      ...(/^\s*(?:create|alter|drop)\b/i.test(sql) ? { continueAfterTimeout: true } : {}),
    };
    return this.#call(sql, transactionId === undefined ? repeatable : [], () => client.executeStatement(input));
  }

  /** One call, after those before it where they share a transaction. */
  async #call<T>(sql: string, repeatable: readonly Failure[], call: () => Promise<T>): Promise<T> {
    const inTransaction = this.#transactionId !== undefined;
    const run = async (): Promise<T> => {
      try {
        return await callService(this.#options, repeatable, call);
      } catch (error) {
        if (inTransaction) this.#failed ??= error;
        throw translate(error, sql);
      }
    };
    const result = inTransaction ? this.#last.then(run, run) : run();
    this.#last = result;
    return result;
  }
}

/** Only reads, also in what comes before `select`, and locks nothing; raw SQL could do anything. */
function isRead(query: RootOperationNode): boolean {
  if (query.kind !== 'SelectQueryNode' || (query.endModifiers ?? []).length > 0) return false;
  return (query.with?.expressions ?? []).every(({ expression }) => isRead(expression as RootOperationNode));
}

const CHANGES: ReadonlySet<RootOperationNode['kind']> = new Set(['InsertQueryNode', 'UpdateQueryNode', 'DeleteQueryNode', 'MergeQueryNode']);

/** The rows that a statement changed: for one that returns them the service gives no number. */
function changedRows(query: RootOperationNode, { columnMetadata, records, numberOfRecordsUpdated }: ExecuteOutput): bigint | undefined {
  const returns = columnMetadata !== undefined && columnMetadata.length > 0;
  if (!returns) return numberOfRecordsUpdated === undefined ? undefined : BigInt(numberOfRecordsUpdated);
  return CHANGES.has(query.kind) ? BigInt(records?.length ?? 0) : undefined;
}

const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

/** Measured as it is sent, and only where it may matter. */
function isTooLarge(sql: string, values: readonly unknown[]): boolean {
  const texts = values.filter((value) => typeof value === 'string' || (typeof value === 'object' && value !== null));
  const roughly = texts.reduce<number>((sum, text) => sum + (typeof text === 'string' ? text.length : 64), sql.length);
  if (roughly < MAX_REQUEST_BYTES / 8) return false;
  return Buffer.byteLength(JSON.stringify([sql, texts])) + values.length * 64 + 1024 > MAX_REQUEST_BYTES;
}
