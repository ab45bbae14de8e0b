import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A new ULID: 48 bits of time and 80 random ones, in 26 characters. */
export function ulid(at: number = Date.now()): string {
  let time = at;
  let head = '';
  for (let i = 0; i < 10; i++) {
    head = (ALPHABET[time % 32] ?? '0') + head;
    time = Math.floor(time / 32);
  }
  let tail = '';
  for (const byte of randomBytes(16)) tail += ALPHABET[byte % 32] ?? '0';
  return head + tail;
}

/** When a ULID was made, in Unix milliseconds. */
export const ulidTime = (id: string): number => [...id.slice(0, 10)].reduce((time, digit) => time * 32 + Math.max(ALPHABET.indexOf(digit), 0), 0);
