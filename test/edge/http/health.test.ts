import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { healthRoutes } from '../../../lib/edge/http/health.ts';
import { wellKnownRoutes } from '../../../lib/edge/http/well-known.ts';
import { createPublicKey, createVerify } from 'node:crypto';
import { testApp, type TestApp } from '../../support/app.ts';
import { senderTo } from '../../support/edge-requests.ts';

describe('health', () => {
  let app: TestApp;

  before(async () => {
    app = await testApp();
  });
  after(() => app.close());

  /** The same ports on a database that answers as told. */
  const withDatabase = (sql: unknown) => ({ ...app.ports, db: { ...app.ports.db, sql: sql as TestApp['ports']['db']['sql'] } });

  it('is told without asking the database', async () => {
    const untouchable = new Proxy(
      {},
      {
        get: () => {
          throw new Error('the database was asked');
        },
      },
    );
    const send = senderTo(healthRoutes(withDatabase(untouchable)), app);

    expect(await send('GET', '/health')).toMatchObject({ status: 200, text: JSON.stringify({ status: 'ok', version: '6.0.0' }) });
  });

  it('in depth asks the database', async () => {
    const send = senderTo(healthRoutes(app.ports), app);

    expect((await send('GET', '/health/deep')).json()).toEqual({ status: 'ok', version: '6.0.0', checks: { database: 'ok' }, license: { state: 'valid', reason: null } });
  });

  it('in depth is 503 when the database fails, or says nothing for five seconds', async () => {
    const failing = await testApp();
    await failing.close();
    const failed = await senderTo(healthRoutes(failing.ports), app)('GET', '/health/deep');

    const silent = {
      getExecutor: () => ({ transformQuery: (node: unknown) => node, compileQuery: () => ({}), executeQuery: () => new Promise(() => {}) }),
    };
    const pending = senderTo(healthRoutes(withDatabase(silent)), app)('GET', '/health/deep');
    await new Promise(setImmediate);
    app.clock.advance(5_000);

    expect([failed.status, (await pending).status]).toEqual([503, 503]);
    expect(failed.json()).toMatchObject({ status: 'failing', checks: { database: 'no answer' } });
  });

  it('and the API are named at the root', async () => {
    const send = senderTo(healthRoutes(app.ports), app);

    expect((await send('GET', '/')).json()).toMatchObject({
      name: 'windlass',
      graphql: 'http://127.0.0.1:1983/graphql',
      health: 'http://127.0.0.1:1983/health',
    });
  });
});

describe('/.well-known', () => {
  let app: TestApp;

  before(async () => {
    app = await testApp();
  });
  after(() => app.close());

  it('tells clouds who issues the tokens of runs, and where its keys are', async () => {
    const send = senderTo(wellKnownRoutes(app.ports), app);
    const document = (await send('GET', '/.well-known/openid-configuration')).json() as { issuer: string; jwks_uri: string };
    const { token } = await app.ports.signer.sign({ sub: 'someone', aud: 'somewhere' }, 60);
    const { iss } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { iss: string };

    expect(document).toMatchObject({ issuer: iss, jwks_uri: `${iss}/.well-known/jwks`, id_token_signing_alg_values_supported: ['RS256'], response_types_supported: ['id_token'] });
  });

  it('verifies what the installation signed, under both names of the keys', async () => {
    const send = senderTo(wellKnownRoutes(app.ports), app);
    const { token } = await app.ports.signer.sign({ sub: 'someone', aud: 'somewhere' }, 60);
    const [head = '', claims = '', signature = ''] = token.split('.');

    for (const path of ['/.well-known/jwks', '/.well-known/jwks.json']) {
      const { keys } = (await send('GET', path)).json() as { keys: { kid: string }[] };
      const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string };
      const key = keys.find((candidate) => candidate.kid === kid);
      const verified = createVerify('sha256')
        .update(`${head}.${claims}`)
        .verify(createPublicKey({ key: key as never, format: 'jwk' }), Buffer.from(signature, 'base64url'));
      expect([path, verified]).toEqual([path, true]);
      expect(JSON.stringify(keys)).not.toMatch(/"(d|p|q|dp|dq|qi)":/);
    }
  });
});
