import { describe, it } from 'node:test';
import { expect } from 'expect';
import { COUNTERS } from '../../lib/costs/counters.ts';
import { kindsIn, LATENCIES, model, oneCall, PUSH_GOAL, pushChain, type CallKind } from '../../lib/costs/latency.ts';

/** Evenly spread numbers, the same each time. */
function spread(): () => number {
  let at = 0.5;
  return () => (at = (at + 0.6180339887498949) % 1);
}

/** A small generator with no pattern that a pair of draws could meet. */
function seeded(): () => number {
  let state = 42;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

describe('the modelled way of a push', () => {
  const sql = (count: number) => Array.from({ length: count }, () => oneCall('sql'));

  it('draws single calls so that the middle and the slowest in a hundred are as given', () => {
    for (const [kind, { p50, p99 }] of Object.entries(LATENCIES)) {
      const drawn = model([oneCall(kind as CallKind)], seeded());
      expect([kind, Math.abs(drawn.p50 / p50 - 1) < 0.05, Math.abs(drawn.p99 / p99 - 1) < 0.2]).toEqual([kind, true, true]);
    }
  });

  it('takes longer with each further call', () => {
    expect(model(sql(11), seeded()).p50).toBeGreaterThan(model(sql(10), seeded()).p50);
    expect(model(sql(1), spread()).p99).toBeGreaterThan(0);
  });

  it('takes no longer for calls side by side than for the slowest of them, and waits for those that come before', () => {
    const beside = model([[{ kind: 'sql', after: [] }, { kind: 'iot', after: [] }, { kind: 'sql', after: [0, 1] }]], seeded());
    const inTurn = model([oneCall('sql'), oneCall('iot'), oneCall('sql')], seeded());
    const without = model([oneCall('iot'), oneCall('sql')], seeded());

    expect(beside.p50).toBeLessThan(inTurn.p50 - LATENCIES.sql.p50 / 2);
    expect(beside.p50).toBeGreaterThanOrEqual(without.p50);
  });

  it('does not wait for what nothing comes after', () => {
    expect(model([[{ kind: 'iot', after: [] }, { kind: 'sql', after: [] }]], seeded()).p50).toBeLessThan(LATENCIES.iot.p50 / 2);
  });

  it('holds its goal with the calls that were counted, those for mode and marker and the way through both queues among them', () => {
    const chain = pushChain(COUNTERS.push);
    const { p50, p99 } = model(chain, seeded());

    expect(kindsIn(chain)).toMatchObject({ sqs: 1, fifo: 2, iot: 1, ssm: expect.any(Number), s3: expect.any(Number) });
    expect(kindsIn(chain).lambda).toBe(COUNTERS.push.length);
    expect(kindsIn(chain).sql).toBeGreaterThan(5);
    expect(p50).toBeLessThanOrEqual(PUSH_GOAL.p50);
    expect(p99).toBeLessThanOrEqual(PUSH_GOAL.p99);
  });

  it('refuses a call of a kind that nobody has timed', () => {
    expect(() => pushChain([{ fn: 'webhooks', calls: [{ call: 'sts GetCallerIdentity' as never, after: [] }] }])).toThrow('sts GetCallerIdentity');
  });

  it('says that only the figures of the queues are measured', () => {
    expect(Object.entries(LATENCIES).filter(([, { measured }]) => measured).map(([kind]) => kind)).toEqual(['sqs', 'fifo']);
  });
});
