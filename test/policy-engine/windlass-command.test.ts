import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expect } from 'expect';
import { skip } from './engine.ts';

const command = fileURLToPath(new URL('../../bin/windlass', import.meta.url));

describe('windlass policy', { skip }, () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'windlass-command-'));
    await write('plan.rego', '# type: PLAN\npackage spacelift\n\ndeny contains "no" if count(affected_resources) > 0\n');
    await write('input.json', '{"terraform": {"resource_changes": [{"change": {"actions": ["create"]}}]}}');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  const run = (args: readonly string[], stdin = '') =>
    new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
      const child = spawn(command, ['policy', ...args], { cwd: folder, timeout: 20_000 });
      const text = { stdout: '', stderr: '' };
      child.stdout.on('data', (chunk: Buffer) => (text.stdout += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (text.stderr += chunk.toString()));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, ...text }));
      child.stdin.end(stdin);
    });

  it('eval prints the decision on an input', async () => {
    const { code, stdout } = await run(['eval', '--type', 'plan', '--engine', 'v1', 'plan.rego', 'input.json']);

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ deny: ['no'], warn: [], flag: [], reset_flag: [], sample: false });
  });

  it('eval says where a policy is wrong', async () => {
    await write('bad.rego', 'package spacelift\ndeny contains x if true\n');
    expect(await run(['eval', '--type', 'plan', '--engine', 'v1', 'bad.rego', 'input.json'])).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^bad\.rego:2:15: unsafe: /) });
  });

  it('eval --jsonl answers each line in its order, whatever stands in it', async () => {
    const lines = [
      { id: 1, type: 'TASK', rego_version: 'REGO_V1', rego: 'package spacelift\ndeny contains request.command', input: { request: { command: 'ls' } } },
      { id: 'two', type: 'TASK', rego_version: 'REGO_V0', rego: 'package spacelift\ndeny["x"] { input.n == 9007199254740993 }', input_json: '{"n":9007199254740993}' },
      { id: 3, type: 'TASK', rego_version: 'REGO_V1', rego: 'package spacelift\ndeny {' },
      { id: 4, raw: true, query: 'data.t.v', rego_version: 'REGO_V1', rego: 'package t\nv := input.a', input: { a: [1] } },
      { id: 5, raw: true, query: 'data.t.none', rego_version: 'REGO_V1', rego: 'package t' },
      { id: 6, raw: true, query: 'data.t.v', rego_version: 'REGO_V1', rego: 'package t\nv := w' },
      { id: 7, type: 'NOPE', rego: '' },
    ].map((record) => JSON.stringify(record));

    const { code, stdout } = await run(['eval', '--jsonl'], [...lines, 'rubbish', '{"id":8,"raw":true,"query":"input.n","rego":"package t","input":{"n":9007199254740993}}', ''].join('\n'));

    const answers = stdout.trim().split('\n');
    expect(code).toBe(0);
    expect(answers.slice(0, 8).map((line) => JSON.parse(line))).toEqual([
      { id: 1, decision: { deny: ['ls'], sample: false } },
      { id: 'two', decision: { deny: ['x'], sample: false } },
      { id: 3, error: { kind: 'parse', message: expect.any(String), line: 2, column: expect.any(Number) } },
      { id: 4, value: [1] },
      { id: 5, undefined: true },
      { id: 6, error: { kind: 'unsafe', message: expect.any(String), line: 2, column: 6 } },
      { id: 7, error: { kind: 'parse', message: expect.stringContaining('type') } },
      { id: null, error: { kind: 'parse', message: expect.any(String) } },
    ]);
    expect(answers[8]).toBe('{"id":8,"value":9007199254740993}');
  });

  it('test runs the rules of _test.rego files beside their policies', async () => {
    await write('plan_test.rego', 'package spacelift_test\n\nimport data.spacelift\n\ntest_allows_nothing if count(spacelift.deny) == 0\n\ntest_denies if "no" in spacelift.deny with input as {"terraform": {"resource_changes": [{"change": {"actions": ["delete"]}}]}}\n');
    expect(await run(['test', '.'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/PASS .*test_allows_nothing\nPASS .*test_denies\n2 passed, 0 failed\n$/) });

    await write('plan_test.rego', 'package spacelift_test\n\ntest_wrong if {\n\tprint("seen", data.spacelift.deny)\n\tfalse\n}\n');
    expect(await run(['test', '.'])).toMatchObject({ code: 1, stdout: expect.stringMatching(/FAIL .*test_wrong\n {2}seen set\(\)\n0 passed, 1 failed\n$/) });
  });

  it('fmt-check names the files that the formatter would change', async () => {
    await write('ugly.rego', 'package spacelift\ndeny  contains "x"   if { true }\n');
    expect(await run(['fmt-check', 'plan.rego', 'ugly.rego'])).toMatchObject({ code: 1, stdout: 'ugly.rego\n' });
    expect(await run(['fmt-check', 'plan.rego'])).toMatchObject({ code: 0, stdout: '' });
  });

  it('says how it is used', async () => {
    for (const args of [[], ['eval'], ['eval', '--type', 'nope', 'a', 'b'], ['test']]) expect(await run(args)).toMatchObject({ code: 2, stderr: expect.stringContaining('usage') });
    expect(await run(['eval', '--type', 'plan', '--engine', 'v1', 'none.rego', 'input.json'])).toMatchObject({ code: 2, stderr: expect.stringContaining('none.rego') });
  });
});
