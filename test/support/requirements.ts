import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { namespaces } from './namespaces.ts';
import { motoServer } from './moto.ts';
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

/** The checker of CloudFormation templates: on PATH, or in an environment of its own beside the project's other tools. */
export function cfnLint(): string | undefined {
  const own = fileURLToPath(new URL('../../.cache/cfn-lint/bin/cfn-lint', import.meta.url));
  return existsSync(own) ? own : onPath('cfn-lint');
}

/** Options of `describe` for what needs more than Node and git: it is skipped by name where that is missing. */
export const needsTerraform = onPath('terraform') === undefined ? { skip: 'terraform is not on PATH' } : {};
export const needsPostgres = postgresBinaries() === undefined ? { skip: 'PostgreSQL server programs are not installed' } : {};
export const needsMoto = motoServer() === undefined ? { skip: 'moto_server is not installed (Python package moto[server])' } : {};
export const needsNamespaces = namespaces() ? {} : { skip: 'unshare cannot make a mount namespace here' };
export const needsCfnLint = cfnLint() === undefined ? { skip: 'cfn-lint is not installed (Python package cfn-lint)' } : {};
