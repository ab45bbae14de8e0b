import { randomBytes } from 'node:crypto';
import type { Clock } from '../../core/ports/clock.ts';
import type { Ids } from '../../core/ports/ids.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const RANDOM_CHARS = 16;

function timeChars(ms: number): string {
  let text = '';
  for (let rest = ms, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) text = ALPHABET.charAt(rest % 32) + text;
  return text;
}

/** ULIDs that rise within the process: within a millisecond, or when the clock steps back, the random part counts up. */
export function randomIds(clock: Pick<Clock, 'now'>, random: (bytes: number) => Buffer = randomBytes): Ids {
  let lastMs = -1;
  let digits: number[] = [];
  return {
    random,
    ulid() {
      const now = clock.now().getTime();
      if (now > lastMs) {
        lastMs = now;
        digits = [...random(RANDOM_CHARS)].map((byte) => byte % 32);
        // Room to count up.
        digits[0] = (digits[0] ?? 0) % 16;
      } else {
        let i = digits.length - 1;
        while (i >= 0 && digits[i] === 31) digits[i--] = 0;
        if (i >= 0) digits[i] = (digits[i] ?? 0) + 1;
      }
      return timeChars(lastMs) + digits.map((digit) => ALPHABET.charAt(digit)).join('');
    },
  };
}
