/** Encryption of packages and workspaces to a pool's key: content key under RSA-OAEP, AES-256-GCM in chunks, bound to a context. */
import {
  constants, createCipheriv, createDecipheriv, createHash, createPrivateKey, createPublicKey, KeyObject, privateDecrypt, publicEncrypt, randomBytes, randomUUID,
} from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';

export type KeyInput = string | Buffer | KeyObject;

const MAGIC = Buffer.from('WSE1', 'ascii');
const ALGORITHM = 1;
const CHUNK_SIZE = 65_536;
const LARGEST_CHUNK = 1_048_576;
const TAG_SIZE = 16;
const FIXED_HEADER = 40;

/** The object is damaged, cut short, or was sealed for another key or purpose. */
export class EnvelopeError extends Error {
  override name = 'EnvelopeError';
}

export const packageContext = (runId: string, lease: number) => `package:${runId}:${lease}`;
export const workspaceContext = (runId: string) => `workspace:${runId}`;

export function sealBuffer(publicKey: KeyInput, context: string, plaintext: Uint8Array): Buffer {
  const sealer = new Sealer(publicKey, context);
  return Buffer.concat([...sealer.update(plaintext), sealer.final()]);
}

export function openBuffer(privateKey: KeyInput, context: string, sealed: Uint8Array): Buffer {
  const opener = new Opener(privateKey, context);
  return Buffer.concat([...opener.update(sealed), opener.final()]);
}

/** Seals a stream into a file; the file appears under its name only when complete. */
export async function sealFile(publicKey: KeyInput, context: string, source: AsyncIterable<Uint8Array>, targetPath: string): Promise<{ bytes: number; sha256: string }> {
  const sealer = new Sealer(publicKey, context);
  return writeWhole(targetPath, source, (piece) => sealer.update(piece), () => sealer.final());
}

/** Opens a stream into a file; nothing is visible under its name before the last chunk was verified. */
export async function openFile(privateKey: KeyInput, context: string, source: AsyncIterable<Uint8Array>, targetPath: string): Promise<{ bytes: number; sha256: string }> {
  const opener = new Opener(privateKey, context);
  return writeWhole(targetPath, source, (piece) => opener.update(piece), () => opener.final());
}

class Sealer {
  readonly #contentKey = randomBytes(32);
  readonly #prefix = randomBytes(7);
  readonly #header: Buffer;
  readonly #aad: Buffer;
  #headerSent = false;
  #counter = 0;
  #held: Buffer = Buffer.alloc(0);

  constructor(publicKey: KeyInput, context: string) {
    const key = publicKey instanceof KeyObject ? publicKey : createPublicKey(publicKey);
    const wrapped = publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, this.#contentKey);
    const lengths = Buffer.alloc(2);
    lengths.writeUInt16BE(wrapped.length);
    const chunkSize = Buffer.alloc(4);
    chunkSize.writeUInt32BE(CHUNK_SIZE);
    this.#header = Buffer.concat([MAGIC, Buffer.from([ALGORITHM, 0]), keyId(key), lengths, wrapped, this.#prefix, chunkSize]);
    this.#aad = aadOf(this.#header, context);
  }

  update(piece: Uint8Array): Buffer[] {
    this.#held = this.#held.length === 0 ? Buffer.from(piece) : Buffer.concat([this.#held, piece]);
    const out = this.#start();
    let offset = 0;
    // One whole chunk stays back: only the end tells which one is the last.
    for (; this.#held.length - offset > CHUNK_SIZE; offset += CHUNK_SIZE) out.push(...this.#chunk(this.#held.subarray(offset, offset + CHUNK_SIZE), false));
    this.#held = this.#held.subarray(offset);
    return out;
  }

  final(): Buffer {
    return Buffer.concat([...this.#start(), ...this.#chunk(this.#held, true)]);
  }

  #start(): Buffer[] {
    if (this.#headerSent) return [];
    this.#headerSent = true;
    return [this.#header];
  }

  #chunk(plaintext: Buffer, last: boolean): Buffer[] {
    const cipher = createCipheriv('aes-256-gcm', this.#contentKey, nonceOf(this.#prefix, this.#counter++, last)).setAAD(this.#aad);
    return [cipher.update(plaintext), cipher.final(), cipher.getAuthTag()];
  }
}

interface OpenedHeader {
  readonly contentKey: Buffer;
  readonly prefix: Buffer;
  readonly chunkSize: number;
  readonly aad: Buffer;
}

class Opener {
  readonly #privateKey: KeyObject;
  readonly #context: string;
  #header: OpenedHeader | undefined;
  #counter = 0;
  #held: Buffer = Buffer.alloc(0);

  constructor(privateKey: KeyInput, context: string) {
    this.#privateKey = privateKey instanceof KeyObject ? privateKey : createPrivateKey(privateKey);
    this.#context = context;
  }

  update(piece: Uint8Array): Buffer[] {
    this.#held = this.#held.length === 0 ? Buffer.from(piece) : Buffer.concat([this.#held, piece]);
    this.#header ??= this.#readHeader();
    if (!this.#header) return [];
    const size = this.#header.chunkSize + TAG_SIZE;
    const out: Buffer[] = [];
    let offset = 0;
    for (; this.#held.length - offset > size; offset += size) out.push(this.#chunk(this.#header, this.#held.subarray(offset, offset + size), false));
    this.#held = this.#held.subarray(offset);
    return out;
  }

  final(): Buffer {
    if (!this.#header) throw new EnvelopeError('the sealed object is cut short');
    return this.#chunk(this.#header, this.#held, true);
  }

  #readHeader(): OpenedHeader | undefined {
    if (this.#held.length < FIXED_HEADER) return undefined;
    if (!this.#held.subarray(0, 4).equals(MAGIC)) throw new EnvelopeError('this is not a sealed object');
    if (this.#held[4] !== ALGORITHM || this.#held[5] !== 0) throw new EnvelopeError('the sealed object uses an unknown algorithm; update the launcher');
    if (!this.#held.subarray(6, 38).equals(keyId(createPublicKey(this.#privateKey)))) throw new EnvelopeError('the object was sealed for another worker pool key');
    const wrappedLength = this.#held.readUInt16BE(38);
    const headerSize = FIXED_HEADER + wrappedLength + 11;
    if (this.#held.length < headerSize) return undefined;
    const header = Buffer.from(this.#held.subarray(0, headerSize));
    const chunkSize = header.readUInt32BE(headerSize - 4);
    if (chunkSize < 1 || chunkSize > LARGEST_CHUNK) throw new EnvelopeError('the sealed object has an impossible chunk size');
    this.#held = this.#held.subarray(headerSize);
    return {
      contentKey: this.#unwrap(header.subarray(FIXED_HEADER, FIXED_HEADER + wrappedLength)),
      prefix: header.subarray(FIXED_HEADER + wrappedLength, headerSize - 4),
      chunkSize,
      aad: aadOf(header, this.#context),
    };
  }

  #unwrap(wrapped: Buffer): Buffer {
    try {
      const key = privateDecrypt({ key: this.#privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, wrapped);
      if (key.length === 32) return key;
    } catch (cause) {
      throw new EnvelopeError('the content key of the sealed object cannot be unwrapped', { cause });
    }
    throw new EnvelopeError('the content key of the sealed object has the wrong size');
  }

  #chunk(header: OpenedHeader, sealed: Buffer, last: boolean): Buffer {
    if (sealed.length < TAG_SIZE) throw new EnvelopeError('the sealed object is cut short');
    const body = sealed.subarray(0, sealed.length - TAG_SIZE);
    try {
      const decipher = createDecipheriv('aes-256-gcm', header.contentKey, nonceOf(header.prefix, this.#counter++, last), { authTagLength: TAG_SIZE })
        .setAAD(header.aad).setAuthTag(sealed.subarray(sealed.length - TAG_SIZE));
      return Buffer.concat([decipher.update(body), decipher.final()]);
    } catch (cause) {
      throw new EnvelopeError('the sealed object is damaged, cut short, or belongs to something else', { cause });
    }
  }
}

const keyId = (publicKey: KeyObject) => createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest();

const aadOf = (header: Buffer, context: string) => createHash('sha256').update(header).update(context, 'utf8').digest();

function nonceOf(prefix: Buffer, counter: number, last: boolean): Buffer {
  const tail = Buffer.alloc(5);
  tail.writeUInt32BE(counter, 0);
  tail[4] = last ? 1 : 0;
  return Buffer.concat([prefix, tail]);
}

async function writeWhole(
  targetPath: string, source: AsyncIterable<Uint8Array>, update: (piece: Uint8Array) => Buffer[], final: () => Buffer,
): Promise<{ bytes: number; sha256: string }> {
  const temporary = `${targetPath}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  const write = async (piece: Buffer) => {
    hash.update(piece);
    bytes += piece.length;
    await file.writeFile(piece);
  };
  try {
    for await (const piece of source) for (const out of update(piece)) await write(out);
    await write(final());
    await file.close();
    await rename(temporary, targetPath);
    return { bytes, sha256: hash.digest('hex') };
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}
