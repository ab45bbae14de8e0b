import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { expect } from 'expect';
import { answerRecord } from '../../lib/policy-engine/records.ts';
import { openEngine, skip } from './engine.ts';

const read = (name: string) => JSON.parse(readFileSync(new URL(`conformance/${name}.json`, import.meta.url), 'utf8'));

/** Rows that answer otherwise than recorded, and why that is right. */
const DEPARTURES: Readonly<Record<string, { readonly value: unknown; readonly reason: string }>> = {
  'misc/03': { value: 0, reason: 'semver.compare takes a version with a leading v' },
  'sprintf/02': { value: '1', reason: 'an integer prints in decimal under %s' },
  'sprintf/28': { value: '1700215200000000000', reason: 'an integer prints in decimal under %s' },
};

const unordered = (members: readonly unknown[]) => members.map((member) => JSON.stringify(member)).sort();

describe('conformance', { skip }, () => {
  const engine = openEngine();
  after(() => engine.close());

  const snippets = read('snippets');
  it(`gives OPA's value or error for ${snippets.length} small modules, but for ${Object.keys(DEPARTURES).length} departures`, async () => {
    for (const { id, ...snippet } of snippets) {
      const line = await answerRecord(engine, JSON.stringify({ id, raw: true, ...snippet }));
      const { value, error, undefined: isUndefined } = JSON.parse(line);

      const about = { id, line };
      if (DEPARTURES[id]) expect({ ...about, value }).toEqual({ ...about, value: DEPARTURES[id].value });
      else if (snippet.error) expect({ ...about, kind: error?.kind }).toEqual({ ...about, kind: snippet.error });
      else if (snippet.kind === 'undefined') expect({ ...about, isUndefined }).toEqual({ ...about, isUndefined: true });
      else if (snippet.expected_json) expect(line).toBe(`{"id":${JSON.stringify(id)},"value":${snippet.expected_json}}`);
      else if (snippet.kind === 'set') expect({ ...about, value: unordered(value) }).toEqual({ ...about, value: unordered(snippet.expected) });
      else expect({ ...about, value }).toEqual({ ...about, value: snippet.expected });
    }
  });

  const decisions = read('decisions');
  it(`takes the recorded decision for ${decisions.length} whole policies`, async () => {
    for (const { id, sets, decision: expected, error: refusal, ...record } of decisions) {
      const { decision, error } = JSON.parse(await answerRecord(engine, JSON.stringify({ id, ...record })));

      if (refusal) {
        expect({ id, kind: error?.kind }).toEqual({ id, kind: expect.stringMatching(/^(parse|compile|type|refused|disabled)$/) });
        continue;
      }
      for (const name of sets) [expected[name], decision[name]] = [unordered(expected[name]), unordered(decision[name])];
      expect({ id, error, decision }).toEqual({ id, error: undefined, decision: expected });
    }
  });

  for (const { id, type, expect: expected, ...record } of read('samples')) {
    it(`decides ${type} sample ${id}`, async () => {
      const { decision } = JSON.parse(await answerRecord(engine, JSON.stringify({ id, type, ...record })));

      expect(decision).toMatchObject(expected);
    });
  }
});
