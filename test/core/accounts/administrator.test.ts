import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { authenticate } from '../../../lib/core/accounts/actions/authenticate.ts';
import { changePassword } from '../../../lib/core/accounts/actions/change-password.ts';
import { ensureAccount } from '../../../lib/core/accounts/actions/ensure-account.ts';
import { ensureAdministrator, ensureNamedAdministrator, resetAdministratorPassword } from '../../../lib/core/accounts/actions/ensure-administrator.ts';
import { logInAdministrator } from '../../../lib/core/accounts/actions/log-in-administrator.ts';
import { renameAccount } from '../../../lib/core/accounts/actions/rename-account.ts';
import { findAccount } from '../../../lib/core/accounts/account-store.ts';
import { listRoles } from '../../../lib/core/accounts/role-store.ts';
import { can, systemActor } from '../../../lib/core/shared/actor.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { anAccount } from '../../support/stack-builders.ts';

const HOUR = 3_600_000;

describe('the account', () => {
  let app: TestApp;
  before(async () => {
    app = await testApp();
  });
  after(() => app.close());

  it('is made once with its root space and the system roles, and keeps its name whatever a later start says', async () => {
    expect(await ensureAccount(app.ports, { name: 'acme' })).toBe('acme');
    expect(await ensureAccount(app.ports, { name: 'acme-two' })).toBe('acme');

    expect(await findAccount(app.ports.db.sql)).toMatchObject({ name: 'acme' });
    expect((await listRoles(app.ports.db.sql)).map((role) => role.slug)).toEqual(['space-admin', 'space-reader', 'space-writer', 'worker-pool-controller']);
    expect(await app.ports.db.sql.selectFrom('spaces').select('id').execute()).toEqual([{ id: 'root' }]);
  });

  it('is renamed by who means to, once, and the audit trail tells from what to what', async () => {
    expect(await renameAccount(app.ports, systemActor('operations'), { name: 'acme-two' })).toBe('acme');
    expect(await renameAccount(app.ports, systemActor('operations'), { name: 'acme-two' })).toBe('acme-two');

    expect(await findAccount(app.ports.db.sql)).toMatchObject({ name: 'acme-two' });
    const entries = await app.ports.db.sql.selectFrom('audit').select(['actor', 'body']).where('action', '=', 'account.rename').execute();
    expect(entries).toEqual([{ actor: 'system::operations', body: { before: 'acme', after: 'acme-two' } }]);
  });

  it('is renamed by nobody else, and not to what is no name', async () => {
    const somebody = { ...systemActor('x'), isRootAdmin: false };
    await expect(renameAccount(app.ports, somebody, { name: 'acme-three' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(renameAccount(app.ports, systemActor('operations'), { name: 'a.b' })).rejects.toMatchObject({ code: 'INVALID' });
    expect(await findAccount(app.ports.db.sql)).toMatchObject({ name: 'acme-two' });
  });

  it('refuses a name of one letter, one that begins with a sign, and one with a dot', async () => {
    for (const name of ['a', '-acme', 'ac.me', '', 'a'.repeat(39)]) await expect(ensureAccount(app.ports, { name })).rejects.toMatchObject({ code: 'INVALID' });
  });
});

describe('the first administrator', () => {
  let app: TestApp;
  let address = 0;
  let remoteIp = '';

  before(async () => {
    app = await testApp();
    await anAccount(app);
  });
  after(() => app.close());
  beforeEach(async () => {
    remoteIp = `192.0.2.${++address}`;
    app.clock.advance(2 * HOUR);
    await app.ports.db.sql.deleteFrom('sessions').execute();
    await app.ports.db.sql.deleteFrom('users').execute();
  });

  const logIn = (username: string, password: string) => logInAdministrator(app.ports, { username, password, remoteIp });
  const seen = (credentials: { readonly bearer?: string; readonly cookie?: string }) => authenticate(app.ports, { ...credentials, remoteIp });

  it('is `admin` with a random password, told once', async () => {
    const { createdPassword } = await ensureAdministrator(app.ports, {});

    expect(createdPassword).toMatch(/^[\w-]{24}$/);
    expect(await ensureAdministrator(app.ports, {})).toEqual({});
    expect(JSON.stringify(await app.ports.db.sql.selectFrom('users').selectAll().execute())).not.toContain(createdPassword);
  });

  it('must change that password before anything else', async () => {
    const { createdPassword = '' } = await ensureAdministrator(app.ports, {});

    const first = await logIn('admin', createdPassword);
    expect(first.mustChangePassword).toBe(true);
    expect(can(first.actor, 'space:read', 'root')).toBe(false);

    const changed = await changePassword(app.ports, { username: 'admin', password: createdPassword, newPassword: 'correct horse battery', remoteIp });
    expect(changed).toMatchObject({ mustChangePassword: false, actor: { isRootAdmin: true, login: 'admin::admin', name: 'admin' } });
    expect(await seen({ bearer: first.token })).toBeUndefined();
    expect(await seen({ bearer: changed.token })).toMatchObject({ isRootAdmin: true });
    await expect(logIn('admin', createdPassword)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('may not choose a short password, nor the same again', async () => {
    const { createdPassword = '' } = await ensureAdministrator(app.ports, {});
    const change = (newPassword: string) => changePassword(app.ports, { username: 'admin', password: createdPassword, newPassword, remoteIp });

    await expect(change('short')).rejects.toMatchObject({ code: 'INVALID' });
    await expect(change(createdPassword)).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('is the one whom the variables name, until they change', async () => {
    await ensureAdministrator(app.ports, { username: 'robin', password: 'a password of robin' });
    const { cookie, actor } = await logIn('robin', 'a password of robin');
    expect(actor).toMatchObject({ isRootAdmin: true, login: 'admin::robin' });

    await ensureAdministrator(app.ports, { username: 'robin', password: 'a password of robin' });
    expect(await seen({ cookie })).toBeDefined();

    await ensureAdministrator(app.ports, { username: 'robin', password: 'another password' });
    expect(await seen({ cookie })).toBeUndefined();
    await expect(logIn('robin', 'a password of robin')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('cannot sign in any more when the variables go; then `admin` comes back', async () => {
    await ensureAdministrator(app.ports, { username: 'robin', password: 'a password of robin' });

    const { createdPassword = '' } = await ensureAdministrator(app.ports, {});

    await expect(logIn('robin', 'a password of robin')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await logIn('admin', createdPassword)).mustChangePassword).toBe(true);
  });

  it('is nobody where a random password would be seen by nobody, and one who had such a password has it no more', async () => {
    await ensureNamedAdministrator(app.ports, {});
    expect(await app.ports.db.sql.selectFrom('users').selectAll().execute()).toEqual([]);

    const { createdPassword = '' } = await ensureAdministrator(app.ports, {});
    await ensureNamedAdministrator(app.ports, {});
    await expect(logIn('admin', createdPassword)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });

    await ensureNamedAdministrator(app.ports, { username: 'admin', password: 'a password of admin' });
    expect((await logIn('admin', 'a password of admin')).mustChangePassword).toBe(false);

    await ensureNamedAdministrator(app.ports, {});
    await expect(logIn('admin', 'a password of admin')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('cannot change a password that the variables set', async () => {
    await ensureAdministrator(app.ports, { username: 'robin', password: 'a password of robin' });

    await expect(changePassword(app.ports, { username: 'robin', password: 'a password of robin', newPassword: 'another password', remoteIp })).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(ensureAdministrator(app.ports, { username: 'robin' })).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('gets a new password by a reset, which ends the sessions', async () => {
    const { createdPassword = '' } = await ensureAdministrator(app.ports, {});
    const { cookie } = await logIn('admin', createdPassword);

    const { username, password } = await resetAdministratorPassword(app.ports);

    expect(username).toBe('admin');
    expect(await seen({ cookie })).toBeUndefined();
    expect((await logIn('admin', password)).mustChangePassword).toBe(true);
  });

  it('stays signed in by cookie while it is used, two hours after the last use, and twelve in all', async () => {
    await ensureAdministrator(app.ports, { username: 'robin', password: 'a password of robin' });
    const idle = await logIn('robin', 'a password of robin');
    app.clock.advance(2 * HOUR + 1);
    expect(await seen({ cookie: idle.cookie })).toBeUndefined();

    const { cookie } = await logIn('robin', 'a password of robin');
    for (let hour = 1; hour < 12; hour++) {
      app.clock.advance(HOUR);
      expect(await seen({ cookie })).toBeDefined();
    }
    app.clock.advance(HOUR);
    expect(await seen({ cookie })).toBeUndefined();
  });

  it('is known by the hash of the cookie only', async () => {
    await ensureAdministrator(app.ports, { username: 'robin', password: 'a password of robin' });
    const { cookie } = await logIn('robin', 'a password of robin');

    expect(Buffer.from(cookie, 'base64url')).toHaveLength(32);
    expect(JSON.stringify(await app.ports.db.sql.selectFrom('sessions').selectAll().execute())).not.toContain(cookie);
    expect(await seen({ cookie: 'x' })).toBeUndefined();
  });

  it('gets the same refusal for an unknown name and a wrong password', async () => {
    await ensureAdministrator(app.ports, { username: 'robin', password: 'a password of robin' });

    for (const [username, password] of [['robin', 'wrong'], ['nobody', 'a password of robin'], ['', '']] as const) {
      await expect(logIn(username, password)).rejects.toMatchObject({ code: 'UNAUTHENTICATED', message: 'unauthorized' });
    }
  });

  it('has five tries a minute from one address', async () => {
    await ensureAdministrator(app.ports, { username: 'robin', password: 'a password of robin' });
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => logIn('robin', 'wrong')));
    const codes = results.map((result) => (result.status === 'rejected' ? (result.reason as { code: string }).code : 'in'));

    expect(codes.filter((code) => code === 'UNAUTHENTICATED').length).toBeLessThanOrEqual(5);
    await expect(logIn('robin', 'a password of robin')).rejects.toMatchObject({ code: 'RATE_LIMITED', message: expect.not.stringContaining('unauthorized') });
    remoteIp = '198.51.100.7';
    await logIn('robin', 'a password of robin');
  });

  it('has thirty tries an hour in all', async () => {
    await ensureAdministrator(app.ports, { username: 'robin', password: 'a password of robin' });
    const at = app.clock.now();
    await app.ports.db.sql.insertInto('login_attempts').values(Array.from({ length: 30 }, () => ({ id: app.ports.ids.ulid(), subject: 'password', at }))).execute();

    await expect(logIn('robin', 'a password of robin')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    app.clock.advance(HOUR + 1);
    await logIn('robin', 'a password of robin');
  });
});
