import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { expect } from 'expect';
import { makeAssertion, readAssertion, verifyAssertion } from '../../lib/protocol/assertion.ts';

const keys = () => generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
const pool = keys();
const now = new Date('2026-01-31T12:00:00Z');
const input = { poolId: '01POOL', workerId: '01WORKER', certificateId: 'ab12', audience: 'worker-api', jti: '01JTI', now } as const;
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const expected = { audience: 'worker-api', now } as const;

describe('a worker assertion', () => {
  it('names pool, worker and certificate before it is believed', () => {
    expect(readAssertion(makeAssertion(pool.privateKey, input))).toEqual({
      certificateId: 'ab12',
      claims: { iss: '01POOL', sub: '01WORKER', aud: 'worker-api', iat: 1769860800, exp: 1769861100, jti: '01JTI' },
    });
  });

  it('is believed when the key of the pool signed it', () => {
    expect(verifyAssertion(makeAssertion(pool.privateKey, input), pool.publicKey, expected).claims.sub).toBe('01WORKER');
  });

  it('is refused with the key of another pool', () => {
    expect(() => verifyAssertion(makeAssertion(keys().privateKey, input), pool.publicKey, expected)).toThrow("not signed by the pool's key");
  });

  it('is refused where it was not meant for', () => {
    expect(() => verifyAssertion(makeAssertion(pool.privateKey, input), pool.publicKey, { audience: 'mqtt', now })).toThrow('meant for worker-api');
  });

  it('bears two minutes of clock skew on both sides, and not more', () => {
    const token = makeAssertion(pool.privateKey, input);

    expect(() => verifyAssertion(token, pool.publicKey, { ...expected, now: later(300 + 119) })).not.toThrow();
    expect(() => verifyAssertion(token, pool.publicKey, { ...expected, now: later(300 + 121) })).toThrow('expired');
    expect(() => verifyAssertion(token, pool.publicKey, { ...expected, now: later(-119) })).not.toThrow();
    expect(() => verifyAssertion(token, pool.publicKey, { ...expected, now: later(-121) })).toThrow('from the future');
  });

  it('is refused when altered, unsigned or of another algorithm', () => {
    const [header, claims, signature] = makeAssertion(pool.privateKey, input).split('.') as [string, string, string];
    const other = Buffer.from(JSON.stringify({ ...readAssertion(`${header}.${claims}.x`)?.claims, sub: '02WORKER' })).toString('base64url');
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'worker-assertion+jwt', kid: 'ab12' })).toString('base64url');

    for (const token of [`${header}.${other}.${signature}`, `${none}.${claims}.${signature}`, `${header}.${claims}.`, 'x', 'a.b.c', '']) {
      expect(() => verifyAssertion(token, pool.publicKey, expected)).toThrow();
    }
  });
});
