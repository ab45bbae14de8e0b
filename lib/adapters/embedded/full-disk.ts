import { unavailable } from '../../core/shared/errors.ts';

/** What the system and the database say when there is no room left, for the disk or for this user. */
const CODES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', '53100']);

/** The same error, or when the disk is full one that says so to whoever asked: it is nobody's defect, and passes. */
export function orFullDisk(error: unknown): unknown {
  if (!CODES.has((error as { code?: unknown } | null)?.code)) return error;
  return unavailable('the disk of the server is full: make room in its data folder, then try again', {}, { cause: error });
}
