import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { EnvelopeError, openBuffer, openFile, packageContext, sealBuffer, sealFile, workspaceContext } from '../../lib/protocol/envelope.ts';

const keys = () => generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
const pool = keys();
const context = packageContext('01RUN', 2);

/** Bytes before the first chunk. */
const headerSize = 40 + 256 + 11;
const chunk = 65_536 + 16;

async function* inPieces(data: Buffer, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

describe('an envelope', () => {
  for (const size of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
    it(`gives back ${size} bytes`, () => {
      const plain = Buffer.alloc(size, 'windlass');

      const sealed = sealBuffer(pool.publicKey, context, plain);

      expect(openBuffer(pool.privateKey, context, sealed).equals(plain)).toBe(true);
      expect(sealed.length).toBe(headerSize + size + 16 * Math.max(1, Math.ceil(size / 65_536)));
    });
  }

  it('starts with its magic, algorithm and the hash of the recipient key', () => {
    const sealed = sealBuffer(pool.publicKey, context, Buffer.from('x'));

    expect(sealed.subarray(0, 6).toString('latin1')).toBe('WSE1\u0001\u0000');
    const der = Buffer.from(pool.publicKey.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    expect(sealed.subarray(6, 38).equals(createHash('sha256').update(der).digest())).toBe(true);
    expect(sealed.readUInt32BE(headerSize - 4)).toBe(65_536);
  });

  it('uses a fresh content key for each object', () => {
    const plain = Buffer.from('the same words');
    expect(sealBuffer(pool.publicKey, context, plain).equals(sealBuffer(pool.publicKey, context, plain))).toBe(false);
  });

  it('refuses another run, another lease and another purpose', () => {
    const sealed = sealBuffer(pool.publicKey, context, Buffer.from('secret'));

    for (const other of [packageContext('01RUN', 3), packageContext('02RUN', 2), workspaceContext('01RUN')]) {
      expect(() => openBuffer(pool.privateKey, other, sealed)).toThrow(EnvelopeError);
    }
  });

  it('refuses another key by name', () => {
    const sealed = sealBuffer(pool.publicKey, context, Buffer.from('secret'));
    expect(() => openBuffer(keys().privateKey, context, sealed)).toThrow('another worker pool key');
  });

  it('refuses a single flipped bit anywhere', () => {
    const sealed = sealBuffer(pool.publicKey, context, Buffer.from('secret'));

    for (let at = 0; at < sealed.length; at++) {
      const bad = Buffer.from(sealed);
      bad[at] = (bad[at] ?? 0) ^ 1;
      expect(() => openBuffer(pool.privateKey, context, bad)).toThrow(EnvelopeError);
    }
  });

  it('refuses truncation at every place that matters', () => {
    const sealed = sealBuffer(pool.publicKey, context, Buffer.alloc(150_000, 1));

    for (const cut of [0, 3, 39, headerSize - 1, headerSize, headerSize + 15, headerSize + chunk, headerSize + 2 * chunk, sealed.length - 1]) {
      expect(() => openBuffer(pool.privateKey, context, sealed.subarray(0, cut))).toThrow(EnvelopeError);
    }
  });

  it('refuses swapped, repeated and appended chunks', () => {
    const sealed = sealBuffer(pool.publicKey, context, Buffer.alloc(150_000, 1));
    const header = sealed.subarray(0, headerSize);
    const [first, second, last] = [0, 1, 2].map((n) => sealed.subarray(headerSize + n * chunk, headerSize + (n + 1) * chunk)) as [Buffer, Buffer, Buffer];

    for (const chunks of [[second, first, last], [first, first, second, last], [first, last], [first, second, last, last], [first, second, last, Buffer.from('x')]]) {
      expect(() => openBuffer(pool.privateKey, context, Buffer.concat([header, ...chunks]))).toThrow(EnvelopeError);
    }
  });
});

describe('an envelope in files', () => {
  let folder: string;
  before(async () => { folder = await mkdtemp(join(tmpdir(), 'envelope-')); });
  after(() => rm(folder, { recursive: true }));

  it('reads what the buffer form wrote, and the other way round, whatever the pieces', async () => {
    const plain = Buffer.alloc(300_001, 'abc');

    const { bytes } = await sealFile(pool.publicKey, context, inPieces(plain, 10_007), join(folder, 'sealed'));
    const sealed = await readFile(join(folder, 'sealed'));
    await openFile(pool.privateKey, context, inPieces(sealBuffer(pool.publicKey, context, plain), 777), join(folder, 'plain'));

    expect(bytes).toBe(sealed.length);
    expect(openBuffer(pool.privateKey, context, sealed).equals(plain)).toBe(true);
    expect((await readFile(join(folder, 'plain'))).equals(plain)).toBe(true);
  });

  it('leaves nothing behind of an object whose end is damaged', async () => {
    const sealed = sealBuffer(pool.publicKey, context, Buffer.alloc(200_000, 7));
    sealed[sealed.length - 1] = (sealed[sealed.length - 1] ?? 0) ^ 1;
    const target = join(folder, 'damaged');
    await rm(join(folder, 'plain'), { force: true });

    await expect(openFile(pool.privateKey, context, inPieces(sealed, 9_999), target)).rejects.toThrow(EnvelopeError);

    expect((await readdir(folder)).filter((name) => name.startsWith('damaged'))).toEqual([]);
  });
});
