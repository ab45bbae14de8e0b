import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { postgresBinaries } from './postgres.ts';

/** Where a program lies on PATH, if it does. */
export function onPath(program: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Options of `describe` for what needs more than Node and git: it is skipped by name where that is missing. */
export const needsTerraform = onPath('terraform') === undefined ? { skip: 'terraform is not on PATH' } : {};
export const needsPostgres = postgresBinaries() === undefined ? { skip: 'PostgreSQL server programs are not installed' } : {};
