import { describe, it } from 'node:test';
import { expect } from 'expect';
import { linesOfCalls } from '../../lib/costs/calls.ts';
import { COUNTERS } from '../../lib/costs/counters.ts';
import { kindsIn, model, pushChain, type CallKind } from '../../lib/costs/latency.ts';
import { totalOf } from '../../lib/costs/prices.ts';
import { countJourney } from '../support/counted-journey.ts';
import { countCloud } from '../support/counted-push.ts';
import { needsMoto, needsNamespaces, needsPostgres, needsTerraform } from '../support/requirements.ts';

describe('the counted calls of a run', needsTerraform, () => {
  it('are those that a real push to apply makes now, to a tenth (npm run bench -- counters)', async () => {
    const { run, tick } = await countJourney(2);

    expect(run.sql).toBeGreaterThan(50);
    expect(Math.abs((run.sql ?? 0) / (COUNTERS.run.sql ?? 1) - 1)).toBeLessThan(0.1);
    expect(Math.abs(totalOf(linesOfCalls('run', run)) / totalOf(linesOfCalls('run', COUNTERS.run)) - 1)).toBeLessThan(0.1);
    expect(tick.sql).toBeLessThanOrEqual((COUNTERS.tick.sql ?? 0) + 2);
  });
});

describe('the counted calls of the functions', { ...needsTerraform, ...needsMoto, ...needsPostgres, ...needsNamespaces, timeout: 290_000 }, () => {
  it('are those of a push on the local cloud, and of a worker without work there (npm run bench -- counters)', async () => {
    const { push, idleWorker } = await countCloud();
    const [now, counted] = [push, COUNTERS.push].map(pushChain);
    if (now === undefined || counted === undefined) throw new Error('there are two');

    expect(push.map(({ fn }) => fn)).toEqual(COUNTERS.push.map(({ fn }) => fn));
    // Whether another call ended before one began may change from run to run; what is called does not.
    const kinds = Object.keys({ ...kindsIn(now), ...kindsIn(counted) }) as CallKind[];
    for (const kind of kinds) expect([kind, Math.abs((kindsIn(now)[kind] ?? 0) - (kindsIn(counted)[kind] ?? 0)) <= 2]).toEqual([kind, true]);
    expect(model(now, Math.random).p50 / model(counted, Math.random).p50).toBeLessThan(1.1);
    // A minute may hold one report or question more, or less.
    for (const [name, count] of Object.entries(COUNTERS.idleWorker)) expect([name, Math.abs((idleWorker[name] ?? 0) - count) <= 1]).toEqual([name, true]);
  });
});
