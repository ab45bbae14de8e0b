import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { copyFile, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expect } from 'expect';
import { signIn } from '../../lib/demo/api.ts';
import type { ServerProcess } from '../../lib/demo/server-process.ts';
import { postgresBinaries, startPostgres, type TestPostgres } from '../support/postgres.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer } from '../support/server.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const withoutWorkers = { EMBEDDED_WORKER: 'off' } as const;
const aKey = () => Buffer.from(generateKeyPairSync('rsa', { modulusLength: 4096 }).privateKey.export({ type: 'pkcs8', format: 'pem' })).toString('base64');

/** The words with which a server refuses to start. */
async function refusal(start: Promise<ServerProcess>): Promise<string> {
  const outcome = await start.then((server) => server, (error: unknown) => error);
  if (outcome instanceof Error) return outcome.message;
  await (outcome as ServerProcess).stop();
  throw new Error('the server started');
}

describe('servers on one PostgreSQL', { skip: postgresBinaries() === undefined ? 'PostgreSQL is not installed' : false }, () => {
  let postgres: TestPostgres;
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  before(async () => {
    [postgres, folder] = await Promise.all([startPostgres(), scratchFolder('servers')]);
  });
  after(async () => {
    await postgres.stop();
    await folder.remove();
  });

  const start = (name: string, environment: Readonly<Record<string, string>>) => startServer({ folder: join(folder.path, name), environment: { ...withoutWorkers, ...environment } });

  it('are one at a time when the installation key is the data folder\'s, until the first has ended', async () => {
    const DATABASE_URL = await postgres.database('alone');
    const first = await start('alone-1', { DATABASE_URL });
    // A copy of the data folder: the same installation key, and the same name of the instance.
    await mkdir(join(folder.path, 'alone-2', 'keys'), { recursive: true, mode: 0o700 });
    for (const name of ['installation.pem', 'instance-id']) await copyFile(join(folder.path, 'alone-1', 'keys', name), join(folder.path, 'alone-2', 'keys', name));

    const words = await refusal(start('alone-2', { DATABASE_URL }));

    expect(words).toContain('windlass: DATABASE_URL: another server is running on this database; give both the same ENCRYPTION_RSA_PRIVATE_KEY, or stop the other one');
    expect((await fetch(`${first.url}/health/deep`)).status).toBe(200);
    await first.stop();
    const second = await start('alone-2', { DATABASE_URL });
    expect((await fetch(`${second.url}/health/deep`)).status).toBe(200);
    await second.stop();
  });

  it('run side by side with one key for both, on the same data', async () => {
    const shared = { DATABASE_URL: await postgres.database('shared'), ENCRYPTION_RSA_PRIVATE_KEY: aKey(), ADMIN_API_KEY_ID: 'both', ADMIN_API_KEY_SECRET: 'x'.repeat(32) };
    const servers = [await start('shared-1', shared), await start('shared-2', shared)];

    const [one, two] = await Promise.all(servers.map(({ url }) => signIn(url, { id: 'both', secret: 'x'.repeat(32) })));
    await one?.query('mutation { contextCreateV2(input: { name: "Shared", configAttachments: [{ id: "TOKEN", type: ENVIRONMENT_VARIABLE, value: "readable", writeOnly: false }] }) { id } }');

    // What one has sealed the other opens.
    expect(await two?.query('{ contexts { id config { value } } }')).toEqual({ contexts: [{ id: 'shared', config: [{ value: 'readable' }] }] });
    await Promise.all(servers.map((server) => server.stop()));
  });

  it('refuse a database that was set up with another installation key', async () => {
    const DATABASE_URL = await postgres.database('foreign');
    await (await start('foreign-1', { DATABASE_URL })).stop();

    const environments = [[{}, 'keys/installation.pem'], [{ ENCRYPTION_RSA_PRIVATE_KEY: aKey() }, 'ENCRYPTION_RSA_PRIVATE_KEY']] as const;
    for (const [environment, source] of environments) {
      const words = await refusal(start(`foreign-${Object.keys(environment).length + 2}`, { DATABASE_URL, ...environment }));
      expect(words).toContain(`${source}: the database was set up with another installation key`);
      expect(words).not.toContain('PRIVATE KEY-----');
    }
  });
});

describe('the first administrator\'s password', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  before(async () => void (folder = await scratchFolder('password')));
  after(() => folder.remove());

  const data = () => join(folder.path, 'data');
  const passwordFile = () => join(data(), 'initial-admin-password');
  const kept = async () => (await readFile(passwordFile(), 'utf8')).trim();
  const start = (environment: Readonly<Record<string, string>> = {}) => startServer({ folder: data(), environment: { ...withoutWorkers, ...environment } });
  const logIn = (server: ServerProcess, body: Readonly<Record<string, string>>) =>
    fetch(`${server.url}/admin-login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username: 'admin', ...body }) });
  const admin = (environment: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> =>
    new Promise((resolve) => {
      const child = execFile(process.execPath, ['--no-warnings', join(root, 'bin', 'admin.ts'), ...args], { timeout: 60_000, env: { PATH: process.env.PATH, WINDLASS_DATA: data(), ...environment } }, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode, stdout, stderr }),
      );
    });

  it('lies in a file for its owner alone, until it is changed', async () => {
    const server = await start();
    expect((await stat(passwordFile())).mode & 0o777).toBe(0o600);
    const password = await kept();
    expect(await readFile(server.logFile, 'utf8')).not.toContain(password);

    const first = await logIn(server, { password });
    expect(await first.json()).toMatchObject({ mustChangePassword: true });
    expect(await stat(passwordFile())).toBeDefined();
    const changed = await logIn(server, { password, newPassword: 'correct horse battery' });

    expect([changed.status, await changed.json()]).toEqual([200, expect.objectContaining({ mustChangePassword: false })]);
    await expect(stat(passwordFile())).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await logIn(server, { password })).status).toBe(401);
    await server.stop();
  });

  it('is not made anew by the next start', async () => {
    const server = await start();

    await expect(stat(passwordFile())).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await logIn(server, { password: 'correct horse battery' })).status).toBe(200);
    await server.stop();
  });

  it('can be set anew at the machine while the server is stopped, and only then', async () => {
    const server = await start();
    const early = await admin({}, 'reset-password');
    expect([early.code, early.stdout]).toEqual([2, '']);
    expect(early.stderr).toMatch(new RegExp(`^windlass: WINDLASS_DATA: .* in use by the server with pid ${server.pid}`));
    await server.stop();

    const done = await admin({}, 'reset-password');

    expect(done).toEqual({ code: 0, stderr: '', stdout: `The new password of admin is in ${passwordFile()}; it must be changed at the next sign-in.\n` });
    expect((await stat(passwordFile())).mode & 0o777).toBe(0o600);
    expect(done.stdout).not.toContain(await kept());
    const again = await start();
    expect((await logIn(again, { password: 'correct horse battery' })).status).toBe(401);
    expect(await (await logIn(again, { password: await kept() })).json()).toMatchObject({ mustChangePassword: true });
    await again.stop();
  });

  it('is the environment\'s where that gives one, and then cannot be reset', async () => {
    const environment = { ADMIN_USERNAME: 'admin', ADMIN_PASSWORD: 'from the environment' };
    const server = await start(environment);
    expect((await logIn(server, { password: 'from the environment' })).status).toBe(200);
    await expect(stat(passwordFile())).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await logIn(server, { password: 'from the environment', newPassword: 'correct horse battery' })).status).toBe(409);
    await server.stop();

    const refused = await admin({}, 'reset-password');

    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('comes from ADMIN_PASSWORD')]);
  });

  it('does not start under another account name until the account is renamed, which the audit trail tells', async () => {
    const named = { ACCOUNT_NAME: 'acme' };
    await expect(start(named)).rejects.toThrow(/the account of this database is named local, and ACCOUNT_NAME says acme; .*npm run admin -- rename-account/);

    expect(await admin(named, 'rename-account')).toEqual({ code: 0, stderr: '', stdout: 'The account is named acme, and was local.\n' });
    expect((await admin(named, 'rename-account')).stdout).toBe('The account is named acme already.\n');

    const server = await start({ ...named, ADMIN_USERNAME: 'admin', ADMIN_PASSWORD: 'from the environment' });
    const login = (await (await logIn(server, { password: 'from the environment' })).json()) as { readonly jwt: string };
    const query = '{ searchAuditTrailEntries(input: { first: 50 }) { edges { node { action actor { username } } } } }';
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${login.jwt}` }, body: JSON.stringify({ query }),
    });
    expect(JSON.stringify(await answer.json())).toMatch(/account\.rename.*system::operator/);
    await server.stop();
  });

  it('is reset by no other word', async () => {
    const refused = await admin({}, 'reset');
    expect([refused.code, refused.stderr]).toEqual([2, 'windlass: usage: npm run admin -- reset-password | rename-account\n']);
  });
});
