import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { expect } from 'expect';
import { randomIds } from '../../../lib/adapters/system/random-ids.ts';
import { rsaCipher, unwrapDataKey, wrapNewDataKey } from '../../../lib/adapters/embedded/rsa-cipher.ts';
import { readInstallationKey } from '../../../lib/adapters/embedded/rsa-keys.ts';
import { rsaSigner } from '../../../lib/adapters/embedded/rsa-signer.ts';
import { cipherContract } from '../../contracts/cipher.ts';
import { signerContract } from '../../contracts/signer.ts';
import { testInstallationKey } from '../../support/app.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const key = await testInstallationKey();

describe('the embedded cipher', () => {
  cipherContract(async () => rsaCipher(unwrapDataKey(key, wrapNewDataKey(key))));

  it('reads what was written before a restart: the wrapped key is all that is kept', async () => {
    const wrapped = wrapNewDataKey(key);
    const sealed = await rsaCipher(unwrapDataKey(key, wrapped)).encrypt(Buffer.from('old'), { id: '1' });
    expect((await rsaCipher(unwrapDataKey(key, wrapped)).decrypt(sealed, { id: '1' })).toString()).toBe('old');
  });

  it('reads nothing of another installation', async () => {
    const sealed = await rsaCipher(randomBytes(32)).encrypt(Buffer.from('theirs'), { id: '1' });
    await expect(rsaCipher(randomBytes(32)).decrypt(sealed, { id: '1' })).rejects.toThrow();
  });
});

describe('the embedded signer', () => {
  signerContract(async () => {
    const clock = fakeClock();
    const issuer = 'http://127.0.0.1:1983';
    return { signer: rsaSigner({ key, issuer, clock, ids: randomIds(clock) }), clock, issuer };
  });
});

describe('the installation key', () => {
  it('is refused when it is no private key', () => {
    expect(() => readInstallationKey('nonsense')).toThrow(/not a readable private key/);
  });
});
