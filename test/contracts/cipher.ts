import { it } from 'node:test';
import { expect } from 'expect';
import type { Cipher } from '../../lib/core/ports/cipher.ts';

/** What every cipher of the product does. */
export function cipherContract(open: () => Promise<Cipher>): void {
  const context = { table: 'config_elements', id: '01H' };

  it('gives back the plaintext under the same context, in whatever order it is written', async () => {
    const cipher = await open();
    const sealed = await cipher.encrypt(Buffer.from('päss'), context);
    expect((await cipher.decrypt(sealed, { id: '01H', table: 'config_elements' })).toString('utf8')).toBe('päss');
  });

  it('never writes the same plaintext twice alike, and never in clear', async () => {
    const cipher = await open();
    const [one, two] = [await cipher.encrypt(Buffer.from('same-secret'), context), await cipher.encrypt(Buffer.from('same-secret'), context)];
    expect(one).not.toBe(two);
    expect(Buffer.from(one, 'base64').includes('same-secret')).toBe(false);
  });

  it('refuses another context, a changed byte and a cut end', async () => {
    const cipher = await open();
    const sealed = Buffer.from(await cipher.encrypt(Buffer.from('secret'), context), 'base64');
    await expect(cipher.decrypt(sealed.toString('base64'), { ...context, id: '01J' })).rejects.toThrow();
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(cipher.decrypt(changed.toString('base64'), context)).rejects.toThrow();
    }
    await expect(cipher.decrypt(sealed.subarray(0, -1).toString('base64'), context)).rejects.toThrow();
  });

  it('takes an empty plaintext and one of 40 KiB', async () => {
    const cipher = await open();
    for (const size of [0, 40 * 1024]) {
      const plain = Buffer.alloc(size, 7);
      expect((await cipher.decrypt(await cipher.encrypt(plain, context), context)).equals(plain)).toBe(true);
    }
  });
}
