import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { expect } from 'expect';
import { openEngine, skip } from './engine.ts';

const MIB = 1024 * 1024;
const MEMORY_MIB = 256;
const noProc = process.platform === 'linux' ? false : 'only Linux says how much memory a child has';

const doubling = ['s0 := "aaaaaaaaaaaaaaaa"', ...Array.from({ length: 36 }, (_, i) => `s${i + 1} := concat("", [s${i}, s${i}])`), 'v := count(s36)'].join('\n');
const BOMBS: Readonly<Record<string, string>> = {
  'strings that double': doubling,
  'one huge shift': 'v := bits.lsh(1, 4000000000)',
  'replacements that multiply': 's := concat("", [x | some i in numbers.range(1, 30000); x := "aaaaaaaaaa"])\nv := count(replace(replace(s, "a", s), "a", s))',
  'a long range': 'v := count(numbers.range(1, 100000000))',
};

describe('memory', { skip }, () => {
  const engine = openEngine({ memoryMib: MEMORY_MIB });
  after(() => engine.close());

  const query = (source: string, deadlineMs = 8_000) => engine.query({ version: 'v1', query: 'data.t.v', source: `package t\n${source}` }, undefined, { deadlineMs });
  const memoryOf = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${engine.pid}/status`, 'utf8'))?.[1]) * 1024;

  for (const [name, source] of Object.entries(BOMBS)) {
    it(`that ${name} would take ends the child and does not move this process`, async () => {
      const before = process.memoryUsage.rss();

      const outcome = await query(source);

      expect(outcome).toEqual({ error: { kind: expect.stringMatching(/^(memory|timeout)$/), message: expect.any(String) } });
      if (name !== 'a long range') expect(outcome.error?.kind).toBe('memory');
      expect(process.memoryUsage.rss() - before).toBeLessThan(32 * MIB);
      expect(await query('v := 1')).toEqual({ value: '1' });
    });
  }

  it('that one policy takes costs others nothing', async () => {
    const results = await Promise.all([query(BOMBS['one huge shift'] ?? ''), ...Array.from({ length: 12 }, (_, i) => query(`v := ${i}`))]);

    expect(results[0]).toMatchObject({ error: { kind: 'memory' } });
    expect(results.slice(1)).toEqual(Array.from({ length: 12 }, (_, i) => ({ value: String(i) })));
  });

  it('of an idle child is at most 25 MB', { skip: noProc }, async () => {
    const fresh = openEngine();
    try {
      await fresh.version();
      const rss = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${fresh.pid}/status`, 'utf8'))?.[1]) * 1024;
      expect(rss).toBeLessThan(25_000_000);
    } finally {
      await fresh.close();
    }
  });

  it('does not grow with ten thousand evaluations', { skip: noProc }, async () => {
    const policies = Array.from({ length: 20 }, (_, i) => ({ type: 'TASK', version: 'v1', source: `package spacelift\ndeny contains sprintf("%d %s", [${i}, input.n]) if input.n > 5` }) as const);
    const round = async () => {
      for (let i = 0; i < 100; i++) {
        const rows = await engine.evaluate(policies, Array.from({ length: 5 }, (_, n) => JSON.stringify({ n: i + n, pad: 'x'.repeat(500) })), { deadlineMs: 5_000 });
        expect(rows.length * (rows[0]?.length ?? 0)).toBe(100);
      }
    };

    // The collector lets the heap breathe up to a size; growth shows between later rounds.
    await round();
    const before = memoryOf('VmRSS');
    await round();

    expect(memoryOf('VmRSS') - before).toBeLessThan(12 * MIB);
  });

  it('forgets policies that are not used any more', { skip: noProc }, async () => {
    const batch = async (from: number) => {
      for (let i = from; i < from + 600; i++) expect(await query(`v := ${i}`)).toEqual({ value: String(i) });
    };
    await batch(0);
    const before = memoryOf('VmRSS');
    await batch(600);

    expect(memoryOf('VmRSS') - before).toBeLessThan(16 * MIB);
    expect(await query('v := 3')).toEqual({ value: '3' });
  });

  it('of a large input is given back', { skip: noProc }, async () => {
    const input = `{"list": [${Array.from({ length: 60_000 }, (_, i) => `{"address": "aws_instance.a${i}", "actions": ["create"]}`).join(',')}]}`;
    const rows = await engine.evaluate(
      [1, 2, 3].map((n) => ({ type: 'TASK', version: 'v1', source: `package spacelift\ndeny contains sprintf("${n}: %d", [count(input.list)])` }) as const),
      [input],
      { deadlineMs: 8_000 },
    );

    expect(rows.map(([evaluation]) => evaluation?.decision?.deny)).toEqual([['1: 60000'], ['2: 60000'], ['3: 60000']]);
    expect(await query('v := 1')).toEqual({ value: '1' });
    expect(memoryOf('VmRSS')).toBeLessThan(100 * MIB);
  });
});
