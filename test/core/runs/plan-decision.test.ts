import { describe, it } from 'node:test';
import { expect } from 'expect';
import type { Delta } from '../../../lib/protocol/worker-api.ts';
import { decideAfterPlan, isNoOp, type PlanOutcome } from '../../../lib/core/runs/plan-decision.ts';

const none: Delta = { addCount: 0, changeCount: 0, deleteCount: 0, importCount: 0, moveCount: 0, forgetCount: 0, resources: 3 };
const outcome = (changes: { [K in keyof PlanOutcome]?: Partial<PlanOutcome[K]> | PlanOutcome[K] } = {}): PlanOutcome => ({
  delta: { ...none, addCount: 1 },
  hasChanges: true,
  ...(changes as Partial<PlanOutcome>),
  run: { type: 'TRACKED', forceApply: null, stopRequestedAt: null, stopNote: null, ...(changes.run as object) },
  stack: { autodeploy: false, lockedBy: null, ...(changes.stack as object) },
});
const unchanged = { delta: none, hasChanges: false };

describe('what follows a plan', () => {
  it('parks a tracked run that changes something, for autodeploy is off', () => {
    expect(decideAfterPlan(outcome())).toEqual({ decision: 'release', event: 'park', note: 'Autodeploy is off' });
  });

  it('applies at once with autodeploy', () => {
    expect(decideAfterPlan(outcome({ stack: { autodeploy: true } }))).toEqual({ decision: 'apply', event: 'apply', note: null });
  });

  it('parks in spite of autodeploy, and of a forced apply, while the stack is locked', () => {
    const locked = { autodeploy: true, lockedBy: 'ada' };
    expect(decideAfterPlan(outcome({ stack: locked }))).toEqual({ decision: 'release', event: 'park', note: 'Autodeploy is off: the stack is locked by ada' });
    expect(decideAfterPlan(outcome({ stack: locked, run: { forceApply: 'SINGLE' } }))).toMatchObject({ event: 'park' });
  });

  it('finishes a tracked run that changes nothing', () => {
    expect(decideAfterPlan(outcome(unchanged))).toEqual({ decision: 'finish', event: 'finish', note: 'No changes' });
    expect(decideAfterPlan(outcome({ ...unchanged, stack: { autodeploy: true } }))).toMatchObject({ event: 'finish' });
  });

  it('applies nothing at all when that is forced', () => {
    expect(decideAfterPlan(outcome({ ...unchanged, run: { forceApply: 'SINGLE' } }))).toMatchObject({ event: 'apply' });
    expect(decideAfterPlan(outcome({ ...unchanged, run: { forceApply: 'CASCADE' } }))).toMatchObject({ event: 'apply' });
  });

  it('takes a skipped plan for one that may change anything', () => {
    expect(decideAfterPlan(outcome({ ...unchanged, skipped: true }))).toMatchObject({ event: 'park' });
    expect(decideAfterPlan(outcome({ ...unchanged, skipped: true, stack: { autodeploy: true } }))).toMatchObject({ event: 'apply' });
  });

  it('finishes a preview, whatever it found', () => {
    expect(decideAfterPlan(outcome({ run: { type: 'PROPOSED' }, stack: { autodeploy: true } }))).toEqual({ decision: 'finish', event: 'finish', note: null });
  });

  it('honours a stop that was asked for while it planned', () => {
    const stopped = { stopRequestedAt: new Date(0), stopNote: 'enough' };
    expect(decideAfterPlan(outcome({ run: stopped, stack: { autodeploy: true } }))).toEqual({ decision: 'discard', event: 'stop', note: 'enough' });
  });

  for (const counter of ['addCount', 'changeCount', 'deleteCount', 'importCount', 'moveCount', 'forgetCount'] as const)
    it(`counts ${counter} as a change`, () => {
      expect(isNoOp({ delta: { ...none, [counter]: 1 }, hasChanges: false })).toBe(false);
    });

  it('counts neither the resources there are nor a missing delta', () => {
    expect(isNoOp({ delta: none, hasChanges: false })).toBe(true);
    expect(isNoOp({ delta: null, hasChanges: false })).toBe(true);
  });

  it('believes the report of a change that no counter knows', () => {
    expect(isNoOp({ delta: none, hasChanges: true })).toBe(false);
  });
});
