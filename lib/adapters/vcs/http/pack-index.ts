import { createHash } from 'node:crypto';
import { PackDamaged, type PackedObject } from './pack.ts';

// git's own index of a pack, version 2: 256 counts, then hashes, checksums and places, each sorted by hash.
const MAGIC = 0xff744f63;
const VERSION = 2;
const COUNTS = 8;
const HASHES = COUNTS + 256 * 4;
const HASH_BYTES = 20;

/** The index of a pack, as git writes it. */
export function packIndex(objects: readonly PackedObject[], pack: Buffer): Buffer {
  const sorted = [...new Map(objects.map((object) => [object.hash, object])).values()].sort((a, b) => (a.hash < b.hash ? -1 : 1));
  const index = Buffer.alloc(HASHES + sorted.length * (HASH_BYTES + 8) + HASH_BYTES);
  index.writeUInt32BE(MAGIC, 0);
  index.writeUInt32BE(VERSION, 4);
  const counts = new Uint32Array(256);
  const crcs = HASHES + sorted.length * HASH_BYTES;
  for (const [place, { hash, crc, offset }] of sorted.entries()) {
    const first = index.write(hash, HASHES + place * HASH_BYTES, 'hex') === HASH_BYTES ? Number.parseInt(hash.slice(0, 2), 16) : 0;
    counts[first] = (counts[first] ?? 0) + 1;
    index.writeUInt32BE(crc, crcs + place * 4);
    index.writeUInt32BE(offset, crcs + (sorted.length + place) * 4);
  }
  let sum = 0;
  for (const [first, count] of counts.entries()) index.writeUInt32BE((sum += count), COUNTS + first * 4);
  pack.copy(index, index.length - HASH_BYTES, pack.length - HASH_BYTES);
  return Buffer.concat([index, createHash('sha1').update(index).digest()]);
}

export interface PackIndex {
  /** Where an object begins in the pack. */
  readonly offsetOf: (hash: string) => number | undefined;
  readonly startingWith: (beginning: string) => readonly string[];
}

/** Finds objects by an index of a pack. */
export function openIndex(index: Buffer): PackIndex {
  const body = index.length - HASH_BYTES;
  if (body < HASHES + HASH_BYTES || index.readUInt32BE(0) !== MAGIC || index.readUInt32BE(4) !== VERSION) throw new PackDamaged('not an index');
  if (!createHash('sha1').update(index.subarray(0, body)).digest().equals(index.subarray(body))) throw new PackDamaged('the checksum of an index is wrong');
  const size = index.readUInt32BE(COUNTS + 255 * 4);
  const hashAt = (place: number) => index.toString('hex', HASHES + place * HASH_BYTES, HASHES + (place + 1) * HASH_BYTES);

  /** The first place whose hash is not before the text. */
  function placeOf(text: string): number {
    let [low, high] = [0, size];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (hashAt(middle) < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    offsetOf(hash: string): number | undefined {
      const place = placeOf(hash);
      return place < size && hashAt(place) === hash ? index.readUInt32BE(HASHES + size * (HASH_BYTES + 4) + place * 4) : undefined;
    },
    startingWith(beginning: string): readonly string[] {
      const found: string[] = [];
      for (let place = placeOf(beginning); place < size && hashAt(place).startsWith(beginning); place++) found.push(hashAt(place));
      return found;
    },
  };
}
