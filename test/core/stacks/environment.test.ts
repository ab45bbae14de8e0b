import { describe, it } from 'node:test';
import { expect } from 'expect';
import type { AttachedContext } from '../../../lib/core/contexts/context.ts';
import { mergeFiles, mergeHooks, mergeVariables, variablesOnly } from '../../../lib/core/stacks/environment.ts';
import { hookLists } from '../../../lib/core/shared/hooks.ts';

const merged = (...levels: Readonly<Record<string, string>>[]) => Object.fromEntries(mergeVariables(levels.map(variablesOnly)).map(({ name, value }) => [name, value]));

describe('variables of several levels', () => {
  it('come from the strongest level that has them', () => {
    expect(merged({ A: '1' }, { A: '2', B: '2' }, { B: '3', C: '3' })).toEqual({ A: '1', B: '2', C: '3' });
  });

  it('keep a phase\'s own value beside the plain one of the same or a weaker level', () => {
    expect(merged({ A: '1', ro_A: 'read' })).toEqual({ A: '1', ro_A: 'read' });
    expect(merged({ wo_A: 'write' }, { A: '1' })).toEqual({ wo_A: 'write', A: '1' });
  });

  it('drop a phase\'s value where a stronger level has the plain one', () => {
    expect(merged({ A: '1' }, { ro_A: 'read', wo_A: 'write', ro_B: 'read' })).toEqual({ A: '1', ro_B: 'read' });
  });
});

describe('files of several levels', () => {
  it('come from the strongest level that has them', () => {
    const file = (path: string, content: string) => ({ variables: [], files: [{ path, content, mode: null, secret: false }] });

    expect(mergeFiles([file('a', 'x'), file('a', 'y'), file('b', 'z')]).map(({ path, content }) => [path, content])).toEqual([['a', 'x'], ['b', 'z']]);
  });
});

describe('hooks of a stack and its contexts', () => {
  it('prepare by contexts first and mirror afterwards', () => {
    const context = (name: string, priority: number, isAutoattached: boolean): AttachedContext => ({
      context: { id: name, name, description: null, labels: [], spaceId: 'root', hooks: hookLists({ beforePlan: [name], afterPlan: [name], afterRun: [name] }), createdAt: new Date(0), updatedAt: new Date(0) },
      attachmentId: name, priority, isAutoattached,
    });
    const contexts = [context('a', 0, true), context('d', 5, false), context('b', 0, true), context('c', 0, false)];

    const hooks = mergeHooks(hookLists({ beforePlan: ['stack'], afterPlan: ['stack'] }), contexts);

    expect(hooks.before_plan).toEqual(['c', 'd', 'b', 'a', 'stack']);
    expect(hooks.after_plan).toEqual(['stack', 'a', 'b', 'd', 'c']);
    expect(hooks.after_run).toEqual(['a', 'b', 'd', 'c']);
    expect(hooks.before_init).toEqual([]);
  });
});
