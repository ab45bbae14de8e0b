import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { endLostRun } from '../../../lib/core/handovers/actions/end-lost-run.ts';
import { LONGEST_HANDOVER_HOURS, sweepHandovers } from '../../../lib/core/handovers/actions/sweep-handovers.ts';
import { readRunLogs } from '../../../lib/core/handovers/actions/read-run-logs.ts';
import { stepAfterLoss } from '../../../lib/core/handovers/lost-run.ts';
import { encodeChunk } from '../../../lib/core/handovers/run-log.ts';
import { killRun } from '../../../lib/core/runs/actions/kill-run.ts';
import { stopRun } from '../../../lib/core/runs/actions/stop-run.ts';
import type { RunState } from '../../../lib/core/runs/run-states.ts';
import { historyOf } from '../../../lib/core/runs/run-store.ts';
import type { Run } from '../../../lib/core/runs/run.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { adminActor } from '../../support/actors.ts';
import type { TestApp } from '../../support/app.ts';
import { aRun, claimed, handoversApp, poolStack, walk, workerAgain, writeLog } from '../../support/handover-builders.ts';
import { reload } from '../../support/run-builders.ts';
import { aWorker, aWorkerPool, workerNow, type TestPool } from '../../support/worker-builders.ts';

const REASON = 'worker lost: no heartbeat from W for 121s';

describe('a run whose worker is lost', () => {
  const after_ = (state: RunState, changes: Partial<Run> = {}, loss: { mayRequeue?: boolean; workspaceSaved?: boolean } = {}) =>
    stepAfterLoss({ state, attempts: 1, stopRequestedAt: null, killRequestedAt: null, ...changes }, { reason: REASON, mayRequeue: true, workspaceSaved: false, ...loss });

  const TABLE: readonly (readonly [string, ReturnType<typeof after_>, ReturnType<typeof after_>])[] = [
    ['waits again while it was prepared', after_('PREPARING'), { event: 'requeue', note: REASON }],
    ['waits again while its apply was prepared', after_('PREPARING_APPLY'), { event: 'requeue', note: REASON }],
    ['waits again while its replan was prepared', after_('PREPARING_REPLAN', { attempts: 2 }), { event: 'requeue', note: REASON }],
    ['fails after the third worker', after_('PREPARING', { attempts: 3 }), { event: 'fail', note: `${REASON}; the run was handed over 3 times and did not begin` }],
    ['fails at once when its pool was reset', after_('PREPARING', {}, { mayRequeue: false }), { event: 'fail', note: REASON }],
    ['stops when that was asked for', after_('PREPARING', { stopRequestedAt: new Date(0) }), { event: 'stop', note: REASON }],
    ['fails once hooks or tool have run', after_('INITIALIZING'), { event: 'fail', note: REASON }],
    ['fails while it was planned', after_('PLANNING'), { event: 'fail', note: REASON }],
    ['fails with a warning while it was applied', after_('APPLYING'), { event: 'fail', note: `${REASON}; state may be behind the infrastructure` }],
    ['fails with a warning while a task ran', after_('PERFORMING'), { event: 'fail', note: `${REASON}; state may be behind the infrastructure` }],
    ['fails with a warning while it was destroyed', after_('DESTROYING', { killRequestedAt: new Date(0) }), { event: 'fail', note: `${REASON}; state may be behind the infrastructure` }],
    ['fails when it waits without a workspace', after_('UNCONFIRMED'), { event: 'fail', note: `${REASON}; its workspace was not saved, so the run cannot go on` }],
    ['goes on waiting with its workspace', after_('CONFIRMED', {}, { workspaceSaved: true }), undefined],
    ['goes on waiting for a review', after_('PENDING_REVIEW'), undefined],
    ['stays ended', after_('FINISHED'), undefined],
  ];
  for (const [name, actual, expected] of TABLE) it(name, () => expect(actual).toEqual(expected));
});

describe('taking runs back', () => {
  let app: TestApp;
  let pool: TestPool;
  before(async () => {
    app = await handoversApp();
    pool = await aWorkerPool(app);
  });
  after(() => app.close());

  const freshStack = (changes: Partial<Stack> = {}) => {
    const id = app.ports.ids.ulid().toLowerCase();
    return poolStack(app, pool, { id, repositoryUrl: `https://git.example.com/${id}.git`, ...changes });
  };
  const held = async (changes: Partial<Run> = {}) => {
    const run = await aRun(app, await freshStack(), changes);
    const worker = await aWorker(app, pool);
    const job = await claimed(app, worker);
    return { run, worker, job };
  };

  it('fails a silent worker\'s run, closes its log with the reason and takes back its lease', async () => {
    const { run, worker, job } = await held();
    await walk(app, worker, job, 'PREPARING', 'INITIALIZING');
    await writeLog(app, worker, job, { stateVersion: 3, chunks: [encodeChunk([{ message: 'Initializing…', timestamp: 1 }])] });

    app.clock.advance(122_000);
    await app.drain();

    const note = `worker lost: no heartbeat from ${worker.id} for 122s`;
    expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'FAILED', note });
    const logs = await readRunLogs(app.ports, { run: await reload(app, run), state: 'INITIALIZING', stateVersion: 3, token: null });
    expect(logs).toMatchObject({ finished: true, hasMore: false, messages: [{ message: 'Initializing…' }, { message: `[Ground Control] ${note}` }] });
    expect(await workerNow(app, worker)).toBeUndefined();
  });

  it('gives a run that had not begun to other workers, three in all', async () => {
    const { run, worker } = await held();
    let holder = worker;
    for (let lease = 1; lease < 3; lease++) {
      await app.ports.db.sql.deleteFrom('workers').where('id', '=', holder.id).execute();
      await endLostRun(app.ports, { workerId: holder.id, runId: run.id, lease, reason: REASON });
      expect(await reload(app, run)).toMatchObject({ state: 'READY', workerId: null });
      holder = await aWorker(app, pool);
      expect(await claimed(app, holder)).toMatchObject({ run: { id: run.id }, lease: lease + 1 });
    }
    await endLostRun(app.ports, { workerId: holder.id, runId: run.id, lease: 3, reason: REASON });

    expect(await reload(app, run)).toMatchObject({ state: 'FAILED' });
  });

  it('leaves a run alone that another worker has by now', async () => {
    const { run, worker } = await held();

    await endLostRun(app.ports, { workerId: worker.id, runId: run.id, lease: 0, reason: REASON });
    await endLostRun(app.ports, { workerId: 'ANOTHER', runId: run.id, lease: 1, reason: REASON });

    expect(await reload(app, run)).toMatchObject({ state: 'PREPARING', stateVersion: 2 });
  });

  describe('the tick', () => {
    it('finds runs that no worker holds', async () => {
      const { run, worker } = await held();
      await app.ports.db.sql.deleteFrom('workers').where('id', '=', worker.id).execute();

      await sweepHandovers(app.ports);
      expect((await reload(app, run)).state).toBe('PREPARING');
      app.clock.advance(5 * 60_000);
      await sweepHandovers(app.ports);
      expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'READY', note: `worker lost: ${worker.id} no longer holds the run` });
      await app.ports.db.sql.deleteFrom('runs').where('id', '=', run.id).execute();
    });

    it('tells a worker again to stop, and ends a killed run that it does not report', async () => {
      const { run, worker, job } = await held();
      await walk(app, worker, job, 'PREPARING', 'INITIALIZING', 'PLANNING');
      await stopRun(app.ports, adminActor(), { stackId: run.stackId, runId: run.id });
      app.published.length = 0;

      app.clock.advance(31_000);
      await sweepHandovers(app.ports);
      expect(app.published.filter(({ message }) => message.type === 'run.stop')).toMatchObject([{ workerId: worker.id, message: { runId: run.id } }]);

      await killRun(app.ports, adminActor(), { stackId: run.stackId, runId: run.id, note: 'runaway' });
      app.clock.advance(61_000);
      await sweepHandovers(app.ports);
      expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'STOPPED', note: 'runaway' });
      expect(await claimed(app, { ...worker, ...(await workerAgain(app, worker)) }).catch((error: Error) => error.message)).toBe('there was no run to claim');
      expect((await workerAgain(app, worker)).busy).toBe(false);
    });

    it('ends a handover that no worker would take so long for', async () => {
      const { run, worker } = await held();
      app.clock.advance(LONGEST_HANDOVER_HOURS * 3_600_000);

      await sweepHandovers(app.ports);

      expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'FAILED', note: 'run timed out after 24h' });
      expect(app.published.findLast(({ message }) => message.type === 'run.kill')).toMatchObject({ workerId: worker.id, message: { reason: 'timeout' } });
    });

    it('deletes the workspaces of runs that ended', async () => {
      const stack = await freshStack();
      const run = await aRun(app, stack, { type: 'PROPOSED', state: 'DISCARDED', workspaceBytes: 6, workspaceSha256: 'c'.repeat(64), workspaceKey: 'here' });
      await app.ports.objects.put('workspace', `${run.id}/1`, Buffer.from('sealed'));

      await sweepHandovers(app.ports);

      expect(await app.ports.objects.list('workspace', `${run.id}/`)).toEqual([]);
      expect(await reload(app, run)).toMatchObject({ workspaceKey: null, workspaceBytes: null });
    });
  });
});
