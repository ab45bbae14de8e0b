import { after, describe, it } from 'node:test';
import { expect } from 'expect';
import type { PolicySource } from '../../lib/policy-engine/policy-engine.ts';
import { openEngine, skip } from './engine.ts';

describe('saving a policy', { skip }, () => {
  const engine = openEngine({ compileMs: 1_000 });
  after(() => engine.close());

  const check = (version: 'v0' | 'v1', body: string, type: PolicySource['type'] = 'PLAN') => engine.check({ type, version, source: `package spacelift\n${body}` });
  const firstError = async (...args: Parameters<typeof check>) => (await check(...args)).errors[0];

  it('accepts both language versions, old heads and old imports', async () => {
    expect(await check('v0', 'import future.keywords.in\nimport rego.v1\ndeny contains "x" if "a" in input.list')).toEqual({ errors: [], warnings: [] });
    expect(await check('v0', 'import future.keywords\nimport data.spacelift\nimport input.stack as s\ndeny["x"] { s.id = "a" }\nhelper = 1')).toEqual({ errors: [], warnings: [] });
    expect(await check('v1', 'deny contains "x" if every x in input.list { x > 1 }')).toEqual({ errors: [], warnings: [] });
  });

  const refusals: readonly (readonly [what: string, version: 'v0' | 'v1', body: string, kind: string, line: number, column: number, message: RegExp])[] = [
    ['a body without if in v1', 'v1', 'x { true }', 'parse', 2, 1, /if/],
    ['a set without contains in v1', 'v1', 'deny["x"] if true', 'refused', 2, 1, /deny must be a set/],
    ['a rule named input', 'v1', 'input := 1', 'compile', 2, 1, /shadow input/],
    ['a rule named data', 'v1', 'data := 1', 'compile', 2, 1, /shadow data/],
    ['an import twice in v1', 'v1', 'import data.spacelift.a\nimport data.spacelift.a', 'compile', 3, 1, /shadow/],
    ['an import of other data', 'v0', 'import data.other', 'refused', 2, 1, /data\.other cannot be imported/],
    ['a package that only begins alike', 'v0', 'import data.spacelifted', 'refused', 2, 1, /cannot be imported/],
    ['a predefined set as a boolean', 'v0', 'deny { true }', 'refused', 2, 1, /deny must be a set/],
    ['a predefined set as an object', 'v0', 'deny["x"] = 1 { true }', 'refused', 2, 1, /deny must be a set/],
    ['a predefined boolean as a set', 'v0', 'sample["x"] { true }', 'refused', 2, 1, /sample must be a plain rule/],
    ['a predefined rule as a function', 'v1', 'deny(x) := x', 'refused', 2, 1, /deny must be a set/],
    ['an own default for a predefined rule', 'v0', 'default sample = true', 'refused', 2, 1, /default/],
    ['a type error', 'v0', 'x { startswith(1, "a") }', 'type', 2, 5, /startswith/],
    ['an unsafe variable', 'v0', 'x { y == 1 }', 'unsafe', 2, 5, /y is unsafe/],
    ['an unknown function', 'v0', 'x { nofunc(1) }', 'type', 2, 5, /undefined function nofunc/],
    ['a rule that needs itself', 'v1', 'x if y\ny if x', 'compile', 2, 1, /recursive/],
    ['a retired function in v1', 'v1', 'x if any([true])', 'type', 2, 6, /any/],
    ['a syntax error', 'v0', '\n\nx { [1, }', 'parse', 4, 9, /./],
    ['exec, off workers', 'v1', 'x := exec(["ls"])', 'disabled', 2, 6, /exec/],
  ];
  for (const [what, version, body, kind, line, column, message] of refusals) {
    it(`refuses ${what}, with its place`, async () => {
      expect(await firstError(version, body)).toEqual({ kind, line, column, message: expect.stringMatching(message) });
    });
  }

  it('refuses another package', async () => {
    expect((await engine.check({ type: 'PLAN', version: 'v1', source: '\npackage other\nx := 1' })).errors[0]).toMatchObject({ kind: 'refused', line: 2, column: 1 });
  });

  it('refuses an empty body', async () => {
    expect((await engine.check({ type: 'PLAN', version: 'v1', source: '' })).errors[0]).toMatchObject({ kind: 'parse' });
  });

  it('refuses a string rule that is a set, and roles that are no object', async () => {
    expect(await firstError('v1', 'lock contains "x"', 'GIT_PUSH')).toMatchObject({ kind: 'refused', line: 2 });
    expect(await firstError('v1', 'roles contains "x"', 'LOGIN')).toMatchObject({ kind: 'refused', line: 2 });
    expect(await firstError('v0', 'roles["x"] { true }', 'LOGIN')).toMatchObject({ kind: 'refused', line: 2 });
  });

  for (const call of [
    'http.send({"method": "get", "url": "http://localhost"})', 'net.lookup_ip_addr("a")', 'opa.runtime()', 'rego.parse_module("a", "package a")', 'trace("x")',
    'time.now_ns()', 'rand.intn("a", 5)', 'uuid.rfc4122("a")', 'io.jwt.decode("a")', 'graphql.parse("a", "b")', 'crypto.x509.parse_certificates("a")',
    'crypto.parse_private_keys("a")', 'providers.aws.sign_req({}, {}, 1)', 'json.match_schema(1, {"$ref": "file:///etc/hostname"})', 'json.verify_schema({})', 'graph.reachable_paths({}, [])',
  ]) {
    const name = call.slice(0, call.indexOf('('));
    it(`refuses ${name} by name, in both versions`, async () => {
      for (const version of ['v0', 'v1'] as const) {
        expect(await firstError(version, `x := ${call}`)).toEqual({ kind: 'disabled', line: 2, column: 6, message: expect.stringContaining(name) });
      }
    });
  }

  it('refuses a function put in another\'s place when it is refused itself', async () => {
    expect(await firstError('v1', 'f(x) := 1\nx if f(1) with f as opa.runtime')).toMatchObject({ kind: 'disabled', line: 3 });
  });

  it('lets a policy have its own function of a refused name', async () => {
    expect(await check('v1', 'trace(x) := x\ny := trace(1)')).toEqual({ errors: [], warnings: [] });
  });

  it('takes re_match in v1, with a warning', async () => {
    expect(await check('v1', 'deny contains "x" if re_match("^a", input.b)')).toEqual({ errors: [], warnings: [{ kind: 'compile', line: 2, column: 22, message: expect.stringContaining('regex.match') }] });
    expect(await check('v0', 'deny["x"] { re_match("^a", input.b); any([true]); cast_set([1]) }')).toEqual({ errors: [], warnings: [] });
  });

  it('refuses brackets nested deeper than 250, strings and comments not counted', async () => {
    expect(await firstError('v1', `x := ${'['.repeat(300)}${']'.repeat(300)}`)).toEqual({ kind: 'refused', line: 2, column: 256, message: expect.stringContaining('250') });
    expect(await check('v1', `x := "${'['.repeat(300)}"\n# ${'{'.repeat(300)}\ny := \`${'('.repeat(300)}\``)).toEqual({ errors: [], warnings: [] });
  });

  it('refuses a source of ten megabytes', async () => {
    expect(await firstError('v1', '#'.repeat(10_000_000))).toMatchObject({ kind: 'refused', message: expect.stringContaining('256 KiB') });
  });

  it('ends the compilation of five thousand chained rules, and goes on', async () => {
    const chain = Array.from({ length: 5_000 }, (_, i) => `r${i + 1} if r${i}`).join('\n');
    const started = performance.now();

    expect(await firstError('v1', `r0 if input.x\n${chain}`)).toMatchObject({ kind: 'timeout' });

    expect(performance.now() - started).toBeLessThan(1_000 + 250 + 500);
    expect(await check('v1', 'x := 1')).toEqual({ errors: [], warnings: [] });
  });

  it('reports every fault at once', async () => {
    expect((await check('v1', 'import data.a\ndeny := 1\ndefault warn := 2')).errors).toHaveLength(3);
  });
});
