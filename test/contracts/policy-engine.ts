import { it } from 'node:test';
import { expect } from 'expect';
import type { PolicyEngine } from '../../lib/core/ports/policy-engine.ts';

const v0 = (source: string) => ({ version: 'v0', source: `package spacelift\n${source}` }) as const;
const v1 = (source: string) => ({ version: 'v1', source: `package spacelift\n${source}` }) as const;
const options = { deadlineMs: 2_000 };

/** What every engine behind the policies does. */
export function policyEngineContract(opened: () => PolicyEngine): void {
  it('says whether a body may be saved, with the place of what is wrong', async () => {
    expect(await opened().check('PLAN', v1('deny contains "x"'))).toEqual({ errors: [], warnings: [] });
    expect(await opened().check('PLAN', v1('deny contains "x" if re_match("a", "b")'))).toMatchObject({ errors: [], warnings: [{ line: 2 }] });
    expect((await opened().check('PLAN', v1('deny {'))).errors).toMatchObject([{ kind: 'parse', line: 2 }]);
    expect((await opened().check('PLAN', v1('x := time.now_ns()'))).errors).toMatchObject([{ kind: 'disabled', line: 2, column: 6 }]);
  });

  it('evaluates both language versions over the same inputs', async () => {
    const bodies = [v0('deny[request.command] { true }'), v1('deny contains request.command')];
    const inputs = ['{"request":{"command":"a"}}', '{"request":{"command":"b"}}'];

    const rows = await opened().evaluate('TASK', bodies, inputs, options);

    expect(rows.map((row) => row.map(({ decision }) => decision?.deny))).toEqual([[['a'], ['b']], [['a'], ['b']]]);
  });

  it('gives defaults where a policy says nothing', async () => {
    const rows = await opened().evaluate('ACCESS', [v1('')], ['{}'], options);
    expect(rows).toMatchObject([[{ decision: { read: false, write: false, deny: false, deny_write: false, sample: false } }]]);
  });

  it('keeps integers beyond 2^53 exact', async () => {
    const rows = await opened().evaluate('TASK', [v1('deny contains "exact" if input.n == 9007199254740993')], ['{"n": 9007199254740993}', '{"n": 9007199254740992}'], options);
    expect(rows.map((row) => row.map(({ decision }) => decision?.deny))).toEqual([[['exact'], []]]);
  });

  it('answers with an error for what cannot be evaluated', async () => {
    const rows = await opened().evaluate('GIT_PUSH', [v1('lock := x if some x in ["a", "b"]'), v1('nonsense'), v1('')], ['{}'], options);
    expect(rows.map(([evaluation]) => evaluation?.error?.kind)).toEqual(['conflict', 'parse', undefined]);
  });

  it('ends what runs past its deadline', async () => {
    const endless = v1('deny contains "x" if {\n\tsome i in numbers.range(1, 100000)\n\tsome j in numbers.range(1, 100000)\n\ti == j + 200000\n}');
    const rows = await opened().evaluate('TASK', [endless, v1('deny contains "y"')], ['{}'], { deadlineMs: 300 });
    expect(rows).toMatchObject([[{ error: { kind: 'timeout' } }], [{ decision: { deny: ['y'] } }]]);
  });

  it('tells its version', async () => {
    expect(await opened().version()).toMatch(/^\d+\.\d+\.\d+/);
  });
}
