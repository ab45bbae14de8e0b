import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { endDeletingStacks, endStack, settleEndedRun } from '../../../lib/core/runs/actions/end-stack.ts';
import { stepRun } from '../../../lib/core/runs/actions/step-run.ts';
import { triggerRun } from '../../../lib/core/runs/actions/trigger-run.ts';
import { listRuns } from '../../../lib/core/runs/run-list-store.ts';
import { historyOf } from '../../../lib/core/runs/run-store.ts';
import { systemActor } from '../../../lib/core/shared/actor.ts';
import { unavailable } from '../../../lib/core/shared/errors.ts';
import { deleteStack } from '../../../lib/core/stacks/actions/delete-stack.ts';
import { findStack } from '../../../lib/core/stacks/stack-store.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { adminActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aPool, aStackOfItsOwn, commitWith, insertTestRun, reload } from '../../support/run-builders.ts';

for (const engine of ENGINES) {
  describe(`the end of a stack (${engine})`, () => {
    let app: TestApp;
    let stack: Stack;
    const admin = adminActor({ id: 'ada', login: 'ada' });

    before(async () => {
      app = await testApp({ engine });
    });
    after(() => app.close());
    beforeEach(async () => {
      stack = await aStackOfItsOwn(app, { trackedCommit: commitWith() });
    });

    /** As a person asks for it, with its message lost: what comes of it is up to the test. */
    const ask = async (destroyResources: boolean) => {
      await deleteStack(app.ports, admin, { id: stack.id, destroyResources });
      await app.ports.db.sql.deleteFrom('messages').execute();
    };
    const end = (destroyResources: boolean) => endStack(app.ports, { stackId: stack.id, destroyResources, by: 'ada' });
    const tick = () => endDeletingStacks(app.ports);
    const found = () => findStack(app.ports.db.sql, stack.id);
    const destructions = () => listRuns(app.ports.db.sql, stack.id, { types: ['DESTROY'] });
    const preview = async () => insertTestRun(app, stack, { type: 'PROPOSED', state: 'PLANNING', workerPoolId: await aPool(app) });

    it('begins with one destruction, however often it is told', async () => {
      await ask(true);

      await Promise.all([end(true), end(true), tick(), tick()]);

      expect(await destructions()).toEqual([expect.objectContaining({ type: 'DESTROY', state: 'QUEUED', triggeredBy: 'ada', commit: stack.trackedCommit })]);
    });

    it('comes when the destruction has finished, and takes the runs with it', async () => {
      await ask(true);
      const run = await insertTestRun(app, stack, { type: 'DESTROY', state: 'DESTROYING' });
      await settleEndedRun(app.ports, { runId: run.id });
      await tick();
      expect(await found()).toBeDefined();

      await stepRun(app.ports, systemActor('test'), run, 'finish');
      await settleEndedRun(app.ports, { runId: run.id });
      await settleEndedRun(app.ports, { runId: run.id });

      expect(await found()).toBeUndefined();
      expect(await historyOf(app.ports.db.sql, run.id)).toEqual([]);
    });

    it('does not come when the destruction failed; it may be asked for again', async () => {
      await ask(true);
      const run = await insertTestRun(app, stack, { type: 'DESTROY', state: 'DESTROYING' });

      await stepRun(app.ports, systemActor('test'), run, 'fail');
      await settleEndedRun(app.ports, { runId: run.id });
      await end(true);
      await tick();
      expect(await found()).toMatchObject({ deleting: false, state: 'FAILED' });
      expect(await destructions()).toHaveLength(1);

      await ask(true);
      await tick();
      expect(await destructions()).toHaveLength(2);
    });

    it('comes with a destruction that somebody triggered, and never before it', async () => {
      const run = await triggerRun(app.ports, admin, { stackId: stack.id, type: 'DESTROY' });
      await tick();
      expect(await found()).toMatchObject({ deleting: true });

      await app.ports.db.sql.updateTable('runs').set({ state: 'FINISHED', finished_at: app.clock.now() }).where('id', '=', run.id).execute();
      await tick();
      expect(await found()).toBeUndefined();
    });

    it('comes at once when the resources are to stay', async () => {
      await insertTestRun(app, stack, { type: 'PROPOSED', state: 'READY' });
      await ask(false);

      await end(false);
      await end(false);

      expect(await found()).toBeUndefined();
    });

    it('waits for a preview that a worker executes: it is stopped, and its end brings the end of the stack', async () => {
      const run = await preview();
      await ask(false);

      // However often the message comes while the worker takes its time, it does not fail.
      for (let times = 0; times < 5; times++) await end(false);
      expect(await reload(app, run)).toMatchObject({ stopNote: 'the stack is being deleted' });
      expect(await found()).toMatchObject({ deleting: true });

      await stepRun(app.ports, systemActor('test'), await reload(app, run), 'stop');
      await app.drain();
      expect(await found()).toBeUndefined();
    });

    it('does not take a preview\'s end for leave to keep the resources', async () => {
      const run = await preview();
      await ask(true);
      await stepRun(app.ports, systemActor('test'), await reload(app, run), 'finish');

      await app.drain();

      expect(await found()).toMatchObject({ deleting: true });
      expect(await destructions()).toEqual([expect.objectContaining({ state: expect.stringMatching(/QUEUED|READY/) })]);
    });

    it('is not held up by a preview that waits for a review, which no worker has', async () => {
      await insertTestRun(app, stack, { type: 'PROPOSED', state: 'PENDING_REVIEW', workerId: 'W' });
      await app.ports.db.sql.updateTable('stacks').set({ deleting: true, deletion_destroys: false, deletion_by: 'ada' }).where('id', '=', stack.id).execute();

      await tick();

      expect(await found()).toBeUndefined();
    });

    it('is brought about by the tick when its message is lost, and by two ticks at once', async () => {
      await ask(false);

      await Promise.all([tick(), tick()]);

      expect(await found()).toBeUndefined();
    });

    it('is tried again by every tick while the git host is away', async () => {
      stack = await aStackOfItsOwn(app, { trackedCommit: null });
      await ask(true);
      const away = { ...app.ports, vcs: { ...app.vcs, commit: () => Promise.reject(unavailable('the host does not answer')) } };

      await endDeletingStacks(away);
      expect(await found()).toMatchObject({ deleting: true });
      expect(await destructions()).toEqual([]);
      await tick();

      expect(await destructions()).toHaveLength(1);
    });

    it('is called off when there is no commit to destroy it with', async () => {
      stack = await aStackOfItsOwn(app, { branch: 'gone', repositoryUrl: 'https://git.example.com/gone.git' });
      await ask(true);
      app.vcs.forget(stack.repositoryUrl);

      await end(true);

      expect(await found()).toMatchObject({ deleting: false });
    });
  });
}
