import type { CompiledQuery, DatabaseConnection, Dialect, Driver, Kysely, QueryCompiler, QueryResult, TransactionSettings } from 'kysely';

/**
 * Called with each statement. What it returns is waited for before the statement is executed, in a transaction before its commit; a failure
 * is the statement's, or the transaction's.
 */
export type BeforeStatement = (sql: string) => Promise<unknown> | undefined;

class WatchedConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection;
  readonly #before: BeforeStatement;
  /** What the commit waits for; undefined outside a transaction. */
  #awaited: Promise<unknown>[] | undefined;

  constructor(inner: DatabaseConnection, before: BeforeStatement) {
    this.inner = inner;
    this.#before = before;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const before = this.#before(query.sql);
    if (before !== undefined && this.#awaited !== undefined) {
      // Until the commit nobody asks how it went.
      before.catch(() => undefined);
      this.#awaited.push(before);
    } else await before;
    return this.inner.executeQuery<R>(query);
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.inner.streamQuery<R>(query, chunkSize);
  }

  begun(): void {
    this.#awaited = [];
  }

  async ready(): Promise<void> {
    await Promise.all(this.#awaited ?? []);
  }

  ended(): void {
    this.#awaited = undefined;
  }
}

class WatchedDriver implements Driver {
  readonly #inner: Driver;
  readonly #before: BeforeStatement;
  readonly savepoint: Driver['savepoint'];
  readonly rollbackToSavepoint: Driver['rollbackToSavepoint'];
  readonly releaseSavepoint: Driver['releaseSavepoint'];

  constructor(inner: Driver, before: BeforeStatement) {
    this.#inner = inner;
    this.#before = before;
    this.savepoint = onInner(inner.savepoint?.bind(inner));
    this.rollbackToSavepoint = onInner(inner.rollbackToSavepoint?.bind(inner));
    this.releaseSavepoint = onInner(inner.releaseSavepoint?.bind(inner));
  }

  init = () => this.#inner.init();
  destroy = () => this.#inner.destroy();
  acquireConnection = async (): Promise<WatchedConnection> => new WatchedConnection(await this.#inner.acquireConnection(), this.#before);
  releaseConnection = (connection: DatabaseConnection) => this.#inner.releaseConnection(watched(connection).inner);

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    await this.#inner.beginTransaction(watched(connection).inner, settings);
    watched(connection).begun();
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await watched(connection).ready();
    await this.#inner.commitTransaction(watched(connection).inner);
    watched(connection).ended();
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    watched(connection).ended();
    await this.#inner.rollbackTransaction(watched(connection).inner);
  }
}

type OfSavepoint = (connection: DatabaseConnection, name: string, compile: QueryCompiler['compileQuery']) => Promise<void>;
const onInner = (act: OfSavepoint | undefined): OfSavepoint | undefined => act && ((connection, name, compile) => act(watched(connection).inner, name, compile));

function watched(connection: DatabaseConnection): WatchedConnection {
  if (!(connection instanceof WatchedConnection)) throw new Error('a connection of another driver');
  return connection;
}

/** The same dialect, with `before` called ahead of every statement. */
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
