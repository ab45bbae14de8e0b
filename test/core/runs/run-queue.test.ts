import { describe, it } from 'node:test';
import { expect } from 'expect';
import { decideQueue, type QueuedRun, type QueueOfStack } from '../../../lib/core/runs/run-queue.ts';

const stack: QueueOfStack = { isDisabled: false, deleting: false, blockerRunId: null, poolId: 'P' };
const run = (id: string, changes: Partial<QueuedRun> = {}): QueuedRun => ({ id, type: 'TRACKED', state: 'QUEUED', workerPoolId: 'P', ...changes });
const shown = (at: Partial<QueueOfStack>, ...runs: QueuedRun[]) => decideQueue({ ...stack, ...at }, runs).map(({ runId, move, reason }) => [runId, move, reason]);

describe('the queue of a stack', () => {
  it('lets the oldest blocking run go and the others wait for it', () => {
    expect(shown({}, run('02'), run('01'), run('03', { type: 'TASK' }))).toEqual([
      ['01', 'ready', ''],
      ['02', 'wait', 'blocked by run 01'],
      ['03', 'wait', 'blocked by run 01'],
    ]);
  });

  it('holds blocking runs back while the slot is taken, with the id of who has it', () => {
    const [decision] = decideQueue({ ...stack, blockerRunId: '00' }, [run('01')]);

    expect(decision).toEqual({ runId: '01', move: 'wait', reason: 'blocked by run 00', blockedBy: '00' });
  });

  it('never holds previews back for another run', () => {
    expect(shown({ blockerRunId: '00' }, run('01'), run('02', { type: 'PROPOSED' }), run('03', { type: 'PROPOSED' }))).toEqual([
      ['01', 'wait', 'blocked by run 00'],
      ['02', 'ready', ''],
      ['03', 'ready', ''],
    ]);
  });

  it('keeps the order even when the oldest has to wait for something else', () => {
    expect(shown({ poolId: null }, run('01', { workerPoolId: null }), run('02'))).toEqual([
      ['01', 'wait', 'no worker pool attached'],
      ['02', 'wait', 'blocked by run 01'],
    ]);
  });

  it('gives a run that found no pool the one there is now', () => {
    expect(shown({ poolId: 'shared' }, run('01', { workerPoolId: null }))).toEqual([['01', 'ready', '']]);
  });

  it('holds everything back while the stack is disabled, and takes back what no worker has begun', () => {
    expect(shown({ isDisabled: true, blockerRunId: '01' }, run('01', { state: 'READY' }), run('02', { type: 'PROPOSED' }), run('03', { type: 'PROPOSED', state: 'READY' }))).toEqual([
      ['01', 'demote', 'stack is disabled'],
      ['02', 'wait', 'stack is disabled'],
      ['03', 'demote', 'stack is disabled'],
    ]);
  });

  it('lets only the destruction through while the stack is being deleted', () => {
    expect(shown({ deleting: true, isDisabled: true }, run('01', { type: 'PROPOSED' }), run('02', { type: 'DESTROY' }))).toEqual([
      ['01', 'wait', 'stack is being deleted'],
      ['02', 'ready', ''],
    ]);
  });

  it('holds a run back for what happens outside, and what is behind it, after everything else that does', () => {
    const outside = { open: ['image'], openCount: 1, failed: null };
    expect(shown({}, run('01', { outside }), run('02'), run('03', { type: 'PROPOSED', outside }))).toEqual([
      ['01', 'wait', 'waiting for external dependency "image"'],
      ['02', 'wait', 'blocked by run 01'],
      ['03', 'wait', 'waiting for external dependency "image"'],
    ]);
    expect(shown({ isDisabled: true }, run('01', { outside }))).toEqual([['01', 'wait', 'stack is disabled']]);
    expect(shown({}, run('01', { outside, standing: 'undecided', heldReason: 'waiting for approval' }))).toEqual([['01', 'wait', 'waiting for approval']]);
  });

  it('ends a run whose dependency failed at once, wherever it stands, and goes on with the next', () => {
    const outside = { open: ['scan'], openCount: 1, failed: 'image' };
    expect(shown({ isDisabled: true }, run('01', { outside }))).toEqual([['01', 'fail', 'external dependency image failed']]);
    expect(shown({}, run('01', { outside }), run('02'), run('03', { outside }))).toEqual([
      ['01', 'fail', 'external dependency image failed'],
      ['02', 'ready', ''],
      ['03', 'fail', 'external dependency image failed'],
    ]);
  });

  it('leaves READY runs alone while nothing has changed', () => {
    expect(shown({ blockerRunId: '01' }, run('01', { state: 'READY' }), run('02', { type: 'PROPOSED', state: 'READY' }))).toEqual([]);
  });
});
