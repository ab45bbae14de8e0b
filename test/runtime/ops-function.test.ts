import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CreateSecretCommand, GetSecretValueCommand, UpdateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { expect } from 'expect';
import { sql } from 'kysely';
import { readIdentityProvider } from '../../lib/core/accounts/actions/store-identity-provider.ts';
import { sessionRoutes } from '../../lib/edge/http/session.ts';
import { apiOf } from '../../lib/runtime/api-app.ts';
import type { AwsApp } from '../../lib/runtime/aws.ts';
import { ensureDatabaseUser } from '../../lib/runtime/database-users.ts';
import { opsFunction, type OpsAnswer, type OpsRequest } from '../../lib/runtime/ops-function.ts';
import { invoke, proxyEvent, testFunctions, type APIGatewayProxyResult, type TestFunctions } from '../support/functions.ts';
import { needsMoto, needsPostgres } from '../support/requirements.ts';

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));

describe('the function for operators', { ...needsMoto, ...needsPostgres, timeout: 200_000 }, () => {
  let functions: TestFunctions;
  let ops: AwsApp;
  let web: ReturnType<typeof createServer>;
  let address: string;
  /** What a deployment was told. */
  const told: Record<string, unknown>[] = [];
  let discovery: object = {};

  before(async () => {
    functions = await testFunctions();
    web = createServer((request, response) => {
      let text = '';
      request.on('data', (part: Buffer) => (text += part.toString()));
      request.on('end', () => {
        if (request.method === 'PUT') told.push(JSON.parse(text) as Record<string, unknown>);
        response.end(JSON.stringify(discovery));
      });
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
    for (const [name, value] of [['admin', { username: 'root', password: 'correct horse battery' }], ['sso', { type: 'OIDC', adminLogin: 'ada@example.test', clientId: 'C', clientSecret: 'S', identityProviderHost: address }]] as const) {
      await functions.aws.clients.secrets.send(new CreateSecretCommand({ Name: `${functions.aws.prefix}/${name}`, SecretString: JSON.stringify(value) }));
    }
    const arn = async (name: string) => (await functions.aws.clients.secrets.send(new GetSecretValueCommand({ SecretId: `${functions.aws.prefix}/${name}` }))).ARN ?? '';
    const { composeAws } = await import('../../lib/runtime/aws.ts');
    const environment = { ...functions.environment('ops'), ADMIN_SECRET_ARN: await arn('admin'), SSO_SECRET_ARN: await arn('sso') };
    ops = composeAws(environment, { clock: functions.clock });
  });
  after(async () => {
    web?.close();
    await functions?.close();
  });

  const call = (event: unknown) => invoke<unknown>(opsFunction(ops, MIGRATIONS), event, ops, functions.clock);
  const ask = (request: OpsRequest) => call(request) as Promise<OpsAnswer>;
  const deploy = (RequestType: 'Create' | 'Update' | 'Delete') =>
    call({ RequestType, ResponseURL: `${address}/answer`, StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Migrations', ResourceType: 'Custom::Migrations', ServiceToken: 'arn', ResourceProperties: { ServiceToken: 'arn' }, ...(RequestType === 'Create' ? {} : { PhysicalResourceId: 'migrations' }) });
  const signIn = async () =>
    (await invoke<APIGatewayProxyResult>(apiOf(ops, sessionRoutes(ops.ports)), proxyEvent('POST', '/admin-login', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username: 'root', password: 'correct horse battery' }) }), ops, functions.clock)).statusCode;

  it('brings schema, account and administrator up to date when something is deployed, and tells the deployment', async () => {
    await sql`drop table message_dedup`.execute(ops.ports.db.sql);
    await sql`delete from schema_migrations where name = '0008_sending.sql'`.execute(ops.ports.db.sql);
    await sql`drop table identity_provider`.execute(ops.ports.db.sql);
    await sql`alter table messages drop column sent_at`.execute(ops.ports.db.sql);

    await deploy('Create');

    expect(told.splice(0)).toEqual([expect.objectContaining({ Status: 'SUCCESS', RequestId: 'request', StackId: 'stack', LogicalResourceId: 'Migrations', PhysicalResourceId: 'migrations' })]);
    expect(await signIn()).toBe(200);
  });

  it('notes the key that signs tokens, so that a change of it retires the one before', async () => {
    await deploy('Update');

    expect(await ops.ports.db.sql.selectFrom('signing_keys').select('retired_at').execute()).toEqual([{ retired_at: null }]);
    const { keys } = await ops.ports.signer.publicKeys();
    expect(await ops.ports.db.sql.selectFrom('signing_keys').select('id').execute()).toEqual(keys.map(({ kid }) => ({ id: kid })));
    told.length = 0;
  });

  it('changes nothing when it is deployed again, or taken away', async () => {
    await deploy('Update');
    await deploy('Delete');

    expect(told.splice(0).map(({ Status }) => Status)).toEqual(['SUCCESS', 'SUCCESS']);
    expect(await ask({ do: 'migrate' })).toMatchObject({ done: { applied: [], administrator: 'root' } });
  });

  it('leaves the account its name when it is deployed under another, and renames it when asked to, audited once', async () => {
    const named = async () => (await ops.ports.db.sql.selectFrom('accounts').select('name').executeTakeFirst())?.name;
    await ops.ports.db.sql.updateTable('accounts').set({ name: 'older' }).execute();
    await ask({ do: 'migrate' });
    expect(await named()).toBe('older');

    expect(await ask({ do: 'rename-account' })).toEqual({ done: { before: 'older', after: 'acme' } });
    expect(await ask({ do: 'rename-account' })).toEqual({ done: { before: 'acme', after: 'acme' } });

    expect(await named()).toBe('acme');
    const entries = await ops.ports.db.sql.selectFrom('audit').select(['actor', 'body']).where('action', '=', 'account.rename').execute();
    expect(entries).toEqual([{ actor: 'system::operations', body: { before: 'older', after: 'acme' } }]);
  });

  it('reads what was encrypted before its account was renamed', async () => {
    const { composeAws } = await import('../../lib/runtime/aws.ts');
    const context = { table: 'secrets', id: '1' };
    const sealed = await ops.ports.cipher.encrypt(Buffer.from('kept'), context);
    const renamed = composeAws({ ...functions.environment('ops'), ACCOUNT_NAME: 'renamed' }, { clock: functions.clock });

    expect((await renamed.ports.cipher.decrypt(sealed, context)).toString()).toBe('kept');
  });

  it('tells a deployment that it failed, without values', async () => {
    await sql`update installation set key_fingerprint = 'aabbcc'`.execute(ops.ports.db.sql);

    await deploy('Update');

    expect(told.splice(0)).toEqual([expect.objectContaining({ Status: 'FAILED', Reason: expect.stringContaining('set up on one machine') })]);
    await sql`update installation set key_fingerprint = 'kms:key'`.execute(ops.ports.db.sql);
  });

  it('makes nobody an administrator while the secret has no values, and takes away whom it names no more', async () => {
    const SecretId = `${functions.aws.prefix}/admin`;
    const store = (SecretString: string) => functions.aws.clients.secrets.send(new UpdateSecretCommand({ SecretId, SecretString }));
    for (const value of ['hunter2', '["hunter2"]', '{"username":["hunter2"]}']) {
      await store(value);
      const refused = await ask({ do: 'ensure-administrator' });
      expect(refused).toEqual({ error: { code: 'INVALID', message: expect.stringMatching(/^the secret of the administrator has an unknown shape/) } });
      expect(JSON.stringify(refused)).not.toContain('hunter2');
    }
    await store('{}');
    expect(await ask({ do: 'ensure-administrator' })).toEqual({ done: { administrator: null } });
    expect(await ops.ports.db.sql.selectFrom('users').select('login').where('password_hash', 'is not', null).execute()).toEqual([]);
    expect(await signIn()).toBe(401);

    await store(JSON.stringify({ username: 'root', password: 'correct horse battery' }));
    expect(await ask({ do: 'ensure-administrator' })).toEqual({ done: { administrator: 'root' } });
    expect(await signIn()).toBe(200);
  });

  it('stores an identity provider that answers, once, and another only when told to', async () => {
    expect(await ask({ do: 'store-identity-provider' })).toMatchObject({ error: { code: 'INVALID', message: expect.stringContaining('is no OpenID discovery document') } });
    expect(await readIdentityProvider(ops.ports)).toBeUndefined();

    const endpoints = { issuer: address, authorization_endpoint: address, token_endpoint: address, jwks_uri: address };
    discovery = { ...endpoints, scopes_supported: ['openid'] };
    expect(await ask({ do: 'store-identity-provider' })).toMatchObject({ error: { message: expect.stringContaining('scope email') } });

    discovery = { ...endpoints, scopes_supported: ['openid', 'email'] };
    expect(await ask({ do: 'store-identity-provider' })).toEqual({ done: { identityProvider: 'stored' } });
    expect(await ask({ do: 'store-identity-provider' })).toEqual({ done: { identityProvider: 'unchanged' } });
    expect(await ask({ do: 'store-identity-provider', replace: true })).toEqual({ done: { identityProvider: 'stored' } });
    expect(await readIdentityProvider(ops.ports)).toEqual({ type: 'OIDC', settings: expect.objectContaining({ clientId: 'C', clientSecret: 'S' }) });
    const { key } = await sql<{ key: string }>`select settings_key as key from identity_provider`.execute(ops.ports.db.sql).then(({ rows }) => rows[0] ?? { key: '' });
    expect((await ops.ports.objects.get('documents', key))?.toString()).not.toContain('clientSecret');
  });

  it('changes the password of a database user in the steps of a rotation, each of which may come twice', async () => {
    const name = `w_${functions.aws.prefix.replaceAll('-', '_')}`;
    await ensureDatabaseUser(ops.ports.db.sql as never, { username: name, password: 'first' }, 25);
    const SecretId = `${functions.aws.prefix}/database-api`;
    await functions.aws.clients.secrets.send(new CreateSecretCommand({ Name: SecretId, SecretString: JSON.stringify({ username: name, password: 'first' }) }));
    const value = async () => JSON.parse((await functions.aws.clients.secrets.send(new GetSecretValueCommand({ SecretId, VersionStage: 'AWSCURRENT' }))).SecretString ?? '{}') as Record<string, string>;
    const hash = async () => (await sql<{ h: string }>`select rolpassword as h from pg_authid where rolname = ${name}`.execute(ops.ports.db.sql)).rows[0]?.h;
    const before = await hash();
    const ClientRequestToken = '01234567-89ab-cdef-0123-456789abcdef';

    for (const Step of ['createSecret', 'createSecret', 'setSecret', 'testSecret'] as const) await call({ Step, SecretId, ClientRequestToken });
    expect(await value()).toEqual({ username: name, password: 'first' });
    expect(await hash()).toBe(before);
    for (const Step of ['finishSecret', 'finishSecret'] as const) await call({ Step, SecretId, ClientRequestToken });

    const after = await value();
    expect(after).toEqual({ username: name, password: expect.stringMatching(/^[A-Za-z0-9_-]{40}$/) });
    expect(await hash()).not.toBe(before);
    const settings = (await sql<{ c: unknown }>`select array_to_string(rolconfig, ',') as c from pg_roles where rolname = ${name}`.execute(ops.ports.db.sql)).rows[0]?.c;
    expect(settings).toBe('statement_timeout=25s');
    await sql`drop owned by ${sql.id(name)}`.execute(ops.ports.db.sql);
    await sql`drop role ${sql.id(name)}`.execute(ops.ports.db.sql);
  });

  it('proves by a write that changes nothing whether the database takes writes', async () => {
    const row = () => sql`select * from installation`.execute(ops.ports.db.sql).then(({ rows }) => rows);
    const before = await row();
    expect(await ask({ do: 'prove-writer' })).toEqual({ done: { writes: true } });
    expect(await row()).toEqual(before);
  });

  it('hands a deployment a parameter of another region, and says so when there is none', async () => {
    const elsewhere = new SSMClient({ region: 'us-east-1', endpoint: functions.aws.url, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
    const Name = `/${functions.aws.prefix}/edge/web-acl-arn`;
    const fetch = (RequestType: 'Create' | 'Delete') =>
      call({ RequestType, ResponseURL: `${address}/answer`, StackId: 'stack', RequestId: 'request', LogicalResourceId: 'WebAcl', ResourceType: 'Custom::ParameterElsewhere', ServiceToken: 'arn', ResourceProperties: { ServiceToken: 'arn', Region: 'us-east-1', Name } });

    await fetch('Create');
    expect(told.splice(0)).toEqual([expect.objectContaining({ Status: 'FAILED', Reason: expect.stringContaining(`there is no parameter ${Name} in us-east-1`) })]);
    await elsewhere.send(new PutParameterCommand({ Name, Value: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/platform-edge/1', Type: 'String' }));
    await fetch('Create');
    expect(told.splice(0)).toEqual([expect.objectContaining({ Status: 'SUCCESS', Data: { Value: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/platform-edge/1' } })]);
    await fetch('Delete');
    expect(told.splice(0)).toEqual([expect.objectContaining({ Status: 'SUCCESS' })]);
    elsewhere.destroy();
  });

  it('takes over in a new epoch, for which the scheduler has to look, and once for each failover', async () => {
    const { marker } = ops.scheduler;
    const asleep = { active: false, touchedAt: new Date(0), dueAt: null, fullPassAt: new Date(0), rejectedAt: null };
    await marker.replace(asleep, (await marker.read())?.version);
    functions.advance(61_000);

    expect(await ask({ do: 'begin-epoch', failover: 'f-1', after: 4 })).toEqual({ done: { epoch: 5, messages: 0, workers: 0 } });
    expect((await marker.read())?.state).toMatchObject({ active: true, touchedAt: functions.clock.now() });
    expect(await ask({ do: 'begin-epoch', failover: 'f-1', after: 5 })).toMatchObject({ done: { epoch: 5 } });
    expect(await ask({ do: 'begin-epoch', failover: 'f-2', after: 5 })).toMatchObject({ done: { epoch: 6 } });
  });

  it('excuses workers for the time in which the installation was stopped', async () => {
    expect(await ask({ do: 'excuse-downtime' })).toEqual({ done: { excused: 0 } });
  });

  it('refuses what it does not know, in words', async () => {
    expect(await call({ do: 'format-disk' })).toEqual({ error: { code: 'INVALID', message: 'the operations function knows no "format-disk"' } });
    expect(await ask({ do: 'status' })).toMatchObject({ done: { mode: 'on' } });
    await functions.aws.clients.secrets.send(new UpdateSecretCommand({ SecretId: `${functions.aws.prefix}/sso`, SecretString: '{"type":"LDAP"}' }));
    expect(await ask({ do: 'store-identity-provider', replace: true })).toMatchObject({ error: { code: 'INVALID' } });
  });
});
