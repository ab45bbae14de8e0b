import { describe, it } from 'node:test';
import { expect } from 'expect';
import { wantedLogs, withLogs } from '../../../lib/core/notifications/log-placeholders.ts';
import { distinctNotices } from '../../../lib/core/notifications/notices.ts';
import { timingOf } from '../../../lib/core/notifications/run-input.ts';
import type { RunHistoryEntry } from '../../../lib/core/runs/run.ts';

const nothing = { sample: false, inbox: [], slack: [], webhook: [], pull_request: [] };

describe('notices', () => {
  it('that are alike are one, over all policies and whatever the order of their members', () => {
    const said = [
      { policyId: 'a', decision: { ...nothing, slack: [{ channel_id: 'C1', message: 'x' }] } },
      { policyId: 'b', decision: { ...nothing, slack: [{ message: 'x', channel_id: 'C1' }, { channel_id: 'C2' }] } },
      { policyId: 'c', decision: null },
    ];
    expect(distinctNotices('slack', said).map(({ policyId, value }) => [policyId, value])).toEqual([['a', { channel_id: 'C1', message: 'x' }], ['b', { channel_id: 'C2' }]]);
  });
});

describe('logs in a payload', () => {
  it('stand where they are asked for, alone or within a text, at any depth, but not in names', () => {
    const payload = { a: 'spacelift::logs::planning', b: [{ c: 'plan: spacelift::logs::planning / apply: spacelift::logs::applying' }], 'spacelift::logs::initializing': 1, d: 'spacelift::logs::unknown' };
    expect(wantedLogs(payload)).toEqual(['PLANNING', 'APPLYING']);
    expect(withLogs(payload, new Map([['PLANNING', 'P'], ['APPLYING', 'A']]))).toEqual({ a: 'P', b: [{ c: 'plan: P / apply: A' }], 'spacelift::logs::initializing': 1, d: 'spacelift::logs::unknown' });
  });

  it('may hold what looks like a replacement', () => {
    expect(withLogs('spacelift::logs::planning', new Map([['PLANNING', '$& $1 spacelift::logs::applying']]))).toBe('$& $1 spacelift::logs::applying');
  });
});

describe('the timing of a run', () => {
  it('says in nanoseconds how long each state took that is over', () => {
    const entry = (stateVersion: number, state: RunHistoryEntry['state'], seconds: number): RunHistoryEntry => ({ runId: 'r', stateVersion, state, at: new Date(seconds * 1000), username: null, note: null, hasLogs: false, terminal: false });
    expect(timingOf([entry(2, 'PREPARING', 7.5), entry(0, 'QUEUED', 1), entry(1, 'READY', 3)])).toEqual([{ state: 'QUEUED', duration: 2_000_000_000n }, { state: 'READY', duration: 4_500_000_000n }]);
  });
});
