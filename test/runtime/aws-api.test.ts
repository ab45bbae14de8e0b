import { after, before, describe, it } from 'node:test';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { expect } from 'expect';
import { ensureAccount } from '../../lib/core/accounts/actions/ensure-account.ts';
import { ensureAdministrator } from '../../lib/core/accounts/actions/ensure-administrator.ts';
import { graphqlRoutes } from '../../lib/edge/graphql/http.ts';
import { healthRoutes } from '../../lib/edge/http/health.ts';
import { sessionRoutes } from '../../lib/edge/http/session.ts';
import { wellKnownRoutes } from '../../lib/edge/http/well-known.ts';
import { apiOf } from '../../lib/runtime/api-app.ts';
import { poolChanged } from '../../lib/core/workers/worker-messages.ts';
import { composeAws, type AwsApp } from '../../lib/runtime/aws.ts';
import { resuming } from '../support/data-api.ts';
import { testPostgres } from '../support/database.ts';
import { invoke, proxyEvent, testFunctions, type APIGatewayProxyResult, type TestFunctions } from '../support/functions.ts';
import { needsMoto, needsPostgres } from '../support/requirements.ts';
import { aStack } from '../support/stack-builders.ts';

describe('the API over AWS', { ...needsMoto, ...needsPostgres, timeout: 120_000 }, () => {
  let functions: TestFunctions;
  let http: AwsApp;
  let graphql: AwsApp;
  before(async () => {
    functions = await testFunctions();
    [http, graphql] = [functions.compose('http'), functions.compose('graphql')];
    await ensureAccount(http.ports, { name: 'acme' });
    await ensureAdministrator(http.ports, { username: 'admin', password: 'correct horse battery' });
  });
  after(() => functions?.close());

  const ask = (app: AwsApp, method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const routes = app === graphql ? graphqlRoutes(app.ports) : [...sessionRoutes(app.ports), ...wellKnownRoutes(app.ports), ...healthRoutes(app.ports)];
    return invoke<APIGatewayProxyResult>(apiOf(app, routes), proxyEvent(method, path, { headers: { 'content-type': 'application/json', ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }), app, functions.clock);
  };
  const signIn = async () => JSON.parse((await ask(http, 'POST', '/admin-login', { username: 'admin', password: 'correct horse battery' })).body) as { readonly jwt: string };

  it('signs in with a token of the key service, which another function believes', async () => {
    const { jwt } = await signIn();

    const answer = await ask(graphql, 'POST', '/graphql', { query: '{ viewer { id } }' }, { authorization: `Bearer ${jwt}` });

    expect(JSON.parse(answer.body)).toMatchObject({ data: { viewer: { id: expect.any(String) } } });
    expect(JSON.parse((await ask(http, 'GET', '/.well-known/jwks')).body)).toMatchObject({ keys: [{ kty: 'RSA' }] });
  });

  it('offers the Terraform versions that the installation admits', async () => {
    const { jwt } = await signIn();
    const offered = async (environment: Record<string, string>) => {
      const app = composeAws({ ...functions.environment('graphql'), ...environment }, { clock: functions.clock });
      const event = proxyEvent('POST', '/graphql', {
        headers: { 'content-type': 'application/json', authorization: `Bearer ${jwt}` },
        body: JSON.stringify({ query: '{ terraformVersions }' }),
      });
      const { body } = await invoke<APIGatewayProxyResult>(apiOf(app, graphqlRoutes(app.ports)), event, app, functions.clock);
      return (JSON.parse(body) as { readonly data: { readonly terraformVersions: readonly string[] } }).data.terraformVersions[0];
    };

    expect(await offered({})).toBe('1.5.7');
    expect(await offered({ TERRAFORM_ALLOWED_VERSIONS: '>=1.6.0 <1.7.0' })).toBe('1.6.6');
  });

  it('sends what a mutation announced before it answers', async () => {
    const { jwt } = await signIn();
    await aStack({ ports: graphql.ports });

    const answer = await ask(graphql, 'POST', '/graphql', { query: 'mutation { stackDelete(id: "network") { deleting } }' }, { authorization: `Bearer ${jwt}` });

    expect(JSON.parse(answer.body)).toEqual({ data: { stackDelete: { deleting: true } } });
    const rows = await graphql.ports.db.sql.selectFrom('messages').select(['type', 'sent_at']).execute();
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ sent_at: sentAt }) => sentAt === null)).toEqual([]);
    expect((await graphql.scheduler.marker.read())?.state).toMatchObject({ active: true });
  });

  it('answers for its health without the database, and says when that is away for longer than a page waits', async () => {
    const stop = functions.dataApi.intercept((call) => (call.database === functions.database ? resuming() : undefined));
    const quick = setInterval(() => functions.clock.advance(1000), 2);
    functions.statements();

    expect((await ask(http, 'GET', '/health')).statusCode).toBe(200);
    expect(functions.statements()).toBe(0);
    const began = functions.clock.now().getTime();
    const answer = await ask(http, 'POST', '/admin-login', { username: 'admin', password: 'correct horse battery' });
    const waited = functions.clock.now().getTime() - began;
    clearInterval(quick);
    stop();

    expect(answer).toMatchObject({ statusCode: 503, multiValueHeaders: { 'retry-after': ['5'] } });
    expect(waited).toBeLessThan(25_000);
  });

  it('reaches a database directly where the installation says so, by the address in a secret', async () => {
    const url = new URL((await testPostgres()).url);
    url.pathname = `/${functions.database}`;
    const { ARN: arn = '' } = await functions.aws.clients.secrets.send(new CreateSecretCommand({ Name: `${functions.aws.prefix}/database-url`, SecretString: JSON.stringify({ DATABASE_URL: url.href }) }));
    const { DATABASE_CLUSTER_ARN: _c, DATABASE_SECRET_ARN: _s, DATABASE_NAME: _n, ...rest } = functions.environment('graphql');
    const direct = composeAws({ ...rest, DATABASE_ACCESS: 'direct', DATABASE_URL_SECRET_ARN: arn }, { clock: functions.clock });
    functions.statements();

    await direct.ports.queue.enqueue(direct.ports.db.sql, poolChanged, { poolId: 'P' });
    direct.ports.queue.flush();
    await direct.finish();

    expect(functions.statements()).toBe(0);
    expect(await direct.ports.db.sql.selectFrom('messages').select('type').where('sent_at', 'is not', null).where('type', '=', poolChanged.name).execute()).toHaveLength(1);
    await direct.ports.db.sql.destroy();
  });
});
