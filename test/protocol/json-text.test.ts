import { describe, it } from 'node:test';
import { expect } from 'expect';
import { JsonScanner, JsonSyntaxError } from '../../lib/protocol/json-text.ts';
import { JsonNumber, member, writeJson } from '../../lib/protocol/json-value.ts';
import { each, members, parseJson, rewriteJson, take, walkJson } from '../../lib/protocol/json-walk.ts';

const pieces = (text: string, size: number): Buffer[] => {
  const bytes = Buffer.from(text);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
};

async function rewritten(text: string, rule: Parameters<typeof rewriteJson>[1], size = 7): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of rewriteJson(pieces(text, size), rule)) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe('reading JSON text', () => {
  it('keeps the digits of every number', () => {
    for (const number of ['12345678901234567891', '9007199254740993', '-0', '1.0', '1e400', '0.10', '-12.5E+3']) {
      expect(writeJson(parseJson(`{"n":${number}}`))).toBe(`{"n":${number}}`);
    }
  });

  it('agrees with JSON.parse on strings, escapes and white space, wherever the chunks are cut', async () => {
    const text = ' {"a\\u00e9\\n": ["x\\"y\\\\", "zażółć 🐘", true, false, null, 3, {}, [], {"": 0}],\r\n\t"__proto__": {"b": "\\ud83d\\ude00"} } ';

    for (let size = 1; size < 12; size++) {
      let found: unknown;
      await walkJson(pieces(text, size), take((value) => void (found = value)));
      expect(JSON.parse(writeJson(found as never))).toEqual(JSON.parse(text));
    }
  });

  it('refuses what is not JSON', () => {
    const bad = ['', ' ', '{', '[1,]', '{"a":1,}', '{"a"}', '{a:1}', '[1 2]', '"\n"', '"\\x"', '01', '1.', '-', '+1', '1e', 'nul', 'NaN', '{} {}', '[}', '"a', "{'a':1}", '\ufeff{}', '"\\ud8"', '[1]]', '{"a":1 "b":2}', ':'];

    for (const text of bad) expect({ text, outcome: () => parseJson(text) }.outcome).toThrow(JsonSyntaxError);
  });

  it('refuses to nest without end', () => {
    expect(() => parseJson('['.repeat(1_000_000))).toThrow('nested deeper');
  });

  it('accepts exactly what JSON.parse accepts, over random changes of a text', () => {
    const base = '{"a":[1,-2.5e3,true,null,"x\\n\\u0041"],"b":{"c":"é"}}';
    const alphabet = '{}[]",:\\0129.eE-+truenalfsu x\n';
    let seed = 42;
    const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;

    for (let round = 0; round < 3_000; round++) {
      const at = random(base.length);
      const text = base.slice(0, at) + alphabet.charAt(random(alphabet.length)) + base.slice(at + random(3));
      const accepts = (parse: (text: string) => unknown) => {
        try {
          parse(text);
          return true;
        } catch {
          return false;
        }
      };
      expect({ text, accepted: accepts(parseJson) }).toEqual({ text, accepted: accepts(JSON.parse) });
    }
  });

  it('does not gather strings that nobody wants', () => {
    let most = 0;
    const scanner = new JsonScanner({ begin: () => false, key: () => {}, scalar: (value) => void (most = Math.max(most, typeof value === 'string' ? value.length : 0)), close: () => {} });

    scanner.write(Buffer.from(`["${'x'.repeat(100_000)}`));
    scanner.write(Buffer.from(`${'y'.repeat(100_000)}"]`));
    scanner.end();

    expect(most).toBe(0);
  });
});

describe('rewriting JSON text', () => {
  it('replaces what is taken and passes every other byte on', async () => {
    const text = '{ "serial" : 5 ,\n "x":[ 1.0, {"serial":6}, 12345678901234567890 ] }';

    for (let size = 1; size < 20; size++) {
      expect(await rewritten(text, members({ serial: take(() => new JsonNumber('77')) }), size)).toBe(text.replace(' 5 ', ' 77 '));
    }
  });

  it('gives the name of a member and nothing for items of a list', async () => {
    const keys: string[] = [];

    await walkJson([Buffer.from('{"o":{"a":1,"b":[2]},"l":[{"z":0},1,"s"]}')], members({ o: each(take((_, key) => void keys.push(key))), l: each(take((_, key) => void keys.push(`[${key}]`))) }));

    expect(keys).toEqual(['a', 'b', '[]', '[]', '[]']);
  });

  it('tells where the taken value lies', async () => {
    const text = '{"resources":[ {"values":"{\\"a\\":1}"} , 5]}';
    const spans: string[] = [];

    await walkJson(pieces(text, 3), members({ resources: each(take((_, __, span) => void spans.push(text.slice(span.start, span.end)))) }));

    expect(spans).toEqual(['{"values":"{\\"a\\":1}"}', '5']);
  });

  it('reads members called like properties of objects as plain names', () => {
    const value = parseJson('{"__proto__":{"x":1},"constructor":2}');

    expect(writeJson(member(value, '__proto__') ?? null)).toBe('{"x":1}');
    expect(member(value, 'toString')).toBeUndefined();
  });
});
