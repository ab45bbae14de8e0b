import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { authenticate } from '../../../lib/core/accounts/actions/authenticate.ts';
import { createApiKey } from '../../../lib/core/accounts/actions/create-api-key.ts';
import { ensureAdministrator } from '../../../lib/core/accounts/actions/ensure-administrator.ts';
import { exchangeApiKey } from '../../../lib/core/accounts/actions/exchange-api-key.ts';
import { logInAdministrator } from '../../../lib/core/accounts/actions/log-in-administrator.ts';
import { createPolicy } from '../../../lib/core/policies/actions/create-policy.ts';
import { deletePolicy } from '../../../lib/core/policies/actions/delete-policy.ts';
import { listSamples } from '../../../lib/core/policies/actions/read-samples.ts';
import { createSpace } from '../../../lib/core/spaces/actions/create-space.ts';
import { can } from '../../../lib/core/shared/actor.ts';
import { adminActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { aPolicy, needsEngine } from '../../support/policy-builders.ts';
import { anAccount } from '../../support/stack-builders.ts';

const admin = adminActor();

describe('login policies', needsEngine, () => {
  let app: TestApp;
  let pay: string;
  before(async () => {
    app = await testApp();
    await anAccount(app);
    pay = (await createSpace(app.ports, admin, { name: 'Pay', description: '', parentSpace: 'root', inheritEntities: true, labels: ['payments'] })).id;
  });
  after(() => app.close());
  beforeEach(async () => void (await app.ports.db.sql.deleteFrom('policies').execute()));

  const signIn = async (options: { readonly admin?: boolean; readonly teams?: readonly string[] } = {}, remoteIp = '10.20.0.4') => {
    const { key, secret } = await createApiKey(app.ports, admin, { name: 'a key', admin: options.admin ?? false, teams: options.teams ?? [] });
    return exchangeApiKey(app.ports, { id: key.id, secret, remoteIp });
  };
  const again = async (token: string) => authenticate(app.ports, { bearer: token, remoteIp: '10.20.0.4' });

  it('let everybody in as before where there are none', async () => {
    expect((await signIn()).actor.isRootAdmin).toBe(false);
  });

  it('give a member roles by space, for as long as the session lasts', async () => {
    await aPolicy(app, 'LOGIN', [
      'allow if input.session.machine',
      'roles[s.id] contains "space-writer" if { some s in input.spaces; "payments" in s.labels }',
      'deny_admin if not net.cidr_contains("10.20.0.0/16", input.request.remote_ip)',
      'admin if "Platform" in input.session.teams',
    ].join('\n'));
    const { actor, token } = await signIn({ teams: ['db'] });
    for (const one of [actor, await again(token)]) {
      expect(one?.isRootAdmin).toBe(false);
      expect(one && can(one, 'run:trigger', pay)).toBe(true);
      expect(one && can(one, 'run:trigger', 'root')).toBe(false);
    }
    expect((await again((await signIn({ teams: ['Platform'] })).token))?.isRootAdmin).toBe(true);
    expect((await again((await signIn({ teams: ['Platform'] }, '10.9.0.4')).token))?.isRootAdmin).toBe(false);
  });

  it('replace the teams of a session when they name any, in the older language as well', async () => {
    await aPolicy(app, 'LOGIN', 'allow { true }\nteam[t] { t := input.session.teams[_]; t != "everyone" }\nspace_read["root"] { team["db"] }', { v0: true });
    const { token } = await signIn({ teams: ['everyone', 'db'] });
    const actor = await again(token);
    expect(actor?.teams).toEqual(['db']);
    expect(actor && can(actor, 'space:read', 'root')).toBe(true);
  });

  it('deny whom nothing allows, and whom one denies whatever others say', async () => {
    await aPolicy(app, 'LOGIN', 'roles["root"] contains "space-admin"');
    await expect(signIn()).rejects.toMatchObject({ code: 'UNAUTHENTICATED', message: expect.stringContaining('unauthorized') });
    await aPolicy(app, 'LOGIN', 'admin if true\nallow if true');
    expect((await signIn()).actor.isRootAdmin).toBe(true);
    await aPolicy(app, 'LOGIN', 'deny if input.session.machine');
    await expect(signIn()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('are not asked about administrators, nor can they lock them out', async () => {
    await ensureAdministrator(app.ports, { username: 'root', password: 'a long password 123' });
    await aPolicy(app, 'LOGIN', 'deny if true\nsample if true', { name: 'nobody' });
    expect((await signIn({ admin: true })).actor.isRootAdmin).toBe(true);
    expect((await logInAdministrator(app.ports, { username: 'root', password: 'a long password 123', remoteIp: '10.0.0.1' })).actor.isRootAdmin).toBe(true);
    const [policy] = await app.ports.db.sql.selectFrom('policies').select('ulid').execute();
    expect(await listSamples(app.ports, admin, { ulid: policy?.ulid ?? '' })).toEqual([]);
  });

  it('end all sessions but their author\'s when they change', async () => {
    const author = await signIn({ admin: true });
    const other = await signIn({ admin: true });
    const policy = await createPolicy(app.ports, author.actor, { name: 'members', type: 'LOGIN', body: 'package spacelift\n\nallow { true }\n' });
    expect(await again(other.token)).toBeUndefined();
    expect(await again(author.token)).toBeDefined();

    const later = await signIn();
    await deletePolicy(app.ports, author.actor, { id: policy.id });
    expect(await again(later.token)).toBeUndefined();
    expect(await again(author.token)).toBeDefined();
  });

  it('that name spaces or roles which do not exist give nothing by it', async () => {
    await aPolicy(app, 'LOGIN', 'allow if true\nroles["nowhere"] contains "space-admin"\nroles["root"] contains "no-such-role"\nspace_write contains "root"');
    const { actor } = await signIn();
    expect([...actor.grants.keys()]).toContain('root');
    expect(can(actor, 'run:trigger', 'root')).toBe(true);
    expect(can(actor, 'space:admin', 'root')).toBe(false);
    expect((await app.queued()).filter(({ name }) => name.includes('internal-error')).length).toBeGreaterThan(0);
  });
});
