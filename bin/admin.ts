// npm run admin -- reset-password | rename-account: for the person at the machine, while the server is stopped.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { randomIds } from '../lib/adapters/system/random-ids.ts';
import { systemClock } from '../lib/adapters/system/system-clock.ts';
import { lineTelemetry } from '../lib/adapters/system/json-telemetry.ts';
import { kyselyDatabase } from '../lib/adapters/sql/kysely-database.ts';
import { resetAdministratorPassword } from '../lib/core/accounts/actions/ensure-administrator.ts';
import { renameAccount } from '../lib/core/accounts/actions/rename-account.ts';
import { systemActor } from '../lib/core/shared/actor.ts';
import { isAppError } from '../lib/core/shared/errors.ts';
import { readEmbeddedConfig } from '../lib/runtime/config.ts';
import { openDataFolder } from '../lib/runtime/data-folder.ts';
import { openEmbeddedDatabase } from '../lib/runtime/embedded-database.ts';

function refuse(...messages: readonly string[]): never {
  for (const message of messages) process.stderr.write(`windlass: ${message}\n`);
  process.exit(2);
}

const [, , word] = process.argv;
if (word !== 'reset-password' && word !== 'rename-account') refuse('usage: npm run admin -- reset-password | rename-account');
const { config, faults } = readEmbeddedConfig(process.env);
if (faults.length > 0) refuse(...faults);
const telemetry = lineTelemetry({ write: (line) => process.stderr.write(line), format: 'text', level: 'warn', now: () => new Date() });

try {
  const folder = await openDataFolder(config.dataFolder);
  try {
    const root = fileURLToPath(new URL('..', import.meta.url));
    const migrationsFolder = `${root}/migrations`;
    const database = await openEmbeddedDatabase({ databaseUrl: config.databaseUrl, folder: folder.in('db'), migrationsFolder, telemetry });
    try {
      const ports = { db: kyselyDatabase(database.kysely, telemetry), clock: systemClock, ids: randomIds(systemClock) };
      if (word === 'rename-account') {
        const before = await renameAccount(ports, systemActor('operator'), { name: config.accountName });
        process.stdout.write(`The account is named ${config.accountName}${before === config.accountName ? ' already' : `, and was ${before}`}.\n`);
      } else {
        const { username, password } = await resetAdministratorPassword(ports);
        const file = folder.in('initial-admin-password');
        await writeFile(file, `${password}\n`, { mode: 0o600 });
        process.stdout.write(`The new password of ${username} is in ${file}; it must be changed at the next sign-in.\n`);
      }
    } finally {
      await database.close();
    }
  } finally {
    await folder.release();
  }
} catch (error) {
  if ((error as { exitCode?: unknown }).exitCode === 2 || isAppError(error)) refuse((error as Error).message);
  throw error;
}
