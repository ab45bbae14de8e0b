import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { expect } from 'expect';
import { SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { jwtLicense } from '../../../lib/adapters/license/jwt-license.ts';
import { tokenOf } from '../../../lib/adapters/license/license-secret.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const clock = fakeClock();
const now = Math.floor(clock.now().getTime() / 1000);
const DAY = 86_400;
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();

const CLAIMS = {
  iss: 'https://licences.example.com', aud: 'platform-license', sub: 'Acme Corp', iat: now - DAY, nbf: now - DAY, exp: now + 90 * DAY, jti: 'licence-1',
  tier: 'enterprise', limits: { workers: 10, users: null }, features: ['sso', 'audit'],
} as const;

describe('a licence token', () => {
  let rsa: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  let ed: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  let stranger: { readonly privateKey: KeyObject };
  before(() => {
    rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    ed = generateKeyPairSync('ed25519');
    stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
  });

  const sign = (claims: JWTPayload, { alg = 'RS256', kid = 'rsa-1', key = rsa.privateKey }: { readonly alg?: string; readonly kid?: string; readonly key?: KeyObject | Uint8Array } = {}) => new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(key);
  const without = (claim: keyof typeof CLAIMS) => Object.fromEntries(Object.entries(CLAIMS).filter(([name]) => name !== claim));
  const ask = (token: string | undefined | Error) =>
    jwtLicense({
      token: () => (token instanceof Error ? Promise.reject(token) : Promise.resolve(token)),
      publicKeys: { 'rsa-1': pem(rsa.publicKey), 'ed-1': pem(ed.publicKey) },
      installation: { awsAccountId: '123456789012', accountName: 'acme' },
      clock,
    }).ask(null);

  it('of RS256 or EdDSA grants what it says', async () => {
    const grant = { licensee: 'Acme Corp', tier: 'enterprise', limits: { workers: 10, users: null }, features: ['sso', 'audit'], validUntil: new Date(CLAIMS.exp * 1000) };
    expect(await ask(await sign(CLAIMS))).toEqual({ kind: 'granted', grant, held: null });
    expect(await ask(await sign(CLAIMS, { alg: 'EdDSA', kid: 'ed-1', key: ed.privateKey }))).toEqual({ kind: 'granted', grant, held: null });
  });

  it('without limits and features has no limit and no feature', async () => {
    const { limits: _limits, features: _features, ...bare } = CLAIMS;
    expect(await ask(await sign(bare))).toMatchObject({ grant: { limits: { workers: null, users: null }, features: [] } });
  });

  it('without a signature, or signed by a shared secret, is refused', async () => {
    expect(await ask(new UnsecuredJWT(CLAIMS).encode())).toMatchObject({ kind: 'denied' });
    const none = `${Buffer.from('{"alg":"none","kid":"rsa-1"}').toString('base64url')}.${Buffer.from(JSON.stringify(CLAIMS)).toString('base64url')}.`;
    expect(await ask(none)).toMatchObject({ kind: 'denied' });
    // Whoever knows the public key could sign so, if the algorithm were the token's to choose.
    expect(await ask(await sign(CLAIMS, { alg: 'HS256', key: Buffer.from(pem(rsa.publicKey)) }))).toEqual({ kind: 'denied', reason: 'the licence token is signed by an algorithm that is not allowed' });
  });

  it('signed by another key, changed, or by a key that the build does not know is refused', async () => {
    expect(await ask(await sign(CLAIMS, { key: stranger.privateKey }))).toEqual({ kind: 'denied', reason: 'the licence token is not one that its issuer signed' });
    const [header, , signature] = (await sign(CLAIMS)).split('.');
    const changed = Buffer.from(JSON.stringify({ ...CLAIMS, exp: now + 9_000 * DAY })).toString('base64url');
    expect(await ask(`${header}.${changed}.${signature}`)).toMatchObject({ kind: 'denied' });
    expect(await ask(await sign(CLAIMS, { kid: 'rsa-2' }))).toMatchObject({ kind: 'denied', reason: expect.stringContaining('"rsa-2"') });
    expect(await ask(await sign(CLAIMS, { kid: 'toString' }))).toMatchObject({ kind: 'denied', reason: expect.stringContaining('"toString"') });
    expect(await ask('not a token')).toMatchObject({ kind: 'denied' });
  });

  it('for another audience or without a claim is refused', async () => {
    expect(await ask(await sign({ ...CLAIMS, aud: 'somebody-else' }))).toEqual({ kind: 'denied', reason: "the licence token's claim aud is wrong" });
    for (const claim of ['aud', 'iss', 'sub', 'iat', 'nbf', 'exp', 'jti', 'tier'] as const)
      expect(await ask(await sign(without(claim)))).toMatchObject({ kind: 'denied', reason: expect.stringContaining(claim) });
  });

  it('may begin or end five minutes beside the clock, and no more', async () => {
    expect(await ask(await sign({ ...CLAIMS, nbf: now + 300 }))).toMatchObject({ kind: 'granted' });
    expect(await ask(await sign({ ...CLAIMS, nbf: now + 301 }))).toEqual({ kind: 'denied', reason: "the licence token's claim nbf is wrong" });
    expect(await ask(await sign({ ...CLAIMS, exp: now - 299 }))).toMatchObject({ kind: 'granted' });
    expect(await ask(await sign({ ...CLAIMS, exp: now - 300 }))).toEqual({ kind: 'expired', at: new Date((now - 300) * 1000), reason: 'the licence ended on 2026-01-15' });
  });

  it('bound to an account counts there only', async () => {
    expect(await ask(await sign({ ...CLAIMS, aws_account_id: '123456789012', account_name: 'acme' }))).toMatchObject({ kind: 'granted' });
    expect(await ask(await sign({ ...CLAIMS, aws_account_id: '999999999999' }))).toEqual({ kind: 'denied', reason: 'the licence is for the AWS account 999999999999, and this is 123456789012' });
    expect(await ask(await sign({ ...CLAIMS, account_name: 'other' }))).toEqual({ kind: 'denied', reason: 'the licence is for the account other, and this is acme' });
  });

  it('that is missing is a denial; one that cannot be read is not known', async () => {
    expect(await ask(undefined)).toEqual({ kind: 'denied', reason: 'no licence token is set' });
    expect(await ask(' ')).toEqual({ kind: 'denied', reason: 'no licence token is set' });
    expect(await ask(new Error('throttled'))).toMatchObject({ kind: 'inconclusive' });
  });

  it('is kept in a secret by itself or in a document', () => {
    expect([tokenOf(' a.b.c\n'), tokenOf('{"token":"a.b.c"}'), tokenOf('{"token":""}'), tokenOf('{'), tokenOf(''), tokenOf(undefined)]).toEqual(['a.b.c', 'a.b.c', undefined, undefined, undefined, undefined]);
  });
});
