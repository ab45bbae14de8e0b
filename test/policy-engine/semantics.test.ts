import { after, describe, it } from 'node:test';
import { expect } from 'expect';
import { parseExactJson } from '../../lib/policy-engine/exact-json.ts';
import { openEngine, skip } from './engine.ts';

const DEADLINE = { deadlineMs: 5_000 };

/** A small generator with a seed, so that a failure can be seen again. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function randomJson(random: () => number, depth = 0): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const several = (make: () => string) => Array.from({ length: Math.floor(random() * 4) }, make);
  const kind = depth > 4 ? random() * 5 : random() * 8;
  if (kind < 1) return pick(['null', 'true', 'false']);
  if (kind < 2) return pick(['0', '-1', '9007199254740993', '9223372036854775808', '-9223372036854775809', '123456789012345678901234567890', '1e3', '1.5', '0.1', '2']);
  if (kind < 5) return JSON.stringify(pick(['', 'a', 'b', '"q"', '<&>', 'ü', '😀', '\u2028', '\\', 'line\nline', '\u0001']));
  if (kind < 6.5) return `[${several(() => randomJson(random, depth + 1)).join(', ')}]`;
  return `{${several(() => `${JSON.stringify(pick(['a', 'b', 'c', 'long key', '']))}: ${randomJson(random, depth + 1)}`).join(',\n')}}`;
}

describe('values', { skip }, () => {
  const engine = openEngine();
  after(() => engine.close());

  const value = async (expression: string, input?: string) => {
    const { value, error } = await engine.query({ version: 'v1', source: `package t\nv := ${expression}`, query: 'data.t.v' }, input, DEADLINE);
    if (error) throw new Error(error.message);
    return value;
  };

  it('come back as OPA writes them, for random documents', async () => {
    for (let seed = 1; seed <= 150; seed++) {
      const input = `[${randomJson(randomFrom(seed))}, ${randomJson(randomFrom(seed + 1_000))}]`;

      const [returned, written, asSet, asSetWritten] = JSON.parse((await value('[json.marshal(input), json.marshal([input]), json.marshal({x | x := input[_]}), json.marshal(sort(input))]', input)) ?? '');
      const set = await value('{x | x := input[_]}', input);

      expect({ seed, value: parseExactJson((await value('input', input)) ?? '') }).toEqual({ seed, value: parseExactJson(returned) });
      expect({ seed, written }).toEqual({ seed, written: `[${returned}]` });
      expect({ seed, set: parseExactJson(set ?? '') }).toEqual({ seed, set: parseExactJson(asSet) });
      if (JSON.parse(asSet).length === 2) expect({ seed, asSet }).toEqual({ seed, asSet: asSetWritten });
    }
  });

  it('keep integers of any size exact, in and out', async () => {
    for (const number of ['9007199254740993', '-9223372036854775809', '18446744073709551617']) {
      expect(await value('input.n', `{"n": ${number}}`)).toBe(number);
      expect(JSON.stringify(parseExactJson(`{"n":[${number},1]}`))).toBe(`{"n":[${number},1]}`);
    }
    expect(await value('input.n + 1', '{"n": 9223372036854775807}')).toBe('9223372036854775808');
  });

  it('tell no input from null', async () => {
    const source = { version: 'v1', source: 'package t\nv := is_null(input)', query: 'data.t.v' } as const;
    expect(await engine.query(source, undefined, DEADLINE)).toEqual({});
    expect(await engine.query(source, 'null', DEADLINE)).toEqual({ value: 'true' });
  });

  it('take a lone surrogate for the replacement character', async () => {
    expect(await value('input.s == "\ufffd"', '{"s": "\\ud800"}')).toBe('true');
  });

  it('may be nested nine thousand deep', async () => {
    const depth = 9_000;
    expect(await value('count([x | walk(input, [_, x])])', '['.repeat(depth) + ']'.repeat(depth))).toBe(String(depth));
  });

  it('are undefined, not wrong, when a built-in call fails', async () => {
    for (const expression of ['1 / input.zero', 'to_number("x")', 'regex.match("(", "a")', 'net.cidr_contains("bad", "10.0.0.1")', 'time.clock([1, "No/Zone"])', 'max([])']) {
      expect(await value(expression, '{"zero": 0}')).toBeUndefined();
    }
  });

  it('print integers under the verbs of floats and strings', async () => {
    expect(await value('sprintf("%.0f %5.1f %s %d %05d %v %s %s", [101, 2, 3, 4, 5, 6, 1.5, {"a": [1]}])')).toBe('"101   2.0 3 4 00005 6 1.5 {\\"a\\": [1]}"');
    expect(await value('sprintf("%.0f %s %*d", [9007199254740993, 18446744073709551617, 4, 7])')).toBe('"9007199254740992 18446744073709551617    7"');
  });

  it('are sanitized as they appear in plans', async () => {
    expect(await value('[sanitized("mysql"), sanitized("5.7"), sanitized("root")]')).toBe('["eae35047","fc40d152","737677b2"]');
    expect(await value('sanitized(input)', '5')).toBeUndefined();
  });

  for (const [what, input] of [['cut off', '{"a": 1'], ['two values', '{} {}'], ['a bare word', 'nope'], ['a leading zero', '01'], ['a trailing comma', '[1,]'], ['nothing', '']] as const) {
    it(`is refused when the input is no JSON: ${what}`, async () => {
      expect(await engine.query({ version: 'v1', source: 'package t\nv := 1', query: 'data.t.v' }, input, DEADLINE)).toMatchObject({ error: { kind: 'parse', message: expect.stringContaining('input') } });
    });
  }

  it('are refused when there are too many of them', async () => {
    const small = openEngine({ maxInputMib: 2 });
    const policy = { version: 'v1', source: 'package t\nv := strings.repeat', query: 'data.t' } as const;
    expect(await small.query(policy, `"${'x'.repeat(3 << 20)}"`, DEADLINE)).toEqual({ error: { kind: 'refused', message: 'input too large (4 MiB)' } });
    await small.close();

    expect(await engine.query({ version: 'v1', source: 'package t\nv := [input, input, input]', query: 'data.t.v' }, `"${'x'.repeat(2 << 20)}"`, DEADLINE)).toMatchObject({ error: { kind: 'refused', message: expect.stringContaining('4 MiB') } });
  });
});
