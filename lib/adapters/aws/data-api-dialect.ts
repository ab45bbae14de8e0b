import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, type DatabaseIntrospector, type Dialect, type Driver, type Kysely, type QueryCompiler, type TransactionSettings } from 'kysely';
import { DataApiConnection, type DataApiOptions } from './data-api-connection.ts';
import { parameterName } from './data-api-values.ts';

/** Kysely over the RDS Data API: every statement is one HTTP call, and there are no connections to hold or to lose. */
export class DataApiDialect implements Dialect {
  readonly #options: DataApiOptions;

  constructor(options: DataApiOptions) {
    this.#options = options;
  }

  createDriver = (): Driver => new DataApiDriver(this.#options);
  createQueryCompiler = (): QueryCompiler => new DataApiQueryCompiler();
  createAdapter = (): PostgresAdapter => new PostgresAdapter();
  createIntrospector = (db: Kysely<unknown>): DatabaseIntrospector => new PostgresIntrospector(db);
}

class DataApiQueryCompiler extends PostgresQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return `:${parameterName(this.numParameters)}`;
  }
}

class DataApiDriver implements Driver {
  readonly #options: DataApiOptions;

  constructor(options: DataApiOptions) {
    this.#options = options;
  }

  async init(): Promise<void> {}
  async destroy(): Promise<void> {}
  async releaseConnection(): Promise<void> {}

  async acquireConnection(): Promise<DataApiConnection> {
    return new DataApiConnection(this.#options);
  }

  async beginTransaction(connection: DataApiConnection, settings: TransactionSettings): Promise<void> {
    await connection.begin();
    const modes = [...(settings.isolationLevel === undefined ? [] : [`isolation level ${settings.isolationLevel}`]), ...(settings.accessMode === undefined ? [] : [settings.accessMode])];
    if (modes.length > 0) await connection.command(`set transaction ${modes.join(', ')}`);
  }

  commitTransaction = (connection: DataApiConnection): Promise<void> => connection.commit();
  rollbackTransaction = (connection: DataApiConnection): Promise<void> => connection.rollback();
  savepoint = (connection: DataApiConnection, name: string): Promise<void> => connection.command(`savepoint ${quoted(name)}`);
  releaseSavepoint = (connection: DataApiConnection, name: string): Promise<void> => connection.command(`release savepoint ${quoted(name)}`);

  async rollbackToSavepoint(connection: DataApiConnection, name: string): Promise<void> {
    await connection.command(`rollback to savepoint ${quoted(name)}`);
    connection.forgive();
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
