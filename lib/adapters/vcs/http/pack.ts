import { createHash } from 'node:crypto';
import { crc32, inflateSync } from 'node:zlib';

const OBJECT_TYPES = ['commit', 'tree', 'blob', 'tag'] as const;
export type ObjectType = (typeof OBJECT_TYPES)[number];
export const isObjectType = (word: string): word is ObjectType => (OBJECT_TYPES as readonly string[]).includes(word);

export interface GitObject {
  readonly type: ObjectType;
  readonly body: Buffer;
}

export interface PackedObject {
  readonly hash: string;
  readonly offset: number;
  readonly crc: number;
}

/** The bytes are not what git packs look like. */
export class PackDamaged extends Error {
  override name = 'PackDamaged';
}

/** Well formed, but more than can be held. */
export class PackTooLarge extends Error {
  override name = 'PackTooLarge';
}

const MAX_OBJECT_BYTES = 64 * 1024 * 1024;
const MAX_UNPACKED_BYTES = 1024 * 1024 * 1024;
const MAX_CHAIN = 4096;
/** Contents kept while deltas are resolved: neighbours share their bases. */
const KEPT_BYTES = 16 * 1024 * 1024;
const TYPES: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const OFS_DELTA = 6;
const REF_DELTA = 7;
const HASH_BYTES = 20;
const HEADER_BYTES = 12;

interface Entry {
  readonly kind: number;
  readonly size: number;
  /** Where its base begins, or the base's hash. */
  readonly base: number | string | undefined;
  readonly data: number;
}

/** Reads objects of a pack by the place where they begin. */
export function packReader(pack: Buffer, offsetOf: (hash: string) => number | undefined) {
  const kept = new Map<number, GitObject>();
  let keptBytes = 0;

  function keep(offset: number, object: GitObject): GitObject {
    if (object.body.length > KEPT_BYTES / 8 || kept.has(offset)) return object;
    kept.set(offset, object);
    keptBytes += object.body.length;
    for (const [oldest, { body }] of kept) {
      if (keptBytes <= KEPT_BYTES) break;
      kept.delete(oldest);
      keptBytes -= body.length;
    }
    return object;
  }

  function read(offset: number): GitObject {
    const deltas: { readonly offset: number; readonly entry: Entry }[] = [];
    for (let at = offset; ; ) {
      let object = kept.get(at);
      const entry = object === undefined ? entryAt(pack, at) : undefined;
      const type = TYPES[entry?.kind ?? 0];
      if (entry !== undefined && type !== undefined) object = keep(at, { type, body: inflated(pack, entry).body });
      if (object !== undefined) {
        for (const delta of deltas.reverse()) object = keep(delta.offset, { type: object.type, body: patched(object.body, inflated(pack, delta.entry).body) });
        return object;
      }
      if (entry === undefined || deltas.push({ offset: at, entry }) > MAX_CHAIN) throw new PackDamaged('a chain of deltas without end');
      const base = typeof entry.base === 'string' ? offsetOf(entry.base) : entry.base;
      if (base === undefined) throw new PackDamaged(`a delta whose base ${entry.base ?? ''} is not in the pack`);
      at = base;
    }
  }
  return { read };
}

/** Names every object of a pack that has just arrived, by hash. */
export function listPack(pack: Buffer): readonly PackedObject[] {
  const end = pack.length - HASH_BYTES;
  if (end < HEADER_BYTES || pack.toString('latin1', 0, 4) !== 'PACK' || ![2, 3].includes(pack.readUInt32BE(4))) throw new PackDamaged('not a pack');
  if (!createHash('sha1').update(pack.subarray(0, end)).digest().equals(pack.subarray(end))) throw new PackDamaged('the checksum is wrong');
  const places = new Map<string, number>();
  const found: PackedObject[] = [];
  const deltas: { readonly offset: number; readonly crc: number }[] = [];
  let unpacked = 0;
  let at = HEADER_BYTES;
  for (let left = pack.readUInt32BE(8); left > 0; left--) {
    const entry = entryAt(pack, at);
    if ((unpacked += entry.size) > MAX_UNPACKED_BYTES) throw new PackTooLarge(`it unpacks to more than ${MAX_UNPACKED_BYTES} bytes`);
    const { body, length } = inflated(pack, entry);
    const next = entry.data + length;
    const crc = crc32(pack.subarray(at, next));
    const type = TYPES[entry.kind];
    if (type === undefined) deltas.push({ offset: at, crc });
    else {
      const hash = hashOf({ type, body });
      places.set(hash, at);
      found.push({ hash, offset: at, crc });
    }
    at = next;
  }
  if (at !== end) throw new PackDamaged('it holds more than it says');

  const { read } = packReader(pack, (hash) => places.get(hash));
  // A base named by its hash may itself be a delta further on.
  let waiting = deltas;
  while (waiting.length > 0) {
    const later: typeof deltas = [];
    for (const delta of waiting) {
      let object: GitObject;
      try {
        object = read(delta.offset);
      } catch (error) {
        if (!(error instanceof PackDamaged)) throw error;
        later.push(delta);
        continue;
      }
      const hash = hashOf(object);
      places.set(hash, delta.offset);
      found.push({ hash, offset: delta.offset, crc: delta.crc });
    }
    if (later.length === waiting.length) throw new PackDamaged('a delta without its base');
    waiting = later;
  }
  return found;
}

export const hashOf = ({ type, body }: GitObject): string => createHash('sha1').update(`${type} ${body.length}\0`).update(body).digest('hex');

function entryAt(pack: Buffer, offset: number): Entry {
  let at = offset;
  const byte = (): number => {
    const value = pack[at++];
    if (value === undefined) throw new PackDamaged('it ends too early');
    return value;
  };
  const first = byte();
  const kind = (first >> 4) & 7;
  let size = first & 15;
  for (let more = first & 128, scale = 16; more; scale *= 128) {
    const next = byte();
    size += (next & 127) * scale;
    more = next & 128;
    if (size > MAX_OBJECT_BYTES) throw new PackTooLarge(`an object in it is larger than ${MAX_OBJECT_BYTES} bytes`);
  }
  if (kind === OFS_DELTA) {
    let next = byte();
    let back = next & 127;
    while (next & 128) {
      next = byte();
      back = (back + 1) * 128 + (next & 127);
    }
    if (back <= 0 || back > offset - HEADER_BYTES) throw new PackDamaged('a delta whose base lies outside');
    return { kind, size, base: offset - back, data: at };
  }
  if (kind === REF_DELTA) return { kind, size, base: pack.toString('hex', at, at + HASH_BYTES), data: at + HASH_BYTES };
  if (TYPES[kind] === undefined) throw new PackDamaged(`an object of the unknown kind ${kind}`);
  return { kind, size, base: undefined, data: at };
}

/** An entry's bytes, and how many they were before. */
function inflated(pack: Buffer, { size, data }: Entry): { readonly body: Buffer; readonly length: number } {
  try {
    const options = { info: true, maxOutputLength: Math.max(1, size), chunkSize: Math.min(size + 64, 1024 * 1024) };
    const { buffer, engine } = inflateSync(pack.subarray(data), options) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    if (buffer.length === size) return { body: buffer, length: engine.bytesWritten };
  } catch (cause) {
    throw new PackDamaged('bytes that cannot be unpacked', { cause });
  }
  throw new PackDamaged('an object of another length than it says');
}

/** The bytes that a delta makes of its base. */
function patched(base: Buffer, delta: Buffer): Buffer {
  let at = 0;
  const byte = (): number => {
    const value = delta[at++];
    if (value === undefined) throw new PackDamaged('a delta that ends too early');
    return value;
  };
  const size = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const next = byte();
      value += (next & 127) * scale;
      if (value > MAX_OBJECT_BYTES) throw new PackTooLarge(`an object in it is larger than ${MAX_OBJECT_BYTES} bytes`);
      if (!(next & 128)) return value;
    }
  };
  if (size() !== base.length) throw new PackDamaged('a delta against another base');
  const result = Buffer.allocUnsafe(size());
  let written = 0;
  while (at < delta.length) {
    const step = byte();
    if (step === 0) throw new PackDamaged('a delta with an unknown step');
    let [source, from, length] = [delta, at, step];
    if (step & 128) {
      source = base;
      from = [1, 2, 4, 8].reduce((sum, bit, index) => (step & bit ? sum + byte() * 256 ** index : sum), 0);
      length = [16, 32, 64].reduce((sum, bit, index) => (step & bit ? sum + byte() * 256 ** index : sum), 0) || 0x10000;
    } else at += step;
    if (from + length > source.length || written + length > result.length) throw new PackDamaged('a delta that reaches outside');
    written += source.copy(result, written, from, from + length);
  }
  if (written !== result.length) throw new PackDamaged('a delta of another length than it says');
  return result;
}
