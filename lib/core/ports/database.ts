import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** A handle on the database: the open transaction's, or the one that runs each statement alone. */
export type Sql = Kysely<Tables>;

export interface Tx {
  readonly sql: Sql;
  /** Runs after the commit, in the order of registration. A failing effect is logged and never fails the call. */
  afterCommit(effect: () => Promise<void> | void): void;
}

export interface Database {
  readonly sql: Sql;
  /** Inside `work` only `tx.sql` may be used: the embedded database has one connection and would wait for itself. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}
