import { scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';
import { invalid } from '../shared/errors.ts';

const derive = promisify(scrypt) as (password: string, salt: Uint8Array, bytes: number, options: ScryptOptions) => Promise<Buffer>;

const COST = { N: 2 ** 17, r: 8, p: 1 } as const;
/** scrypt takes 128·N·r bytes; Node refuses more than 32 MiB unless told. */
const MAX_MEMORY = 256 * 1024 * 1024;
const HASH_BYTES = 32;
const SALT_BYTES = 16;
const MIN_LENGTH = 12;
const MAX_LENGTH = 1024;

/** `scrypt$<log2 N>$<r>$<p>$<salt>$<hash>`, base64url. */
export async function hashPassword(password: string, random: (bytes: number) => Buffer): Promise<string> {
  const salt = random(SALT_BYTES);
  const hash = await derive(password.normalize('NFKC'), salt, HASH_BYTES, { ...COST, maxmem: MAX_MEMORY });
  return ['scrypt', Math.log2(COST.N), COST.r, COST.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** Of no password: makes a try at an unknown name take as long as one at a known name. */
const NOBODY = `scrypt$17$8$1$${Buffer.alloc(SALT_BYTES).toString('base64url')}$${Buffer.alloc(HASH_BYTES).toString('base64url')}`;

/** Compares in constant time; without a hash it takes as long and says no. */
export async function matchesPassword(password: string, stored: string | null | undefined): Promise<boolean> {
  const [scheme, cost, r, p, salt, hash] = (stored ?? NOBODY).split('$');
  if (scheme !== 'scrypt' || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64url');
  const given = await derive(password.normalize('NFKC'), Buffer.from(salt, 'base64url'), HASH_BYTES, { N: 2 ** Number(cost), r: Number(r), p: Number(p), maxmem: MAX_MEMORY });
  return expected.length === given.length && timingSafeEqual(expected, given) && stored !== null && stored !== undefined;
}

/** A password that a person may choose. */
export function newPassword(password: string): string {
  if (password.length < MIN_LENGTH) throw invalid(`a password has at least ${MIN_LENGTH} characters`, { field: 'newPassword' });
  if (password.length > MAX_LENGTH) throw invalid(`a password has at most ${MAX_LENGTH} characters`, { field: 'newPassword' });
  return password;
}
