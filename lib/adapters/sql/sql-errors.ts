import { conflict } from '../../core/shared/errors.ts';

/** SQLSTATE of an error from any driver, if it has one. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

export const isUniqueViolation = (error: unknown): boolean => sqlState(error) === '23505';

/** Runs a write and turns a unique violation into CONFLICT with the words given. */
export async function uniqueOr<T>(message: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isUniqueViolation(error)) throw conflict(message, {}, { cause: error });
    throw error;
  }
}
