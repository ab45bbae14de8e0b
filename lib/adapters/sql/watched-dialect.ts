import type { CompiledQuery, DatabaseConnection, Dialect, Driver, Kysely, QueryResult, TransactionSettings } from 'kysely';

/** Called with each statement before it is executed; a failure is the statement's. */
export type BeforeStatement = (sql: string) => Promise<void> | void;

class WatchedConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection;
  readonly #before: BeforeStatement;

  constructor(inner: DatabaseConnection, before: BeforeStatement) {
    this.inner = inner;
    this.#before = before;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    await this.#before(query.sql);
    return this.inner.executeQuery<R>(query);
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.inner.streamQuery<R>(query, chunkSize);
  }
}

class WatchedDriver implements Driver {
  readonly #inner: Driver;
  readonly #before: BeforeStatement;

  constructor(inner: Driver, before: BeforeStatement) {
    this.#inner = inner;
    this.#before = before;
  }

  init = () => this.#inner.init();
  destroy = () => this.#inner.destroy();
  acquireConnection = async (): Promise<WatchedConnection> => new WatchedConnection(await this.#inner.acquireConnection(), this.#before);
  releaseConnection = (connection: DatabaseConnection) => this.#inner.releaseConnection(innerOf(connection));
  beginTransaction = (connection: DatabaseConnection, settings: TransactionSettings) => this.#inner.beginTransaction(innerOf(connection), settings);
  commitTransaction = (connection: DatabaseConnection) => this.#inner.commitTransaction(innerOf(connection));
  rollbackTransaction = (connection: DatabaseConnection) => this.#inner.rollbackTransaction(innerOf(connection));
}

const innerOf = (connection: DatabaseConnection): DatabaseConnection => (connection instanceof WatchedConnection ? connection.inner : connection);

/** The same dialect, with `before` called ahead of every statement. Savepoints, which the product does not use, are not passed on. */
export function watchedDialect(dialect: Dialect, before: BeforeStatement): Dialect {
  return {
    createDriver: () => new WatchedDriver(dialect.createDriver(), before),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db: Kysely<unknown>) => dialect.createIntrospector(db),
  };
}

/** Whether a statement writes a message, or an entry of the audit trail that the sweep is to tell of: each kind goes into one table. */
export const announces = (sql: string): boolean => /\binto "?(?:messages|audit)"?[\s(]/i.test(sql);
