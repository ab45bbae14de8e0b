import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Objects at rest: magic, salt, then chunks of AES-256-GCM, each with its number and a mark on the last one. */
const MAGIC = Buffer.from('WOB1');
const SALT_BYTES = 32;
const CHUNK = 64 * 1024;
const TAG_BYTES = 16;

const objectKey = (dataKey: Buffer, salt: Buffer, name: string) => Buffer.from(hkdfSync('sha256', dataKey, salt, `object:${name}`, 32));

function nonceOf(index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 7);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

/** Re-cuts a stream into pieces of exactly `size` bytes; the last may be shorter, and is always yielded (even empty). */
async function* pieces(source: AsyncIterable<Uint8Array>, size: number): AsyncIterable<{ readonly bytes: Buffer; readonly last: boolean }> {
  let held = Buffer.alloc(0);
  for await (const part of source) {
    held = held.length === 0 ? Buffer.from(part) : Buffer.concat([held, part]);
    while (held.length > size) {
      yield { bytes: held.subarray(0, size), last: false };
      held = held.subarray(size);
    }
  }
  yield { bytes: held, last: true };
}

/** Encrypts a stream under a key of its own, bound to `name`: moved to another key it does not open. */
export async function* sealStream(dataKey: Buffer, name: string, source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const salt = randomBytes(SALT_BYTES);
  const key = objectKey(dataKey, salt, name);
  yield Buffer.concat([MAGIC, salt]);
  let index = 0;
  for await (const { bytes, last } of pieces(source, CHUNK)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(index++, last));
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }
}

/** Decrypts what `sealStream` wrote; throws on any change, also a missing end. */
export async function* openStream(dataKey: Buffer, name: string, source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < MAGIC.length + SALT_BYTES) {
    const next = await iterator.next();
    if (next.done === true) throw new Error('an object at rest is cut short');
    head = Buffer.concat([head, next.value]);
  }
  if (!head.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error('not an object of this installation');
  const key = objectKey(dataKey, head.subarray(MAGIC.length, MAGIC.length + SALT_BYTES), name);
  async function* rest(): AsyncIterable<Uint8Array> {
    yield head.subarray(MAGIC.length + SALT_BYTES);
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) return;
      yield next.value;
    }
  }
  let index = 0;
  for await (const { bytes, last } of pieces(rest(), CHUNK + TAG_BYTES)) {
    if (bytes.length < TAG_BYTES) throw new Error('an object at rest is cut short');
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(index++, last));
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
    yield Buffer.concat([decipher.update(bytes.subarray(0, bytes.length - TAG_BYTES)), decipher.final()]);
  }
}
