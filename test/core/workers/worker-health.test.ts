import { describe, it } from 'node:test';
import { expect } from 'expect';
import { healthOf, lossNote, secondsUntilLost } from '../../../lib/core/workers/worker-health.ts';

const seen = new Date('2026-01-15T12:00:00Z');
const after = (seconds: number) => new Date(seen.getTime() + seconds * 1000);
const idle = { runId: null, lastSeenAt: seen, willAt: null, awaitedSince: null };
const busy = { ...idle, runId: 'RUN' };

describe('the health of a worker', () => {
  const cases = [
    { what: 'an idle worker', worker: idle, healthy: 'idle', suspectAt: 150, lostAt: 240 },
    { what: 'a busy worker', worker: busy, healthy: 'busy', suspectAt: 60, lostAt: 120 },
  ] as const;
  for (const { what, worker, healthy, suspectAt, lostAt } of cases) {
    it(`${what} is suspect after ${suspectAt} s of silence and lost after ${lostAt} s`, () => {
      expect(healthOf(worker, seen)).toBe(healthy);
      expect(healthOf(worker, after(suspectAt - 1))).toBe(healthy);
      expect(healthOf(worker, after(suspectAt))).toBe('suspect');
      expect(healthOf(worker, after(lostAt - 1))).toBe('suspect');
      expect(healthOf(worker, after(lostAt))).toBe('lost');
    });

    it(`${what} whose connection dropped is suspect at once and lost after 30 s`, () => {
      const dropped = { ...worker, willAt: after(10) };
      expect(healthOf(dropped, after(10))).toBe('suspect');
      expect(healthOf(dropped, after(39))).toBe('suspect');
      expect(healthOf(dropped, after(40))).toBe('lost');
    });
  }

  it('is judged by silence even when a late last will would grant more', () => {
    expect(healthOf({ ...busy, willAt: after(115) }, after(120))).toBe('lost');
  });

  it('is due for its next check when it would be lost, and at once when that time is past', () => {
    expect(secondsUntilLost(busy, after(20))).toBe(100);
    expect(secondsUntilLost({ ...busy, willAt: after(15) }, after(20))).toBe(25);
    expect(secondsUntilLost(busy, after(500))).toBe(1);
  });

  it('has the silence in the note of its run', () => {
    expect(lossNote({ id: '01HZX3C5Y7Q9V1B3D5F7H9K1WA', lastSeenAt: seen, awaitedSince: null }, after(121.4))).toBe(
      'worker lost: no heartbeat from 01HZX3C5Y7Q9V1B3D5F7H9K1WA for 121s',
    );
  });

  it('is awaited for ten minutes after its region changed, whatever the old one said of it', () => {
    const awaited = { ...busy, willAt: after(5), awaitedSince: after(1000) };
    expect(healthOf(awaited, after(1000))).toBe('suspect');
    expect(healthOf(awaited, after(1599))).toBe('suspect');
    expect(healthOf(awaited, after(1600))).toBe('lost');
    expect(secondsUntilLost(awaited, after(1100))).toBe(500);
    expect(lossNote({ id: 'W', ...awaited }, after(1600))).toBe('region failover');
  });

  it('counts as any other once it was seen in the new region', () => {
    const back = { ...busy, lastSeenAt: after(1050), awaitedSince: after(1000) };
    expect(healthOf(back, after(1100))).toBe('busy');
    expect(healthOf(back, after(1170))).toBe('lost');
    expect(lossNote({ id: 'W', ...back }, after(1170))).toBe('worker lost: no heartbeat from W for 120s');
  });
});
