import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { authenticate } from '../../../lib/core/accounts/actions/authenticate.ts';
import { bindRoleToApiKey, unbindRole } from '../../../lib/core/accounts/actions/bind-role.ts';
import { createApiKey } from '../../../lib/core/accounts/actions/create-api-key.ts';
import { deleteApiKey } from '../../../lib/core/accounts/actions/delete-api-key.ts';
import { ensureEnvironmentKey } from '../../../lib/core/accounts/actions/ensure-environment-key.ts';
import { exchangeApiKey } from '../../../lib/core/accounts/actions/exchange-api-key.ts';
import { listApiKeys, readApiKey } from '../../../lib/core/accounts/actions/list-api-keys.ts';
import { logOut } from '../../../lib/core/accounts/actions/log-out.ts';
import { openSessionFor } from '../../../lib/core/accounts/actions/open-session.ts';
import { sweepSessions } from '../../../lib/core/accounts/actions/sweep-sessions.ts';
import { updateApiKey } from '../../../lib/core/accounts/actions/update-api-key.ts';
import { adminActor, readerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aSpace, anAccount } from '../../support/stack-builders.ts';

const MINUTE = 60_000;
const remoteIp = '192.0.2.1';

for (const engine of ENGINES) {
  describe(`API keys and sessions on ${engine}`, () => {
    let app: TestApp;
    const admin = adminActor();

    before(async () => {
      app = await testApp({ engine });
      await anAccount(app);
      await aSpace(app, { id: 'team', inheritEntities: true });
      await aSpace(app, { id: 'lab', parentId: 'team', inheritEntities: false });
    });
    after(() => app.close());
    beforeEach(() => app.clock.advance(2 * 60 * MINUTE));

    const exchange = (id: string, secret: string) => exchangeApiKey(app.ports, { id, secret, remoteIp });
    const aKey = (changes: object = {}) => createApiKey(app.ports, admin, { name: 'ci', admin: true, ...changes });

    it('trade a key for a token of an hour, whose only audience is the base URL', async () => {
      const { key, secret } = await aKey();

      const { token, validUntil, actor } = await exchange(key.id, secret);

      expect(validUntil).toEqual(new Date(app.clock.now().getTime() + 60 * MINUTE));
      expect(await app.ports.signer.verify(token, app.ports.settings.baseUrl)).toMatchObject({ aud: 'http://127.0.0.1:1983', sub: `api::${key.id}`, sid: actor.sessionId });
      expect(actor).toMatchObject({ kind: 'api_key', login: `api::${key.id}`, name: 'ci', isRootAdmin: true });
    });

    it('know who sends a token, until it expires', async () => {
      const { key, secret } = await aKey({ machine: true, teams: ['robots'] });
      const { token } = await exchange(key.id, secret);

      expect(await authenticate(app.ports, { bearer: token, remoteIp })).toMatchObject({ login: `api::${key.id}`, isRootAdmin: true, machine: true, teams: ['robots'], remoteIp });
      app.clock.advance(61 * MINUTE);
      expect(await authenticate(app.ports, { bearer: token, remoteIp })).toBeUndefined();
    });

    it('know nobody without a token, with a foreign one, or with one of an ended session', async () => {
      const { key, secret } = await aKey();
      const { token } = await exchange(key.id, secret);
      const other = await app.ports.signer.sign({ sub: `api::${key.id}`, aud: 'https://elsewhere.example.com', sid: 'x' }, 60);

      expect(await authenticate(app.ports, { remoteIp })).toBeUndefined();
      expect(await authenticate(app.ports, { bearer: 'x.y.z', remoteIp })).toBeUndefined();
      expect(await authenticate(app.ports, { bearer: other.token, remoteIp })).toBeUndefined();
      const actor = await authenticate(app.ports, { bearer: token, remoteIp });
      if (actor) await logOut(app.ports, actor);
      expect(await authenticate(app.ports, { bearer: token, remoteIp })).toBeUndefined();
    });

    it('refuse a wrong secret, an unknown, a deleted and an expired key with the same words', async () => {
      const { key } = await aKey();
      const gone = await aKey();
      await deleteApiKey(app.ports, admin, { id: gone.key.id });
      const old = await aKey({ expiresAt: new Date(app.clock.now().getTime() + MINUTE) });
      app.clock.advance(2 * MINUTE);

      for (const [id, secret] of [[key.id, 'f'.repeat(64)], ['01UNKNOWN', gone.secret], [gone.key.id, gone.secret], [old.key.id, old.secret], [key.id, '']] as const) {
        await expect(exchange(id, secret)).rejects.toMatchObject({ code: 'UNAUTHENTICATED', message: 'unauthorized' });
      }
    });

    it('take ten failures a minute for one key, then not even the right secret, and do not call that unauthorized', async () => {
      const { key, secret } = await aKey();
      const other = await aKey();
      for (let i = 0; i < 10; i++) await expect(exchange(key.id, 'wrong')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });

      await expect(exchange(key.id, secret)).rejects.toMatchObject({ code: 'RATE_LIMITED', message: expect.not.stringContaining('unauthorized') });
      await exchange(other.key.id, other.secret);
      app.clock.advance(MINUTE + 1);
      await exchange(key.id, secret);
    });

    it('do not count successes: the command line exchanges its key twice for every command', async () => {
      const { key, secret } = await aKey();

      for (let i = 0; i < 15; i++) await exchange(key.id, secret);
    });

    it('keep a key secret: only its hash is stored, and only its creation shows it', async () => {
      const { key, secret } = await aKey();

      expect(secret).toMatch(/^[0-9a-f]{64}$/);
      expect(JSON.stringify(await app.ports.db.sql.selectFrom('api_keys').selectAll().execute())).not.toContain(secret);
      expect(JSON.stringify(await readApiKey(app.ports, admin, key.id))).not.toContain(secret);
    });

    it('note the last use of a key at most once a minute', async () => {
      const { key, secret } = await aKey();
      const { token } = await exchange(key.id, secret);
      const first = app.clock.now();

      app.clock.advance(30_000);
      await authenticate(app.ports, { bearer: token, remoteIp });
      expect((await readApiKey(app.ports, admin, key.id))?.lastUsedAt).toEqual(first);
      app.clock.advance(31_000);
      await authenticate(app.ports, { bearer: token, remoteIp });
      expect((await readApiKey(app.ports, admin, key.id))?.lastUsedAt).toEqual(app.clock.now());
    });

    it('end with their key', async () => {
      const { key, secret } = await aKey();
      const { token } = await exchange(key.id, secret);

      await deleteApiKey(app.ports, admin, { id: key.id });

      expect(await authenticate(app.ports, { bearer: token, remoteIp })).toBeUndefined();
    });

    it('carry what the key\'s roles give, spread over the tree; a change of roles ends them', async () => {
      const { key, secret } = await aKey({ admin: false });
      expect((await exchange(key.id, secret)).actor.grants.size).toBe(0);
      const binding = await bindRoleToApiKey(app.ports, admin, { apiKeyId: key.id, roleId: 'space-writer', spaceId: 'team' });

      const { token, actor } = await exchange(key.id, secret);

      expect(actor.isRootAdmin).toBe(false);
      expect(actor.grants.get('lab')?.has('run:trigger')).toBe(true);
      expect([...(actor.grants.get('root') ?? [])]).toEqual(['space:read']);
      expect((await authenticate(app.ports, { bearer: token, remoteIp }))?.grants).toEqual(actor.grants);
      await unbindRole(app.ports, admin, { id: binding.id });
      expect(await authenticate(app.ports, { bearer: token, remoteIp })).toBeUndefined();
    });

    it('add what roles of the key\'s groups give', async () => {
      const { key, secret } = await aKey({ admin: false, teams: ['operators'] });
      const role = await app.ports.db.sql.selectFrom('roles').select('id').where('slug', '=', 'space-reader').executeTakeFirstOrThrow();
      await app.ports.db.sql.insertInto('role_bindings').values({ id: app.ports.ids.ulid(), actor_type: 'group', actor_id: 'operators', role_id: role.id, space_id: 'lab', created_at: app.clock.now() }).execute();

      expect((await exchange(key.id, secret)).actor.grants.get('lab')?.has('run:comment')).toBe(true);
    });

    it('make the role of space admin on the root a root administrator', async () => {
      const { key, secret } = await aKey({ admin: false });
      await bindRoleToApiKey(app.ports, admin, { apiKeyId: key.id, roleId: 'space-admin', spaceId: 'root' });

      expect((await exchange(key.id, secret)).actor.isRootAdmin).toBe(true);
    });

    it('can open another for the same person or key', async () => {
      const { key, secret } = await aKey();
      const { actor } = await exchange(key.id, secret);

      const second = await openSessionFor(app.ports, actor);

      expect(second.id).not.toBe(actor.sessionId);
      expect(await authenticate(app.ports, { bearer: second.token, remoteIp })).toMatchObject({ login: actor.login, sessionId: second.id });
    });

    it('are managed by root administrators only', async () => {
      const reader = readerActor(['root']);

      await expect(createApiKey(app.ports, reader, { name: 'mine', admin: false })).rejects.toMatchObject({ code: 'FORBIDDEN' });
      expect(await listApiKeys(app.ports, reader)).toEqual([]);
      await expect(createApiKey(app.ports, admin, { name: ' ', admin: false })).rejects.toMatchObject({ code: 'INVALID' });
      await expect(createApiKey(app.ports, admin, { name: 'late', admin: false, expiresAt: new Date(0) })).rejects.toMatchObject({ code: 'INVALID' });
    });

    it('change what is given of a key, and keep the rest', async () => {
      const { key } = await aKey({ description: 'builds', teams: ['a'] });

      const changed = await updateApiKey(app.ports, admin, { id: key.id, name: 'cd' });

      expect(changed).toMatchObject({ name: 'cd', description: 'builds', teams: ['a'] });
      expect(await readApiKey(app.ports, admin, key.id)).toEqual(changed);
    });

    it('are forgotten a day after their end', async () => {
      const { key, secret } = await aKey();
      await exchange(key.id, secret);

      app.clock.advance(26 * 60 * MINUTE);
      await sweepSessions(app.ports);

      expect(await app.ports.db.sql.selectFrom('sessions').select('id').execute()).toEqual([]);
    });
  });

  describe(`the key that the server's variables give, on ${engine}`, () => {
    let app: TestApp;
    const secret = 's'.repeat(40);

    before(async () => {
      app = await testApp({ engine });
      await anAccount(app);
    });
    after(() => app.close());
    const exchange = (id: string, value: string) => exchangeApiKey(app.ports, { id, secret: value, remoteIp });

    it('is a root administrator\'s, and the same at every start', async () => {
      await ensureEnvironmentKey(app.ports, { id: 'automation', secret });
      const { token } = await exchange('automation', secret);
      await ensureEnvironmentKey(app.ports, { id: 'automation', secret });

      expect(await authenticate(app.ports, { bearer: token, remoteIp })).toMatchObject({ login: 'api::automation', isRootAdmin: true });
    });

    it('is replaced when the secret changes, and its sessions end', async () => {
      const { token } = await exchange('automation', secret);

      await ensureEnvironmentKey(app.ports, { id: 'automation', secret: 't'.repeat(40) });

      expect(await authenticate(app.ports, { bearer: token, remoteIp })).toBeUndefined();
      await expect(exchange('automation', secret)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      await exchange('automation', 't'.repeat(40));
    });

    it('goes when its id changes or the variables go, and can come back', async () => {
      await ensureEnvironmentKey(app.ports, { id: 'other', secret });
      await expect(exchange('automation', 't'.repeat(40))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      await ensureEnvironmentKey(app.ports, undefined);
      await expect(exchange('other', secret)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });

      await ensureEnvironmentKey(app.ports, { id: 'automation', secret });
      await exchange('automation', secret);
    });

    it('cannot be changed or deleted through the API', async () => {
      await expect(deleteApiKey(app.ports, adminActor(), { id: 'automation' })).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(updateApiKey(app.ports, adminActor(), { id: 'automation', name: 'x' })).rejects.toMatchObject({ code: 'CONFLICT' });
    });

    it('refuses a short secret, and an id that a person\'s key has', async () => {
      const { key } = await createApiKey(app.ports, adminActor(), { name: 'mine', admin: false });

      await expect(ensureEnvironmentKey(app.ports, { id: 'short', secret: 'x' })).rejects.toMatchObject({ code: 'INVALID' });
      await expect(ensureEnvironmentKey(app.ports, { id: key.id, secret })).rejects.toMatchObject({ code: 'CONFLICT' });
      await exchange('automation', secret);
    });
  });
}
