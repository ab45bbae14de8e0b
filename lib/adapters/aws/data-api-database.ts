import { Kysely } from 'kysely';
import type { Tables } from '../../core/ports/tables.ts';
import type { DataApiOptions } from './data-api-connection.ts';
import { DataApiDialect } from './data-api-dialect.ts';

/** Opens an Aurora cluster through the RDS Data API. */
export function openDataApi(options: DataApiOptions) {
  const kysely = new Kysely<Tables>({ dialect: new DataApiDialect(options) });
  return { kysely, close: () => kysely.destroy() };
}
