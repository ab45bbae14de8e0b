import { describe, it } from 'node:test';
import { expect } from 'expect';
import { randomIds } from '../../../lib/adapters/system/random-ids.ts';
import { fakeClock } from '../../support/fake-clock.ts';

describe('ULIDs', () => {
  it('are 26 characters that begin with their time', () => {
    const clock = fakeClock(new Date(1_469_918_176_385));
    expect(randomIds(clock).ulid()).toMatch(/^01ARYZ6S41[0-9A-HJKMNP-TV-Z]{16}$/);
  });

  it('rise within a millisecond and when the clock steps back', () => {
    const clock = fakeClock();
    const ids = randomIds(clock);
    const made = Array.from({ length: 2000 }, () => ids.ulid());
    clock.advance(-60_000);
    made.push(...Array.from({ length: 100 }, () => ids.ulid()));
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
  });
});
