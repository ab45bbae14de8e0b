import { after, describe, it } from 'node:test';
import { expect } from 'expect';
import { contractOf } from '../../../lib/policy-engine/contracts.ts';
import { openEngine } from '../../policy-engine/engine.ts';
import { needsEngine } from '../../support/policy-builders.ts';
import { SAMPLES } from './sample-policies.ts';

const inAnyOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inAnyOrder).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [key, inAnyOrder(member)]));
};

describe('policies as people write them', needsEngine, () => {
  const engine = openEngine();
  after(() => engine.close());

  it('are two of each type', () => {
    const counts = Map.groupBy(SAMPLES, ({ type }) => type);
    expect([...counts.values()].every((list) => list.length === 2)).toBe(true);
    expect(counts.size).toBe(10);
  });

  for (const sample of SAMPLES) {
    it(`${sample.name} says what is expected, and may be saved`, async () => {
      const policy = { type: sample.type, version: sample.version, source: `package spacelift\n\n${sample.rego}\n` } as const;
      expect((await engine.check(policy)).errors).toEqual([]);
      const [[evaluation] = []] = await engine.evaluate([policy], [sample.input], { deadlineMs: contractOf(sample.type).deadlineMs });
      expect(evaluation?.error).toBeUndefined();
      const decision = evaluation?.decision as Readonly<Record<string, unknown>>;
      const said = Object.fromEntries(Object.keys(sample.expect).map((rule) => [rule, decision[rule]]));
      expect(inAnyOrder(said)).toEqual(inAnyOrder(sample.expect));
    });
  }
});
