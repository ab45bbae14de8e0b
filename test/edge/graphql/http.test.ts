import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { createApiKey } from '../../../lib/core/accounts/actions/create-api-key.ts';
import { adminActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { graphqlApi, type GraphqlApi, type GraphqlCaller } from '../../support/graphql.ts';
import { anAccount } from '../../support/stack-builders.ts';

describe('POST /graphql', () => {
  let app: TestApp;
  let api: GraphqlApi;
  let admin: GraphqlCaller & { readonly token: string };
  before(async () => {
    app = await testApp();
    await anAccount(app);
    api = graphqlApi(app);
    admin = await api.admin();
  });
  after(() => app.close());

  const post = (body: string, headers: Readonly<Record<string, string>> = {}) =>
    api.transport({ method: 'POST', url: `${app.ports.settings.baseUrl}/graphql`, headers: { 'content-type': 'application/json', ...headers }, body: Buffer.from(body) });

  describe('signing in', () => {
    it('trades an API key for a token with one audience, which then names the caller', async () => {
      const { key, secret } = await createApiKey(app.ports, adminActor(), { name: 'deployer', admin: false });

      const { apiKeyUser } = await api.get('mutation ($id: ID!, $secret: String!) { apiKeyUser(id: $id, secret: $secret) { id jwt validUntil admin } }', { id: key.id, secret });

      const claims = JSON.parse(Buffer.from(apiKeyUser.jwt.split('.')[1], 'base64url').toString());
      expect(claims).toMatchObject({ aud: app.ports.settings.baseUrl, exp: apiKeyUser.validUntil });
      expect((await api.as(apiKeyUser.jwt).get('{ viewer { id name admin } }')).viewer).toEqual({ id: apiKeyUser.id, name: 'deployer', admin: false });
    });

    it('says unauthorized for a wrong secret', async () => {
      const answer = await api.ask('mutation { apiKeyUser(id: "nobody", secret: "nothing") { jwt } }');

      expect(answer).toMatchObject({ status: 200, data: { apiKeyUser: null }, errors: [{ message: 'unauthorized', extensions: { code: 'UNAUTHENTICATED' } }] });
    });

    it('ends the session on logout', async () => {
      const other = await api.admin();

      expect((await other.get('mutation { logout { id } }')).logout).not.toBeNull();

      expect((await other.get('{ viewer { id } }')).viewer).toBeNull();
    });

    it('takes the browser\'s cookie only for JSON that no foreign page sent', async () => {
      const cookie = 'windlass_session=anything';

      expect(await api.ask('{ spaces { id } }', {}, { cookie, origin: 'https://elsewhere.example' })).toMatchObject({ data: { spaces: [] } });
    });
  });

  describe('without a session', () => {
    it('answers null or an empty list where it can, and unauthorized where it cannot', async () => {
      const answer = await api.ask('{ viewer { id } spaces { id } space(id: "root") { id } debugInfo { selfHostedVersion } }');

      expect(answer).toMatchObject({ status: 200, errors: [], data: { viewer: null, spaces: [], space: null, debugInfo: { selfHostedVersion: expect.stringMatching(/^([6-9]|\d\d)\./) } } });
      expect((await api.ask('{ publicWorkerPool { busyWorkers } }')).errors).toEqual([expect.objectContaining({ message: 'unauthorized' })]);
    });

    it('refuses every mutation', async () => {
      const answer = await api.ask('mutation { spaceDelete(space: "root") { id } }');

      expect(answer).toMatchObject({ status: 200, data: { spaceDelete: null }, errors: [{ message: 'unauthorized' }] });
    });

    it('keeps the schema to itself', async () => {
      expect(await api.ask('{ __schema { queryType { name } } }')).toMatchObject({ status: 200, data: null, errors: [{ message: 'unauthorized' }] });
      expect((await admin.get('{ __type(name: "Action") { enumValues { name } } }')).__type.enumValues).toContainEqual({ name: 'RUN_TRIGGER' });
    });
  });

  describe('with a bad session', () => {
    it('says unauthorized to everything but the question who is asking', async () => {
      for (const token of ['nonsense', `${admin.token}x`]) {
        expect(await api.as(token).ask('{ spaces { id } }')).toMatchObject({ status: 200, data: null, errors: [{ message: 'unauthorized' }] });
        expect(await api.as(token).ask('{ viewer { id } }')).toMatchObject({ data: { viewer: null }, errors: [] });
      }
    });

    it('says so for an expired token too', async () => {
      const { token } = await api.admin();
      app.clock.advance(2 * 3_600_000);

      expect((await api.as(token).ask('{ spaces { id } }')).errors).toEqual([expect.objectContaining({ message: 'unauthorized' })]);

      app.clock.advance(-2 * 3_600_000);
    });
  });

  describe('bad input', () => {
    it('answers an unknown field, a wrong type and a missing argument with HTTP 200 and errors', async () => {
      expect(await admin.ask('{ nothing }')).toMatchObject({ status: 200, errors: [{ message: expect.stringContaining('Cannot query field "nothing"') }] });
      expect(await admin.ask('query ($id: ID!) { space(id: $id) { id } }', { id: ['a'] })).toMatchObject({ status: 200, errors: [{ message: expect.stringContaining('Variable "$id" got invalid value') }] });
      expect(await admin.ask('{ space { id } }')).toMatchObject({ status: 200, errors: [{ message: expect.stringContaining('argument "id" of type "ID!" is required') }] });
    });

    it('refuses depth 100 with a word why', async () => {
      const deep = `{ stack(id: "network") ${'{ blocker '.repeat(99)} { id } ${'}'.repeat(99)} }`;

      expect(await admin.ask(deep)).toMatchObject({ status: 200, errors: [{ message: expect.stringContaining('nested too deeply: at most 30 levels') }] });
    });

    it('accepts the empty parentheses that clients write', async () => {
      expect((await admin.get('{ spaces() { id } }')).spaces).toEqual([{ id: 'root' }]);
    });

    it('turns away what is no request', async () => {
      for (const body of ['', 'query { viewer { id } }', '[]', '{"query":1}', '{"variables":{}}', '[{"query":"{ viewer { id } }"}]', '{"query":"{ viewer { id } }","variables":[]}']) {
        const response = await post(body);
        expect({ body, status: response.status }).toEqual({ body, status: 400 });
        expect(JSON.parse(response.body.toString())).toEqual({ errors: [{ message: expect.any(String) }] });
      }
      expect((await post(JSON.stringify({ query: '{ viewer { id } }', variables: { pad: 'x'.repeat(1024 * 1024) } }))).status).toBe(413);
      expect((await api.transport({ method: 'GET', url: 'http://host/graphql', headers: {} })).status).toBe(405);
    });

    it('asks which operation is meant when there are several', async () => {
      expect((await admin.ask('query A { viewer { id } } query B { viewer { id } }')).errors).toEqual([expect.objectContaining({ message: expect.stringContaining('operation name') })]);
    });
  });

  describe('errors', () => {
    it('shows our own word for word, with code and details', async () => {
      const { errors } = await admin.ask('mutation { spaceDelete(space: "root") { id } }');

      expect(errors).toEqual([expect.objectContaining({ message: 'the root space cannot be deleted', path: ['spaceDelete'], extensions: expect.objectContaining({ code: 'INVALID' }) })]);
    });

    it('hides a defect behind the id of the request, and logs it under that id', async () => {
      const broken = { ...app.ports, objects: app.ports.objects, settings: { ...app.ports.settings, get accountName(): string { throw new Error('secret detail'); } } };
      const answer = await graphqlApi({ ports: broken }).as(admin.token).ask('{ name }');

      const [error] = answer.errors;
      expect(error).toMatchObject({ message: 'something went wrong on our side', extensions: { code: 'INTERNAL', requestId: expect.any(String) } });
      expect(app.logged).toContainEqual(expect.objectContaining({ level: 'error', fields: expect.objectContaining({ requestId: error?.extensions?.['requestId'], path: 'name', error: expect.objectContaining({ message: 'secret detail' }) }) }));
    });
  });
});
