import { describe, it } from 'node:test';
import { expect } from 'expect';
import {
  ACTIVE_STATES, CLAIMABLE_STATES, RUN_STATES, RUN_TRANSITIONS, TERMINAL_STATES, advance, isBlocking, isStoppable, nextState, type RunEvent, type RunState,
} from '../../../lib/core/runs/run-states.ts';

const EVENTS = [...new Set(Object.values(RUN_TRANSITIONS).flatMap((row) => Object.keys(row)))] as RunEvent[];

/** Which states may follow which, however an event is called. */
const FOLLOWS: Readonly<Record<RunState, readonly RunState[]>> = {
  QUEUED: ['READY', 'CANCELED', 'DISCARDED', 'FAILED', 'SKIPPED'],
  READY: ['PREPARING', 'QUEUED', 'CANCELED', 'DISCARDED', 'FAILED'],
  PREPARING: ['INITIALIZING', 'PERFORMING', 'FAILED', 'STOPPED', 'READY'],
  INITIALIZING: ['PLANNING', 'PERFORMING', 'DESTROYING', 'FINISHED', 'FAILED', 'STOPPED', 'READY'],
  PLANNING: ['FINISHED', 'PENDING_REVIEW', 'UNCONFIRMED', 'APPLYING', 'FAILED', 'STOPPED', 'READY'],
  PENDING_REVIEW: ['FINISHED', 'FAILED', 'DISCARDED'],
  UNCONFIRMED: ['CONFIRMED', 'DISCARDED', 'REPLAN_REQUESTED', 'FAILED'],
  REPLAN_REQUESTED: ['PREPARING_REPLAN', 'DISCARDED', 'FAILED'],
  PREPARING_REPLAN: ['PLANNING', 'FAILED', 'STOPPED', 'REPLAN_REQUESTED'],
  CONFIRMED: ['PREPARING_APPLY', 'FAILED', 'DISCARDED'],
  PREPARING_APPLY: ['APPLYING', 'FAILED', 'CONFIRMED'],
  APPLYING: ['FINISHED', 'FAILED', 'DESTROYING'],
  PERFORMING: ['FINISHED', 'FAILED'],
  DESTROYING: ['FINISHED', 'FAILED'],
  FINISHED: [], FAILED: [], STOPPED: [], CANCELED: [], DISCARDED: [], SKIPPED: [],
};

describe('the states of a run', () => {
  for (const state of RUN_STATES) {
    it(`${state} is followed by ${FOLLOWS[state].join(', ') || 'nothing'}`, () => {
      expect(new Set(Object.values(RUN_TRANSITIONS[state]))).toEqual(new Set(FOLLOWS[state]));
    });
  }

  it('raise the version by one, and record when the run ended', () => {
    const at = new Date('2026-02-01T00:00:00Z');
    const run = { id: 'R', state: 'PLANNING' as RunState, stateVersion: 4, updatedAt: new Date(0), finishedAt: null };

    expect(advance(run, 'park', at)).toEqual({ id: 'R', state: 'UNCONFIRMED', stateVersion: 5, updatedAt: at, finishedAt: null });
    expect(advance(run, 'finish', at)).toEqual({ id: 'R', state: 'FINISHED', stateVersion: 5, updatedAt: at, finishedAt: at });
  });

  it('refuse in words what they do not allow', () => {
    for (const state of RUN_STATES)
      for (const event of EVENTS)
        if (nextState(state, event) === undefined)
          expect(() => advance({ id: 'R', state, stateVersion: 0, updatedAt: new Date(0), finishedAt: null }, event, new Date(0))).toThrow(`a run in state ${state} cannot ${event}`);
  });

  it('let a worker claim READY, REPLAN_REQUESTED and CONFIRMED', () => {
    expect([...CLAIMABLE_STATES].sort()).toEqual(['CONFIRMED', 'READY', 'REPLAN_REQUESTED']);
  });

  it('can be stopped up to planning; what changes resources only killed', () => {
    expect(ACTIVE_STATES.filter(isStoppable).sort()).toEqual(['INITIALIZING', 'PLANNING', 'PREPARING', 'PREPARING_REPLAN']);
  });

  it('end in six ways', () => {
    expect([...TERMINAL_STATES].sort()).toEqual(['CANCELED', 'DISCARDED', 'FAILED', 'FINISHED', 'SKIPPED', 'STOPPED']);
  });

  it('belong to a slot for what may change the stack', () => {
    expect((['TRACKED', 'TASK', 'DESTROY', 'PROPOSED', 'TESTING', 'PARSE'] as const).filter(isBlocking)).toEqual(['TRACKED', 'TASK', 'DESTROY']);
  });
});
