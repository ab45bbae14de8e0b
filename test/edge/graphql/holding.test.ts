import { describe, it } from 'node:test';
import { expect } from 'expect';
import { localWakeups } from '../../../lib/adapters/system/local-wakeups.ts';
import type { Wakeups } from '../../../lib/core/ports/wakeups.ts';
import type { RunState } from '../../../lib/core/runs/run-states.ts';
import { HOLD_MS, holdingFor, MAX_HELD, tellings } from '../../../lib/edge/graphql/holding.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const clock = () => fakeClock();
const entry = (stateVersion: number, state: RunState) => ({ stateVersion, state });

/** Wake-ups on which time passes at once, unless something wakes. */
function hastyWakeups(time: ReturnType<typeof fakeClock>): Wakeups & { readonly waits: string[] } {
  const waits: string[] = [];
  return {
    waits,
    wake: () => {},
    wait(topic, ms) {
      waits.push(topic);
      return { woken: Promise.resolve().then(() => (time.advance(ms), false)), cancel: () => {} };
    },
  };
}

describe('holding a history', () => {
  const setUp = () => {
    const time = clock();
    const wakeups = localWakeups();
    const told = tellings(time);
    return { time, wakeups, told, holding: holdingFor({ clock: time, wakeups }, told, 'session') };
  };

  it('answers at once what the session was not told before', async () => {
    const { holding } = setUp();
    let reads = 0;

    await holding.history('run', async () => (reads++, [entry(0, 'QUEUED')]));
    await holding.history('run', async () => (reads++, [entry(1, 'READY'), entry(0, 'QUEUED')]));

    expect(reads).toBe(2);
  });

  it('waits for the next state once the latest is known, and answers when it comes', async () => {
    const { holding, wakeups } = setUp();
    let history = [entry(4, 'PLANNING')];
    await holding.history('run', async () => history);

    const held = holding.history('run', async () => history);
    history = [entry(5, 'FINISHED'), ...history];
    wakeups.wake('run:run');

    expect(await held).toEqual([entry(5, 'FINISHED'), entry(4, 'PLANNING')]);
  });

  it('goes on waiting when it is woken for nothing new', async () => {
    const { holding, wakeups } = setUp();
    let history = [entry(4, 'PLANNING')];
    let reads = 0;
    const read = async () => (reads++, history);
    await holding.history('run', read);

    const held = holding.history('run', read);
    await turn();
    wakeups.wake('run:run');
    await turn();
    expect(reads).toBe(3);
    history = [entry(5, 'UNCONFIRMED'), ...history];
    wakeups.wake('run:run');

    expect((await held)[0]).toEqual(entry(5, 'UNCONFIRMED'));
  });

  for (const state of ['UNCONFIRMED', 'PENDING_REVIEW', 'FINISHED', 'FAILED', 'DISCARDED'] as const) {
    it(`never holds a run in state ${state}`, async () => {
      const { holding } = setUp();
      const read = async () => [entry(6, state)];

      await holding.history('run', read);

      expect(await holding.history('run', read)).toHaveLength(1);
    });
  }

  it('answers what it has after twenty seconds', async () => {
    const time = clock();
    const wakeups = hastyWakeups(time);
    const holding = holdingFor({ clock: time, wakeups }, tellings(time), 'session');
    const read = async () => [entry(0, 'QUEUED')];
    await holding.history('run', read);
    const from = time.now().getTime();

    expect(await holding.history('run', read)).toEqual([entry(0, 'QUEUED')]);

    expect(time.now().getTime() - from).toBe(HOLD_MS);
  });

  it('holds a limited number of requests, and answers the rest as for everybody', async () => {
    const { holding, wakeups } = setUp();
    let history = [entry(0, 'QUEUED')];
    const read = async () => history;
    await holding.history('run', read);
    const held = Array.from({ length: MAX_HELD }, () => holding.history('run', read));
    await turn();

    expect(await holding.history('run', read)).toHaveLength(1);
    expect(await holding.logs({ runId: 'run', stateVersion: 0 }, async () => ({ messages: [], finished: false, hasMore: false }), async () => true)).toMatchObject({ hasMore: false });

    history = [entry(1, 'READY'), ...history];
    wakeups.wake('run:run');
    for (const answer of await Promise.all(held)) expect(answer).toHaveLength(2);
    history = [entry(2, 'CANCELED'), ...history];
    expect(await holding.history('run', read)).toHaveLength(3);
  });

  it('tells sessions and runs apart', async () => {
    const { holding, told, time, wakeups } = setUp();
    const read = async () => [entry(0, 'QUEUED')];
    await holding.history('run', read);

    await holding.history('other run', read);
    await holdingFor({ clock: time, wakeups }, told, 'other session').history('run', read);
  });

  it('treats a session that was silent for a while as a new one, but not while it read logs', async () => {
    const { holding, time, wakeups } = setUp();
    const read = async () => [entry(3, 'INITIALIZING')];
    await holding.history('run', read);
    time.advance(60_000);
    await holding.history('run', read);

    for (let minute = 0; minute < 5; minute++) {
      time.advance(10_000);
      await holding.logs({ runId: 'run', stateVersion: 3 }, async () => ({ messages: ['line'], finished: false, hasMore: false }), async () => true);
    }
    const held = holding.history('run', read);
    let answered = false;
    void held.then(() => (answered = true));
    await turn();
    expect(answered).toBe(false);

    time.advance(HOLD_MS + 1);
    wakeups.wake('run:run');
    await held;
  });
});

describe('holding logs', () => {
  const setUp = () => {
    const time = clock();
    const wakeups = localWakeups();
    return { time, wakeups, holding: holdingFor({ clock: time, wakeups }, tellings(time), 'session') };
  };
  const open = async () => true;
  const phase = { runId: 'run', stateVersion: 4 };

  it('answers at once when there are lines, when the log is finished, and when the phase is over', async () => {
    const { holding } = setUp();

    await holding.logs(phase, async () => ({ messages: ['a line'], finished: false, hasMore: false }), open);
    await holding.logs(phase, async () => ({ messages: [], finished: true, hasMore: false }), open);
    await holding.logs(phase, async () => ({ messages: [], finished: false, hasMore: false }), async () => false);
  });

  it('says that there is more while the log may grow, so that the client does not pause', async () => {
    const { holding } = setUp();
    const hasMore = async (page: { readonly finished: boolean }, isOpen: boolean) => (await holding.logs(phase, async () => ({ messages: ['a line'], hasMore: false, ...page }), async () => isOpen)).hasMore;

    expect(await hasMore({ finished: false }, true)).toBe(true);
    expect(await hasMore({ finished: false }, false)).toBe(false);
    expect(await hasMore({ finished: true }, true)).toBe(false);
  });

  it('waits at the end of an open phase for the next lines', async () => {
    const { holding, wakeups } = setUp();
    const lines: string[] = [];

    const held = holding.logs(phase, async () => ({ messages: [...lines], finished: false, hasMore: false }), open);
    await turn();
    lines.push('Initializing the backend...');
    wakeups.wake('logs:run/4');

    expect((await held).messages).toEqual(['Initializing the backend...']);
  });

  it('stops waiting when the run leaves the phase', async () => {
    const { holding, wakeups } = setUp();
    let isOpen = true;

    const held = holding.logs(phase, async () => ({ messages: [], finished: false, hasMore: false }), async () => isOpen);
    await turn();
    isOpen = false;
    wakeups.wake('run:run');

    expect((await held).messages).toEqual([]);
  });

  it('leaves nobody waiting after a failed read', async () => {
    const time = clock();
    const cancelled: string[] = [];
    const wakeups: Wakeups = { wake: () => {}, wait: (topic) => ({ woken: new Promise(() => {}), cancel: () => void cancelled.push(topic) }) };
    const holding = holdingFor({ clock: time, wakeups }, tellings(time), 'session');

    await expect(holding.logs(phase, () => Promise.reject(new Error('gone')), open)).rejects.toThrow('gone');

    expect(cancelled).toEqual(['logs:run/4', 'run:run']);
  });
});

const turn = () => new Promise((resolve) => setImmediate(resolve));
