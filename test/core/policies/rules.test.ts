import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { opaPolicyEngine } from '../../../lib/adapters/policy/opa-policy-engine.ts';
import { createPolicy } from '../../../lib/core/policies/actions/create-policy.ts';
import type { Verdict } from '../../../lib/core/policies/evaluation.ts';
import { flagsOf, ownersAfter, type FlagOwner } from '../../../lib/core/policies/flags.ts';
import { inputText, nanoseconds, objectOfTexts } from '../../../lib/core/policies/input-text.ts';
import { outcomeOf } from '../../../lib/core/policies/outcome.ts';
import { attachesItself, type Policy } from '../../../lib/core/policies/policy.ts';
import type { PolicyDecisions, PolicyType } from '../../../lib/core/ports/policy-engine.ts';
import { decideAfterPlan } from '../../../lib/core/runs/plan-decision.ts';
import { askedOf, combineApprovals, standingOf } from '../../../lib/core/runs/policy-check.ts';
import { decideQueue, type QueuedRun } from '../../../lib/core/runs/run-queue.ts';
import { pushVerdict } from '../../../lib/core/triggers/push-verdicts.ts';
import { adminActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { anAccount } from '../../support/stack-builders.ts';

const policyNamed = (id: string) => ({ id, ulid: id, name: id, version: 1 }) as unknown as Policy;
const verdict = <T extends PolicyType>(id: string, decision: object | null): Verdict<T> =>
  ({ policy: policyNamed(id), decision, fault: decision === null ? { kind: 'timeout', message: 'too slow' } : null, malformed: [], messages: [], outcome: '', evaluationId: id }) as unknown as Verdict<T>;

describe('flags and who set them', () => {
  const living = new Set(['a', 'b']);
  const owners: readonly FlagOwner[] = [{ flag: 'db', policyUlid: 'a' }, { flag: 'db', policyUlid: 'b' }, { flag: 'old', policyUlid: 'gone' }];
  const after1 = (wishes: Parameters<typeof ownersAfter>[1], before: readonly FlagOwner[] = owners) => flagsOf(ownersAfter(before, wishes, living));

  it('stay as long as one that set them has not taken them back', () => {
    expect(after1([{ policyUlid: 'a', flag: [], reset: ['db'] }])).toEqual(['db', 'old']);
    expect(after1([{ policyUlid: 'a', flag: [], reset: ['db'] }, { policyUlid: 'b', flag: [], reset: ['db'] }])).toEqual(['old']);
  });

  it('are nobody else\'s to take away, but those whom nobody can ask any more agree', () => {
    expect(after1([{ policyUlid: 'a', flag: [], reset: ['old'] }])).toEqual(['db', 'old']);
    expect(after1([{ policyUlid: 'a', flag: [], reset: ['x'] }], [{ flag: 'x', policyUlid: 'a' }, { flag: 'x', policyUlid: 'gone' }])).toEqual([]);
  });

  it('are taken back before they are set, within what one policy says', () => {
    expect(after1([{ policyUlid: 'a', flag: ['db', 'new'], reset: ['db'] }], [{ flag: 'db', policyUlid: 'a' }])).toEqual(['db', 'new']);
    expect(after1([{ policyUlid: 'a', flag: Array.from({ length: 200 }, (_, n) => `f${n}`), reset: [] }], [])).toHaveLength(100);
  });
});

describe('how a run stands with its policies', () => {
  const asked = askedOf([{ ulid: 'B', version: 2 }, { ulid: 'A', version: 1 }]);
  const check = { stateVersion: 3, approval: 'approved', asked, orphaned: false } as const;

  it('is what was said of this state by these policies, and else must be asked', () => {
    expect(standingOf({ stateVersion: 3 }, check, asked)).toBe('approved');
    expect(standingOf({ stateVersion: 4 }, check, asked)).toBe('due');
    expect(standingOf({ stateVersion: 3 }, check, askedOf([{ ulid: 'A', version: 1 }]))).toBe('due');
    expect(standingOf({ stateVersion: 3 }, check, askedOf([{ ulid: 'A', version: 2 }, { ulid: 'B', version: 2 }]))).toBe('due');
    expect(standingOf({ stateVersion: 3 }, undefined, asked)).toBe('due');
  });

  it('is free without policies, unless they are gone that held it', () => {
    expect(standingOf({ stateVersion: 3 }, undefined, [])).toBe('free');
    expect(standingOf({ stateVersion: 3 }, check, [])).toBe('free');
    expect(standingOf({ stateVersion: 3 }, { ...check, approval: 'undecided' }, [])).toBe('due');
    expect(standingOf({ stateVersion: 3 }, { ...check, approval: 'undecided', orphaned: true }, [])).toBe('undecided');
  });

  it('is decided by all approval policies together', () => {
    const says = (approve: boolean, reject = false) => ({ approve, reject, approve_with_note: [], reject_with_note: [] });
    expect(combineApprovals([])).toMatchObject({ outcome: 'approved' });
    expect(combineApprovals([verdict('a', says(true)), verdict('b', says(false))])).toMatchObject({ outcome: 'undecided', missing: ['b'] });
    expect(combineApprovals([verdict('a', says(true)), verdict('b', says(true, true))])).toMatchObject({ outcome: 'rejected', notes: ['policy "b" rejects'] });
    expect(combineApprovals([verdict('a', says(true)), verdict('b', null)])).toMatchObject({ outcome: 'undecided', missing: ['b'], notes: [expect.stringContaining('could not be evaluated: timeout')] });
  });

  it('holds the queue behind a blocking run, and lets previews by', () => {
    const stack = { isDisabled: false, deleting: false, blockerRunId: null, poolId: 'pool' };
    const run = (id: string, changes: Partial<QueuedRun> = {}): QueuedRun => ({ id, type: 'TRACKED', state: 'QUEUED', workerPoolId: 'pool', ...changes });
    const moves = decideQueue(stack, [run('1', { standing: 'undecided', heldReason: 'waiting for approval' }), run('2', { standing: 'approved' }), run('3', { type: 'PROPOSED', standing: 'approved' }), run('4', { state: 'READY', standing: 'due' })]);
    expect(moves.map(({ runId, move, reason }) => [runId, move, reason])).toEqual([
      ['1', 'wait', 'waiting for approval'], ['2', 'wait', 'blocked by run 1'], ['3', 'ready', ''], ['4', 'demote', 'its policies have changed'],
    ]);
  });
});

describe('what follows a plan that policies have seen', () => {
  const outcome = (policies: { readonly deny?: readonly string[]; readonly warn?: readonly string[]; readonly hasApprovals?: boolean }, type: 'TRACKED' | 'PROPOSED' = 'TRACKED', hasChanges = true) =>
    decideAfterPlan({
      run: { type, forceApply: null, stopRequestedAt: null, stopNote: null }, stack: { autodeploy: true, lockedBy: null }, delta: null, hasChanges,
      policies: { deny: [], warn: [], hasApprovals: false, ...policies },
    });

  it('is failure when one denies, also where nothing would change', () => {
    expect(outcome({ deny: ['no'], warn: ['hm'] }, 'TRACKED', false)).toEqual({ decision: 'fail', event: 'fail', note: 'denied by policy: no' });
  });

  it('is a person\'s decision when one warns, and a review for a preview', () => {
    expect(outcome({ warn: ['hm'] })).toMatchObject({ decision: 'release', event: 'park' });
    expect(outcome({ warn: ['hm'], hasApprovals: true }, 'PROPOSED')).toMatchObject({ decision: 'finish', event: 'review' });
    expect(outcome({ warn: ['hm'] }, 'PROPOSED')).toMatchObject({ decision: 'finish', event: 'finish' });
    expect(outcome({})).toMatchObject({ decision: 'apply' });
  });
});

describe('what push policies make of an event together', () => {
  const nothing: PolicyDecisions['GIT_PUSH'] = {
    sample: false, track: false, propose: false, ignore: false, ignore_track: false, notrigger: false, notify: false, prioritize: false, allow_fork: false, fail: false,
    cancel: [], message: [], external_dependency: [], flag: [], reset_flag: [], lock: '', unlock: '', module_version: '',
  };
  const made = (...decisions: readonly (Partial<PolicyDecisions['GIT_PUSH']> | null)[]) => pushVerdict(decisions.map((decision, n) => verdict(`p${9 - n}`, decision === null ? null : { ...nothing, ...decision })));

  it('is or-ed: ignoring wins, then tracking, then proposing', () => {
    expect(made({ track: true }, { ignore: true, message: ['b', 'a'] })).toMatchObject({ kind: 'ignore', reason: 'dismissed by push policy: a; b' });
    expect(made({ track: true, propose: true })).toMatchObject({ kind: 'track' });
    expect(made({ track: true }, { ignore_track: true, propose: true })).toMatchObject({ kind: 'propose' });
    expect(made({ track: true, notrigger: true })).toMatchObject({ kind: 'move' });
    expect(made({})).toMatchObject({ kind: 'ignore' });
  });

  it('takes the first lock by the policies\' ids, and nothing at all from an event that one could not judge', () => {
    expect(made({ propose: true, lock: 'second' }, { lock: 'first' })).toMatchObject({ lock: 'first' });
    expect(made({ track: true, lock: 'key', unlock: 'other' }, null)).toMatchObject({ kind: 'ignore', lock: '', unlock: '', reason: expect.stringContaining('could not be evaluated') });
  });
});

describe('the words of receipts', () => {
  it('say what each type decided, and on errors never more than nothing', () => {
    const types: readonly PolicyType[] = ['LOGIN', 'ACCESS', 'APPROVAL', 'GIT_PUSH', 'INITIALIZATION', 'PLAN', 'TASK', 'TRIGGER', 'NOTIFICATION'];
    expect(types.map((type) => outcomeOf(type, null))).toEqual(['deny', 'deny', 'undecided', 'ignore', 'deny', 'deny', 'deny', 'undecided', 'undecided']);
  });
});

describe('the text of an input', () => {
  it('keeps integers that a double would round', () => {
    expect(inputText({ at: nanoseconds(new Date(1_700_000_000_123)), list: [1n], none: undefined })).toBe('{"at":1700000000123000000,"list":[1]}');
    expect(objectOfTexts({ a: '{"n":9007199254740993}', 'b"': 'null' })).toBe('{"a":{"n":9007199254740993},"b\\"":null}');
  });

  it('is attached by label', () => {
    expect([attachesItself(['autoattach:*'], []), attachesItself(['autoattach:a'], ['a']), attachesItself(['autoattach:a'], ['b']), attachesItself(['a'], ['a'])]).toEqual([true, true, false, false]);
  });
});

describe('saving a policy without an engine', () => {
  let app: TestApp;
  before(async () => {
    app = await testApp({ policyEngine: opaPolicyEngine({ command: undefined, memoryMib: 1, maxInputMib: 1 }) });
    await anAccount(app);
  });
  after(() => app.close());

  it('is refused with what to do', async () => {
    await expect(createPolicy(app.ports, adminActor(), { name: 'x', type: 'PLAN', body: 'package spacelift\n' })).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('npm run build:engine') });
  });
});
