import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { SignJWT } from 'jose';
import { distribution } from '../../lib/adapters/license/distribution.ts';
import { readEmbeddedConfig } from '../../lib/runtime/config.ts';
import { embeddedLicense } from '../../lib/runtime/embedded-license.ts';
import { testApp, type TestApp } from '../support/app.ts';

describe('the licence of one machine', () => {
  let app: TestApp;
  before(async () => {
    app = await testApp();
  });
  after(() => app.close());

  const licenseOf = (environment: Record<string, string>, given?: ReturnType<typeof distribution>) => {
    const { config, faults } = readEmbeddedConfig(environment);
    expect(faults).toEqual([]);
    const { objects, clock, telemetry } = app.ports;
    return embeddedLicense({ config, objects, clock, telemetry, ...(given ? { build: given } : {}) });
  };

  it('is none unless the environment says otherwise', async () => {
    expect(await licenseOf({}).terms()).toMatchObject({ type: 'none', state: 'valid', limits: { workers: null, users: null } });
    expect(readEmbeddedConfig({ LICENSE_TYPE: 'aws' }).faults).toEqual(['LICENSE_TYPE: "aws" is not available on one machine; leave it out or set jwt']);
  });

  it('is a token, signed with a key of the build and bound to the account; its check is written down', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const build = distribution({ context: { 'license.required': true, 'license.publicKeys': { k1: publicKey.export({ type: 'spki', format: 'pem' }) } } });
    const now = Math.floor(app.clock.now().getTime() / 1000);
    const claims = { iss: 'us', aud: 'platform-license', sub: 'Acme', iat: now, nbf: now, exp: now + 3600, jti: '1', tier: 'team', limits: { workers: 1 } };
    const token = await new SignJWT({ ...claims, account_name: 'local' }).setProtectedHeader({ alg: 'EdDSA', kid: 'k1' }).sign(privateKey);
    const license = licenseOf({ LICENSE_TYPE: 'jwt', LICENSE_TOKEN: token }, build);

    await license.check();

    expect(await license.terms()).toMatchObject({ type: 'jwt', state: 'valid', tier: 'team', limits: { workers: 1, users: null } });
    const again = licenseOf({ LICENSE_TYPE: 'jwt', LICENSE_TOKEN: '' }, build);
    expect(await again.terms()).toMatchObject({ state: 'grace', reason: 'no licence token is set' });
  });

  it('is restricted with a token that this build cannot check', async () => {
    await app.ports.objects.delete('states', 'license/state.json');
    expect(await licenseOf({ LICENSE_TYPE: 'jwt', LICENSE_TOKEN: 'a.b.c' }).terms()).toMatchObject({ state: 'restricted' });
  });

  it('cannot be none in a build that needs one', () => {
    expect(() => licenseOf({}, distribution({ context: { 'license.required': true } }))).toThrow('LICENSE_TYPE: this build needs a licence');
  });

  it('is fixed by nothing in a build from source', () => {
    expect(distribution()).toEqual({ required: false, productSku: null, keyFingerprint: null, publicKeys: {} });
  });
});
