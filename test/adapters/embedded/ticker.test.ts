import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { expect } from 'expect';
import { startTicker } from '../../../lib/adapters/embedded/ticker.ts';
import { TICK_NAMES, type TickName } from '../../../lib/core/shared/ticks.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

describe('the ticker of one machine', () => {
  let fired: TickName[];
  let logged: string[];
  const times = (tick: TickName) => fired.filter((each) => each === tick).length;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    [fired, logged] = [[], []];
  });
  afterEach(() => mock.timers.reset());

  const start = (onTick: (tick: TickName) => Promise<void> = async (tick) => void fired.push(tick)) =>
    startTicker({ onTick, telemetry: { log: (_, message) => void logged.push(message), count: () => {}, span: (_, work) => work() } });

  it('does what is done once a day soon after a start, and then once a day', () => {
    const ticker = start();
    mock.timers.tick(14 * MINUTE_MS);
    expect([times('tick'), times('vcs-sweep'), times('usage'), times('retention')]).toEqual([14, 1, 0, 0]);

    mock.timers.tick(MINUTE_MS);
    expect(TICK_NAMES.map((tick) => [tick, times(tick) > 0])).toEqual(TICK_NAMES.map((tick) => [tick, true]));

    mock.timers.tick(DAY_MS);
    expect([times('usage'), times('iot-reconcile'), times('sessions')]).toEqual([2, 5, 25]);
    ticker.stop();
  });

  it('is silent once it is stopped', () => {
    const early = start();
    early.stop();
    const late = start();
    mock.timers.tick(20 * MINUTE_MS);
    late.stop();
    fired = [];

    mock.timers.tick(2 * DAY_MS);

    expect(fired).toEqual([]);
  });

  it('goes on after a tick that failed', async () => {
    const ticker = start(async (tick) => {
      fired.push(tick);
      throw new Error('no');
    });
    mock.timers.tick(MINUTE_MS);
    await new Promise((done) => setImmediate(done));
    mock.timers.tick(MINUTE_MS);

    expect([times('tick'), logged]).toEqual([2, ['a tick failed']]);
    ticker.stop();
  });
});
