import { after, describe, it } from 'node:test';
import { expect } from 'expect';
import type { PolicyType } from '../../lib/policy-engine/contracts.ts';
import { openEngine, skip } from './engine.ts';

const DEADLINE = { deadlineMs: 5_000 };

interface Options {
  readonly version?: 'v0' | 'v1';
  readonly input?: string;
  readonly trace?: boolean;
  readonly coverage?: boolean;
}

describe('a decision', { skip }, () => {
  const engine = openEngine();
  after(() => engine.close());

  const evaluate = async <T extends PolicyType>(type: T, body: string, { version = 'v1', input = '{}', ...options }: Options = {}) => {
    const [[evaluation] = []] = await engine.evaluate([{ type, version, source: `package spacelift\n${body}` }], [input], { ...DEADLINE, ...options });
    if (!evaluation) throw new Error('no evaluation');
    return evaluation;
  };
  const decide = async <T extends PolicyType>(...args: Parameters<typeof evaluate<T>>) => {
    const { decision, error } = await evaluate<T>(...args);
    if (!decision) throw new Error(error?.message);
    return decision;
  };

  it('has every rule of the type, though the policy has none', async () => {
    expect(await decide('GIT_PUSH', '')).toEqual({
      track: false, propose: false, ignore: false, ignore_track: false, notrigger: false, notify: false, prioritize: false, allow_fork: false, fail: false,
      cancel: [], message: [], external_dependency: [], flag: [], reset_flag: [], lock: '', unlock: '', module_version: '', sample: false,
    });
  });

  it('counts a boolean only when it is true, and strings only among strings', async () => {
    expect(await decide('APPROVAL', 'approve := "yes"\nreject := 1\nflag contains x if some x in ["a", 1, null]\nsample := true')).toMatchObject({ approve: false, reject: false, flag: ['a'], sample: true });
    expect(await decide('GIT_PUSH', 'lock := 5\nunlock := "k"')).toMatchObject({ lock: '', unlock: 'k' });
  });

  it('reads roles of either version, without empty entries', async () => {
    const sets = 'roles["a"] contains "x"\nroles["b"] contains "y" if input.no\nroles["c"] := ["z", 1] if true';
    expect(await decide('LOGIN', sets)).toMatchObject({ roles: { a: ['x'], c: ['z'] } });
    expect(await decide('LOGIN', 'roles["a"]["x"] { true }\nroles["a"]["y"] = false { true }', { version: 'v0' })).toMatchObject({ roles: { a: ['x'] } });
  });

  it('leaves malformed notices out and says why, without their values', async () => {
    const { decision, malformed } = (await evaluate(
      'NOTIFICATION',
      `slack contains {"channel_id": "C1"}
slack contains {"message": "canary-1"}
slack contains "canary-2"
inbox contains {"title": 5}
inbox contains {"severity": "LOUD"}
webhook contains {"endpoint_id": "e", "headers": {"a": 1}}
webhook contains {"endpoint_id": "e", "payload": {"n": 9007199254740993}}
pull_request contains {"id": 1, "commit": "c"}
pull_request contains {"branch": "main", "body": "b"}`,
    )) as { decision: object; malformed: readonly string[] };

    expect(JSON.parse(JSON.stringify(decision))).toMatchObject({ slack: [{ channel_id: 'C1' }], inbox: [], pull_request: [{ branch: 'main', body: 'b' }] });
    expect(JSON.stringify(decision)).toContain('{"endpoint_id":"e","payload":{"n":9007199254740993}}');
    expect(malformed).toHaveLength(6);
    expect(malformed.join()).not.toContain('canary');
  });

  it('keeps clear of the names that bodies choose', async () => {
    expect(await decide('LOGIN', 'allow if result\nresult := true\nslugs := 1\ndecision := 2\nkey := 3')).toMatchObject({ allow: true });
  });

  it('joins a body\'s own rule with the alias of its name', async () => {
    expect(await decide('PLAN', 'affected_resources contains "mine"\nwarn contains sprintf("%d", [count(affected_resources)])', { input: '{"terraform":{"resource_changes":[{"change":{"actions":["create"]}}]}}' })).toMatchObject({ warn: ['2'] });
  });

  it('is an error when a rule has two values', async () => {
    expect((await evaluate('GIT_PUSH', 'lock := "a" if input.x\nlock := "b" if input.x', { input: '{"x": true}' })).error).toMatchObject({ kind: 'conflict', line: 3 });
  });

  it('comes for every policy and every input, and a broken policy spoils its own row alone', async () => {
    const policy = (source: string) => ({ type: 'TASK', version: 'v1', source: `package spacelift\n${source}` }) as const;
    const rows = await engine.evaluate([policy('deny contains request.command'), policy('deny contains'), policy('deny contains "no"')], ['{"request": {"command": "a"}}', 'rubbish', '{}'], DEADLINE);

    expect(rows.map((row) => row.map(({ decision, error }) => decision?.deny ?? error?.kind))).toEqual([[['a'], 'parse', []], ['parse', 'parse', 'parse'], [['no'], 'parse', ['no']]]);
  });

  it('brings prints, coverage and trace when they are asked for', async () => {
    const body = 'deny contains "x" if {\n\tprint("seen", input.a)\n\tinput.a == 1\n}\n\nwarn contains "y" if {\n\tinput.a == 2\n\tinput.b\n}';
    const seen = await evaluate('PLAN', body, { input: '{"a": 1}', trace: true, coverage: true });

    expect(seen.prints).toEqual([{ line: 3, text: 'seen 1' }]);
    expect(seen.coverage).toEqual({ reached: [2, 3, 4], notReached: [7, 8, 9] });
    expect(seen.trace?.join('\n')).toMatch(/policy\.rego:4 +\| .*Eval input\.a = 1/);

    const unseen = await evaluate('PLAN', body, { input: '{"a": 1}' });
    expect(unseen).toMatchObject({ prints: [{ line: 3, text: 'seen 1' }], coverage: undefined, trace: undefined });
  });

  it('keeps prints and trace within limits', async () => {
    const body = 'deny contains "x" if {\n\tsome i in numbers.range(1, 3000)\n\tprint(i)\n\ti == 3000\n}';
    const seen = await evaluate('PLAN', body, { trace: true });

    expect(seen.prints).toHaveLength(1_000);
    expect(seen.trace?.length).toBeLessThanOrEqual(5_000);
    expect(seen.decision).toMatchObject({ deny: ['x'] });
  });
});
