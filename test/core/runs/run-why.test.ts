import { describe, it } from 'node:test';
import { expect } from 'expect';
import { whyOf, whyOfStack } from '../../../lib/core/runs/run-why.ts';
import type { RunHistoryEntry } from '../../../lib/core/runs/run.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute));
const entry = (stateVersion: number, changes: Partial<RunHistoryEntry>): RunHistoryEntry => ({
  runId: 'R', stateVersion, state: 'QUEUED', at: at(stateVersion), username: null, note: null, hasLogs: false, terminal: false, ...changes,
});
const push = { at: at(0).toISOString(), kind: 'push', text: 'ada pushed 1a2b to main', subject: '1a2b' };

describe('why a run is where it is', () => {
  it('leads from the event over deeds and decisions to the end, oldest first', () => {
    const history = [
      entry(9, { state: 'FINISHED', terminal: true }),
      entry(6, { state: 'CONFIRMED', username: 'bob', note: 'looks right' }),
      entry(5, { state: 'UNCONFIRMED', note: 'Autodeploy is off' }),
      entry(1, { state: 'READY' }),
      entry(0, {}),
    ];

    expect(whyOf({ causes: [push] }, history).map(({ kind, text, subject }) => [kind, text, subject])).toEqual([
      ['push', 'ada pushed 1a2b to main', '1a2b'],
      ['decision', 'UNCONFIRMED: Autodeploy is off', null],
      ['person', 'bob confirmed the run: looks right', 'bob'],
      ['decision', 'FINISHED', null],
    ]);
  });

  it('tells of a stack which events made a run and which did not, newest first', () => {
    const runs = [{ id: 'R', type: 'TRACKED' as const, title: 'Add a network', createdAt: at(1), causes: [push] }];
    const ignored = [{ id: 'I', stackId: 's', commitHash: 'abcdef0123', branch: 'main', reason: 'no files in the project root were affected', createdAt: at(2) }];

    expect(whyOfStack({ runs, ignored, unread: undefined }, 10).map(({ kind, text }) => [kind, text])).toEqual([
      ['ignored', 'commit abcdef01 on main made no run: no files in the project root were affected'],
      ['push', 'ada pushed 1a2b to main: made the tracked run R'],
    ]);
    expect(whyOfStack({ runs, ignored, unread: undefined }, 1)).toHaveLength(1);
  });

  it('tells of a stack first of all that its repository cannot be looked at, however much happened since', () => {
    const runs = [{ id: 'R', type: 'TASK' as const, title: 'terraform plan', createdAt: at(5), causes: [] }];

    const why = whyOfStack({ runs, ignored: [], unread: { at: at(1), error: 'the host is away' } }, 1);

    expect(why).toEqual([{ at: at(1).toISOString(), kind: 'delivery', text: 'the repository could not be looked at, so no push is heard of: the host is away', subject: null }]);
  });
});
