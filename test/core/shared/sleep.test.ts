import { describe, it } from 'node:test';
import { expect } from 'expect';
import type { SchedulerState } from '../../../lib/core/ports/scheduler-marker.ts';
import { afterPass, touched, whatIsDue } from '../../../lib/core/shared/sleep.ts';

const NOW = new Date('2026-03-04T12:00:00Z');
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);
const state = (changes: Partial<SchedulerState> = {}): SchedulerState => ({ active: false, touchedAt: ago(60), dueAt: null, fullPassAt: ago(60), rejectedAt: null, ...changes });

describe('whether the scheduler has anything to do', () => {
  for (const [what, marker, due] of [
    ['a marker that nobody wrote', undefined, 'everything'],
    ['one that never saw a whole pass', state({ fullPassAt: null }), 'everything'],
    ['one whose whole pass is a day old', state({ fullPassAt: ago(24 * 60) }), 'everything'],
    ['an active one', state({ active: true }), 'work'],
    ['one with something due now', state({ dueAt: NOW }), 'work'],
    ['one with something due later', state({ dueAt: new Date(NOW.getTime() + 1) }), 'nothing'],
    ['a sleeping one', state(), 'nothing'],
  ] as const) it(`is told by ${what}: ${due}`, () => expect(whatIsDue(marker, NOW)).toBe(due));
});

describe('the marker after an announcement', () => {
  it('says active, from the first one on', () => {
    expect(touched(undefined, NOW)).toMatchObject({ active: true, touchedAt: NOW, fullPassAt: null });
    expect(touched(state(), NOW)).toEqual(state({ active: true, touchedAt: NOW }));
  });

  it('is written anew only every five minutes', () => {
    expect(touched(state({ active: true, touchedAt: ago(4.9) }), NOW)).toBeUndefined();
    expect(touched(state({ active: true, touchedAt: ago(5) }), NOW)?.touchedAt).toEqual(NOW);
  });
});

describe('the marker after a pass', () => {
  const pass = { open: false, full: false, dueAt: null, now: NOW };

  it('sleeps only with nothing open, and ten minutes after the last announcement', () => {
    expect(afterPass(state({ active: true, touchedAt: ago(11) }), pass).active).toBe(false);
    expect(afterPass(state({ active: true, touchedAt: ago(10) }), pass).active).toBe(true);
    expect(afterPass(state({ active: true, touchedAt: ago(11) }), { ...pass, open: true }).active).toBe(true);
    expect(afterPass(state(), { ...pass, open: true }).active).toBe(true);
  });

  it('knows when something is due, and that everything was looked at', () => {
    expect(afterPass(state({ rejectedAt: ago(1) }), { ...pass, dueAt: NOW })).toMatchObject({ dueAt: NOW, fullPassAt: ago(60), rejectedAt: ago(1) });
    expect(afterPass(state({ rejectedAt: ago(1) }), { ...pass, full: true })).toMatchObject({ fullPassAt: NOW, rejectedAt: null });
  });
});
