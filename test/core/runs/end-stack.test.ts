import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { endStack, settleDestroyedStack } from '../../../lib/core/runs/actions/end-stack.ts';
import { stepRun } from '../../../lib/core/runs/actions/step-run.ts';
import { listRuns } from '../../../lib/core/runs/run-list-store.ts';
import { historyOf } from '../../../lib/core/runs/run-store.ts';
import { systemActor } from '../../../lib/core/shared/actor.ts';
import { findStack } from '../../../lib/core/stacks/stack-store.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { aPool, aStackOfItsOwn, commitWith, conflictOf, insertTestRun, reload } from '../../support/run-builders.ts';

describe('the end of a stack', () => {
  let app: TestApp;
  let stack: Stack;

  before(async () => {
    app = await testApp();
  });
  after(() => app.close());
  beforeEach(async () => {
    stack = await aStackOfItsOwn(app, { trackedCommit: commitWith(), deleting: true });
  });

  const end = (destroyResources: boolean) => endStack(app.ports, { stackId: stack.id, destroyResources, by: 'ada' });
  const destructions = () => listRuns(app.ports.db.sql, stack.id, { types: ['DESTROY'] });

  it('begins with one destruction, however often it is told', async () => {
    await Promise.all([end(true), end(true), end(true)]);

    expect(await destructions()).toEqual([expect.objectContaining({ type: 'DESTROY', state: 'QUEUED', triggeredBy: 'ada', commit: stack.trackedCommit })]);
  });

  it('comes when the destruction has finished, and takes the runs with it', async () => {
    const run = await insertTestRun(app, stack, { type: 'DESTROY', state: 'DESTROYING' });
    await settleDestroyedStack(app.ports, { runId: run.id });
    expect(await findStack(app.ports.db.sql, stack.id)).toBeDefined();

    await stepRun(app.ports, systemActor('test'), run, 'finish');
    await settleDestroyedStack(app.ports, { runId: run.id });
    await settleDestroyedStack(app.ports, { runId: run.id });

    expect(await findStack(app.ports.db.sql, stack.id)).toBeUndefined();
    expect(await historyOf(app.ports.db.sql, run.id)).toEqual([]);
  });

  it('does not come when the destruction failed; it may be asked for again', async () => {
    const run = await insertTestRun(app, stack, { type: 'DESTROY', state: 'DESTROYING' });

    await stepRun(app.ports, systemActor('test'), run, 'fail');
    await settleDestroyedStack(app.ports, { runId: run.id });
    await end(true);
    expect(await findStack(app.ports.db.sql, stack.id)).toMatchObject({ deleting: false, state: 'FAILED' });
    expect(await destructions()).toHaveLength(1);

    await app.ports.db.sql.updateTable('stacks').set({ deleting: true }).where('id', '=', stack.id).execute();
    await end(true);
    expect(await destructions()).toHaveLength(2);
  });

  it('comes at once when the resources are to stay', async () => {
    await insertTestRun(app, stack, { type: 'PROPOSED', state: 'READY' });

    await end(false);
    await end(false);

    expect(await findStack(app.ports.db.sql, stack.id)).toBeUndefined();
  });

  it('waits for a preview that a worker still executes, and stops it', async () => {
    const run = await insertTestRun(app, stack, { type: 'PROPOSED', state: 'PLANNING', workerId: 'W', workerPoolId: await aPool(app) });

    expect(await conflictOf(end(false))).toContain(run.id);

    expect(await reload(app, run)).toMatchObject({ stopNote: 'the stack is being deleted' });
    expect(await findStack(app.ports.db.sql, stack.id)).toMatchObject({ deleting: true });
  });

  it('is called off when there is no commit to destroy it with', async () => {
    stack = await aStackOfItsOwn(app, { deleting: true, branch: 'gone', repositoryUrl: 'https://git.example.com/gone.git' });
    app.vcs.forget(stack.repositoryUrl);

    await end(true);

    expect(await findStack(app.ports.db.sql, stack.id)).toMatchObject({ deleting: false });
  });
});
