import { createHash, randomUUID } from 'node:crypto';
import { closeSync, createReadStream, fstatSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectStore, StoredObject } from '../../core/ports/object-store.ts';
import type { Bucket } from '../../core/shared/buckets.ts';
import { conflict, invalid } from '../../core/shared/errors.ts';
import { orFullDisk } from './full-disk.ts';
import { openStream, sealStream } from './sealed-stream.ts';
import type { SignedUrls } from './signed-urls.ts';

/** Buckets whose objects hold secrets in plain text: encrypted at rest. */
const SEALED: ReadonlySet<Bucket> = new Set<Bucket>(['states', 'uploads', 'user-uploaded-workspaces']);
const KEY = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;
const TEMPORARY = '.tmp-';
const SMALL_BYTES = 64 * 1024;

const missing = (error: unknown): undefined => {
  const code = (error as { code?: unknown }).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw error;
};

async function* one(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

/** At once: each step takes microseconds, while by way of the thread pool all of them would take milliseconds, several times in every run. */
function writeSmall(path: string, bytes: Buffer): void {
  const write = () => writeFileSync(path, bytes, { flag: 'wx', mode: 0o600 });
  try {
    write();
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    write();
  }
}

/** A small file whole, or that there is none, at once; undefined for a large one. */
function readSmall(path: string): { readonly bytes: Buffer | undefined } | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return fstatSync(file).size > SMALL_BYTES ? undefined : { bytes: readFileSync(file) };
  } catch (error) {
    return { bytes: missing(error) };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

async function writeLarge(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const part of content) await file.writeFile(part);
  } finally {
    await file.close();
  }
}

/** The ObjectStore port on a folder: one file an object, written to a temporary name and renamed. */
export function fileObjects(options: { readonly folder: string; readonly dataKey: Buffer; readonly urls: SignedUrls }): ObjectStore {
  const { folder, dataKey, urls } = options;

  function pathOf(bucket: Bucket, key: string): string {
    if (!KEY.test(key)) throw invalid(`bad object key ${JSON.stringify(key)}`);
    return join(folder, bucket, key);
  }

  const store: ObjectStore = {
    async put(bucket, key, body, putOptions = {}) {
      const target = pathOf(bucket, key);
      const plain = body instanceof Uint8Array || Buffer.isBuffer(body) ? one(body) : body;
      const content = SEALED.has(bucket) ? sealStream(dataKey, `${bucket}/${key}`, plain) : plain;
      const isSmall = body instanceof Uint8Array && body.length <= SMALL_BYTES;
      const temporary = join(dirname(target), `${TEMPORARY}${randomUUID()}`);
      try {
        await (isSmall ? writeSmall(temporary, await collect(content)) : writeLarge(temporary, content));
        if (putOptions.createOnly === true) linkSync(temporary, target);
        else renameSync(temporary, target);
      } catch (cause) {
        if ((cause as { code?: unknown }).code === 'EEXIST') throw conflict('the object exists already', { bucket, key });
        throw orFullDisk(cause);
      } finally {
        rmSync(temporary, { force: true });
      }
    },

    async get(bucket, key) {
      const stream = await store.getStream(bucket, key);
      return stream === undefined ? undefined : collect(stream);
    },

    async getRange(bucket, key, offset, length) {
      if (SEALED.has(bucket)) return (await store.get(bucket, key))?.subarray(offset, offset + length);
      const file = await open(pathOf(bucket, key), 'r').catch(missing);
      if (file === undefined) return undefined;
      try {
        const buffer = Buffer.alloc(length);
        const { bytesRead } = await file.read(buffer, 0, length, offset);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },

    async getStream(bucket, key) {
      const path = pathOf(bucket, key);
      const small = readSmall(path);
      if (small !== undefined && small.bytes === undefined) return undefined;
      const raw = small?.bytes === undefined ? createReadStream(path, { highWaterMark: 256 * 1024 }) : one(small.bytes);
      return SEALED.has(bucket) ? openStream(dataKey, `${bucket}/${key}`, raw) : raw;
    },

    async stat(bucket, key) {
      const stream = await store.getStream(bucket, key);
      if (stream === undefined) return undefined;
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const part of stream) {
        hash.update(part);
        bytes += part.length;
      }
      return { bytes, sha256: hash.digest('hex') };
    },

    async list(bucket, prefix, listOptions = {}) {
      const root = join(folder, bucket);
      const start = prefix.includes('/') ? prefix.slice(0, prefix.lastIndexOf('/')) : '';
      const entries = await readdir(join(root, start), { recursive: true, withFileTypes: true }).catch(missing);
      const found: StoredObject[] = [];
      for (const entry of entries ?? []) {
        if (!entry.isFile() || entry.name.startsWith(TEMPORARY)) continue;
        const path = join(entry.parentPath, entry.name);
        const key = path.slice(root.length + 1);
        if (!key.startsWith(prefix) || (listOptions.after !== undefined && key <= listOptions.after)) continue;
        const facts = await stat(path).catch(missing);
        if (facts !== undefined) found.push({ key, bytes: facts.size, modifiedAt: facts.mtime });
      }
      return found.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, listOptions.limit ?? 1000);
    },

    delete: (bucket, key) => rm(pathOf(bucket, key), { force: true }),

    presignGet: async (bucket, key, { ttlSeconds, fileName }) => {
      pathOf(bucket, key);
      return urls.sign({ method: 'GET', bucket, key, ...(fileName === undefined ? {} : { fileName }) }, ttlSeconds);
    },

    async presignPut(bucket, key, { ttlSeconds, bytes, sha256, createOnly }) {
      pathOf(bucket, key);
      const signed = urls.sign({ method: 'PUT', bucket, key, ...(bytes === undefined ? {} : { bytes }), ...(sha256 === undefined ? {} : { sha256 }), ...(createOnly === undefined ? {} : { createOnly }) }, ttlSeconds);
      return { ...signed, headers: {} };
    },
  };
  return store;
}
