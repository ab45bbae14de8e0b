import { afterEach, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { assignPool } from '../../../lib/core/handovers/actions/assign-pool.ts';
import { claimRun } from '../../../lib/core/handovers/actions/claim-run.ts';
import { sweepHandovers } from '../../../lib/core/handovers/actions/sweep-handovers.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import type { TestApp } from '../../support/app.ts';
import { aRun, handoversApp, poolStack, workerAgain } from '../../support/handover-builders.ts';
import { reload } from '../../support/run-builders.ts';
import { aWorker, aWorkerPool, type TestPool } from '../../support/worker-builders.ts';

describe('assigning runs to workers', () => {
  let app: TestApp;
  let pool: TestPool;
  let stack: Stack;
  beforeEach(async () => {
    app = await handoversApp();
    pool = await aWorkerPool(app);
    stack = await poolStack(app, pool);
  });
  afterEach(() => app.close());

  const assigned = () => app.published.filter(({ message }) => message.type === 'run.assign').map(({ workerId, message }) => ({ workerId, runId: 'runId' in message ? message.runId : '' }));

  it('gives the first run of the queue to the worker that became free last', async () => {
    const old = await aWorker(app, pool);
    app.clock.advance(1000);
    const young = await aWorker(app, pool);
    const preview = await aRun(app, stack, { type: 'PROPOSED' });
    const deployment = await aRun(app, stack);

    await assignPool(app.ports, { poolId: pool.pool.id });

    expect(assigned()).toEqual([{ workerId: young.id, runId: deployment.id }, { workerId: old.id, runId: preview.id }]);
    expect(await workerAgain(app, young)).toMatchObject({ busy: true, runId: null });
  });

  it('says of the others why they wait, and names the pool', async () => {
    const run = await aRun(app, stack);

    await assignPool(app.ports, { poolId: pool.pool.id });
    expect((await reload(app, run)).waiting).toMatchObject({ reason: 'no worker is connected to pool fleet', workerPoolId: pool.pool.id });

    const worker = await aWorker(app, pool);
    await app.ports.db.sql.updateTable('workers').set({ run_id: 'ANOTHER', lease: 1 }).where('id', '=', worker.id).execute();
    await assignPool(app.ports, { poolId: pool.pool.id });
    expect((await reload(app, run)).waiting?.reason).toBe('no idle worker in pool fleet');
  });

  it('promises a run only once, however often it looks', async () => {
    await aWorker(app, pool);
    await aWorker(app, pool);
    await aRun(app, stack);

    await Promise.all([1, 2, 3].map(() => assignPool(app.ports, { poolId: pool.pool.id })));

    expect(assigned()).toHaveLength(1);
  });

  it('takes an assignment back after ten seconds and prefers other workers for a while', async () => {
    const deaf = await aWorker(app, pool);
    const run = await aRun(app, stack);
    await app.drain();
    expect(assigned()).toEqual([{ workerId: deaf.id, runId: run.id }]);

    app.clock.advance(10_000);
    await app.drain();

    expect(await workerAgain(app, deaf)).toMatchObject({ busy: false, passedOverUntil: expect.any(Date) });
    expect(app.published.some(({ message, workerId }) => message.type === 'job.available' && workerId === undefined)).toBe(true);
    const next = await aWorker(app, pool);
    await app.drain();
    expect(assigned().at(-1)).toEqual({ workerId: next.id, runId: run.id });
  });

  it('leaves a claimed run alone when its assignment would expire', async () => {
    const worker = await aWorker(app, pool);
    const run = await aRun(app, stack);
    await app.drain();
    await claimRun(app.ports, worker);

    app.clock.advance(10_000);
    await app.drain();

    expect(await reload(app, run)).toMatchObject({ state: 'PREPARING', workerId: worker.id });
    expect((await workerAgain(app, worker)).passedOverUntil).toBeNull();
  });

  it('sends runs of a stack that was disabled back to the queue', async () => {
    await aWorker(app, pool);
    const run = await aRun(app, stack);
    await app.ports.db.sql.updateTable('stacks').set({ is_disabled: true }).where('id', '=', stack.id).execute();

    await assignPool(app.ports, { poolId: pool.pool.id });

    expect(await reload(app, run)).toMatchObject({ state: 'QUEUED' });
    expect(assigned()).toEqual([]);
  });

  it('is repeated by the tick when a message was lost', async () => {
    const worker = await aWorker(app, pool);
    const run = await aRun(app, stack);

    await sweepHandovers(app.ports);

    expect(assigned()).toEqual([{ workerId: worker.id, runId: run.id }]);
  });
});
