import { sql, type RawBuilder } from 'kysely';

/** Binds a document or list to a jsonb column, on every driver alike. */
export function json(value: unknown): RawBuilder<never> {
  return sql<never>`cast(${JSON.stringify(value)} as jsonb)`;
}
