import { it } from 'node:test';
import { expect } from 'expect';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import type { Signer } from '../../lib/core/ports/signer.ts';
import type { FakeClock } from '../support/fake-clock.ts';

/** What every signer of the product does. */
export function signerContract(open: () => Promise<{ readonly signer: Signer; readonly clock: FakeClock; readonly issuer: string }>): void {
  it('signs tokens that anybody verifies with the published key set', async () => {
    const { signer, clock, issuer } = await open();
    const { token, expiresAt } = await signer.sign({ sub: 'user::robin', aud: issuer, extra: 1 }, 3600);
    const keys = createLocalJWKSet((await signer.publicKeys()) as unknown as JSONWebKeySet);
    const { payload } = await jwtVerify(token, keys, { issuer, audience: issuer, currentDate: clock.now() });
    expect(payload).toMatchObject({ sub: 'user::robin', aud: issuer, extra: 1, iss: issuer });
    expect(payload.exp).toBe(Math.floor(expiresAt.getTime() / 1000));
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', kid: expect.any(String) });
  });

  it('gives every token a name of its own', async () => {
    const { signer, issuer } = await open();
    const [a, b] = await Promise.all([signer.sign({ sub: 'x', aud: issuer }, 60), signer.sign({ sub: 'x', aud: issuer }, 60)]);
    const [one, two] = [await signer.verify(a.token, issuer), await signer.verify(b.token, issuer)];
    expect(one?.jti).not.toBe(two?.jti);
  });

  it('verifies only what is signed here, for this audience, in time and untouched', async () => {
    const { signer, clock, issuer } = await open();
    const { token } = await signer.sign({ sub: 'x', aud: issuer }, 60);
    expect(await signer.verify(token, issuer)).toMatchObject({ sub: 'x' });
    expect(await signer.verify(token, 'another')).toBeUndefined();
    expect(await signer.verify(`${token.slice(0, -4)}AAAA`, issuer)).toBeUndefined();
    const [, body] = token.split('.');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body ?? ''}.`;
    expect(await signer.verify(none, issuer)).toBeUndefined();
    expect(await signer.verify('rubbish', issuer)).toBeUndefined();
    clock.advance(61_000);
    expect(await signer.verify(token, issuer)).toBeUndefined();
  });
}
