import type { Kysely } from 'kysely';
import type { Database, Tx } from '../../core/ports/database.ts';
import type { Tables } from '../../core/ports/tables.ts';
import type { Telemetry } from '../../core/ports/telemetry.ts';

/** The Database port over any Kysely dialect. */
export function kyselyDatabase(kysely: Kysely<Tables>, telemetry: Pick<Telemetry, 'log'>): Database {
  return {
    sql: kysely,
    async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
      const effects: (() => Promise<void> | void)[] = [];
      const result = await kysely.transaction().execute((trx) => work({ sql: trx, afterCommit: (effect) => effects.push(effect) }));
      for (const effect of effects) {
        try {
          await effect();
        } catch (error) {
          telemetry.log('error', 'an effect after a commit failed', { error });
        }
      }
      return result;
    },
  };
}
