import { conflict } from './errors.ts';

/** SQLSTATE classes that mean: another writer was faster. Every driver puts the SQLSTATE into `code`. */
const STATES = { unique: '23505', reference: '23503' } as const;

/** What a caller is told, by what stood in the way: something of that name is there by now, or something that it refers to is not. */
export type RaceWords = Partial<Readonly<Record<keyof typeof STATES, string>>>;

const sqlState = (error: unknown): unknown => (error as { readonly code?: unknown } | null)?.code;

/** Runs a write whose checks another writer may have overtaken; what the database then refuses is CONFLICT in the words given. */
export async function unlessOvertaken<T>(words: RaceWords, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const state = sqlState(error);
    for (const kind of ['unique', 'reference'] as const) {
      const message = words[kind];
      if (message !== undefined && state === STATES[kind]) throw conflict(message, {}, { cause: error });
    }
    throw error;
  }
}
