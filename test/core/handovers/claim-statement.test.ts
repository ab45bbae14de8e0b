import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { addStackConfig } from '../../../lib/core/stacks/actions/add-stack-config.ts';
import type { Job } from '../../../lib/protocol/job.ts';
import { phaseOf, workerActor } from '../../../lib/core/handovers/handover.ts';
import { claimOnce } from '../../../lib/core/handovers/claim-store.ts';
import { answerClaim } from '../../../lib/core/handovers/actions/claim-run.ts';
import { advance, CLAIMABLE_STATES, type RunState, type RunType } from '../../../lib/core/runs/run-states.ts';
import { historyOf, saveStep } from '../../../lib/core/runs/run-store.ts';
import type { Run } from '../../../lib/core/runs/run.ts';
import { TIME_COLUMN } from '../../../lib/core/shared/parts-store.ts';
import { getStack } from '../../../lib/core/stacks/stack-store.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { adminActor } from '../../support/actors.ts';
import type { TestApp } from '../../support/app.ts';
import { callCounter } from '../../support/call-counter.ts';
import { ENGINES } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { aRun, claimed, handoversApp, openPackage, poolStack, workerAgain } from '../../support/handover-builders.ts';
import { insertTestRun, reload } from '../../support/run-builders.ts';
import { aWorker, aWorkerPool, workerNow, type TestPool } from '../../support/worker-builders.ts';

const TYPES: readonly RunType[] = ['TRACKED', 'PROPOSED', 'TASK', 'DESTROY'];

for (const engine of ENGINES) {
  describe(`the statement of a claim (${engine})`, () => {
    let app: TestApp;
    let pool: TestPool;
    let count = 0;
    before(async () => {
      app = await handoversApp({ engine });
      pool = await aWorkerPool(app);
    });
    after(() => app.close());

    const freshStack = (changes: Partial<Stack> = {}) => poolStack(app, pool, { id: `claimed-${++count}`, ...changes });
    const messages = async () => (await app.queued()).map(({ name, queue, group, body, visibleAt }) => ({ name, queue, group, body, visibleAt }));
    const session = (worker: { readonly id: string }) => ({ workerId: worker.id, poolId: pool.pool.id, certificateId: pool.pool.certificateId });

    /** The step as the rules and `saveStep` make it, of which the statement is a copy in SQL. */
    async function stepByRules(worker: { readonly id: string }, before: Run): Promise<void> {
      const now = app.clock.now();
      const phase = phaseOf(before.state);
      const handover = { lease: before.lease + 1, workerId: worker.id, phase, attempts: before.attempts + 1, handoverAt: now, decision: null, decisionNote: null, ...(phase === 'APPLY' ? {} : { hasChanges: null }) };
      await saveStep(app.ports, app.ports.db.sql, before, { ...advance(before, 'claim', now), ...handover }, { by: workerActor(worker) });
    }

    const cases: readonly { readonly state: RunState; readonly type: RunType; readonly changes: Partial<Run> }[] = CLAIMABLE_STATES.flatMap((state) =>
      TYPES.flatMap((type) => [
        { state, type, changes: { hasChanges: true, decision: 'release' as const, decisionNote: 'x' } },
        { state, type, changes: { stopRequestedAt: new Date('2026-01-15T12:00:00Z'), stopRequestedBy: 'admin', stopNote: 'stop' } },
        { state, type, changes: { stopRequestedAt: new Date('2026-01-15T12:00:00Z'), stopRequestedBy: 'admin', stopNote: 'kill', killRequestedAt: new Date('2026-01-15T12:00:00Z') } },
      ]),
    );

    it('writes what the rules say, for every state, type and request to stop', async () => {
      const elsewhere = (await aWorkerPool(app, { name: 'elsewhere' })).pool.id;
      for (const { state, type, changes } of cases) {
        const [one, other] = [await freshStack(), await freshStack()];
        const [byStatement, byRules] = [await insertTestRun(app, one, { state, type, ...changes }), await insertTestRun(app, other, { state, type, ...changes, workerPoolId: elsewhere })];
        const worker = await aWorker(app, pool);
        await app.ports.db.sql.deleteFrom('messages').execute();

        const { claimed: claim } = await claimOnce(app.ports, app.ports.db.sql, session(worker));
        const announced = await messages();
        await app.ports.db.sql.deleteFrom('messages').execute();
        await stepByRules(worker, byRules);

        const alike = (run: Run) => ({ ...run, id: '', stackId: '', workflowId: '', workerPoolId: '', workerId: run.workerId === worker.id });
        expect(alike(await reload(app, byStatement))).toEqual(alike(await reload(app, byRules)));
        expect(claim?.run).toEqual(await reload(app, byStatement));
        expect(claim?.before).toEqual(byStatement);
        const [history] = await historyOf(app.ports.db.sql, byStatement.id);
        expect({ ...history, runId: '' }).toEqual({ ...(await historyOf(app.ports.db.sql, byRules.id))[0], runId: '' });
        const shown = async ({ id }: Stack) => (({ state: shownState, stateSetAt, stateSetBy }) => ({ shownState, stateSetAt, stateSetBy }))(await getStack(app.ports.db.sql, id));
        expect(await shown(one)).toEqual(await shown(other));
        const [advanced] = await messages();
        expect(announced).toEqual([
          { ...advanced, group: one.id, body: { runId: byStatement.id, stackId: one.id, stateVersion: byStatement.stateVersion + 1 } },
          expect.objectContaining({ name: 'worker.check', queue: 'async', group: null, body: { workerId: worker.id, runId: byStatement.id, lease: 1 } }),
        ]);
        expect(await workerNow(app, worker)).toMatchObject({ runId: byStatement.id, lease: 1, availableAt: null });
      }
    });

    it('takes nothing for a worker that is drained, held, or of a pool that was reset, and leaves it its assignment', async () => {
      const run = await aRun(app, await freshStack());
      const worker = await aWorker(app, pool);
      const { sql } = app.ports.db;
      await sql.insertInto('assignments').values({ id: `a-${run.id}`, pool_id: pool.pool.id, run_id: run.id, worker_id: worker.id, created_at: app.clock.now(), expires_at: new Date(app.clock.now().getTime() + 10_000) }).execute();
      const refused = async (facts: Parameters<typeof claimOnce>[2]) => {
        expect(await claimOnce(app.ports, sql, facts)).toMatchObject({ isFree: false, claimed: undefined });
        expect(await sql.selectFrom('assignments').select('id').where('worker_id', '=', worker.id).execute()).toHaveLength(1);
      };

      await refused({ ...session(worker), certificateId: 'another' });
      await sql.updateTable('workers').set({ drained: true }).where('id', '=', worker.id).execute();
      await refused(session(worker));
      await sql.updateTable('workers').set({ drained: false, run_id: 'other' }).where('id', '=', worker.id).execute();
      await refused(session(worker));
      await sql.updateTable('workers').set({ run_id: null }).where('id', '=', worker.id).execute();
      expect((await claimOnce(app.ports, sql, session(worker))).claimed?.run.id).toBe(run.id);
    });

    it('answers a repetition as the first call, one with another request and one that comes too early not at all', async () => {
      await aRun(app, await freshStack());
      const worker = await aWorker(app, pool);
      const once = (requestSha256: string) => ({ key: 'k', requestSha256, answer: (job: object) => ({ status: 200, response: JSON.stringify(job) }) });

      const first = await answerClaim(app.ports, session(worker), once('a'));
      expect(JSON.parse(first?.response ?? '')).toMatchObject({ lease: 1 });
      expect(await answerClaim(app.ports, session(worker), once('a'))).toEqual(first);
      await expect(answerClaim(app.ports, session(worker), once('b'))).rejects.toMatchObject({ details: { workerCode: 'idempotency_mismatch' } });
      await app.ports.db.sql.updateTable('idempotency_keys').set({ status: 0 }).where('worker_id', '=', worker.id).execute();
      await expect(answerClaim(app.ports, session(worker), once('a'))).rejects.toMatchObject({ details: { workerCode: 'slow_down' } });
    });

    it('keeps the answer while the package is being stored, and gives a key whose package was not stored to the next run', async () => {
      const { objects } = app.ports;
      const [slow, broken, next] = [await aRun(app, await freshStack()), await aRun(app, await freshStack()), await aRun(app, await freshStack())];
      const worker = await aWorker(app, pool);
      const once = { key: 'stored', requestSha256: 'a', answer: (job: Job) => ({ status: 200, response: JSON.stringify({ run: job.run.id, bytes: job.package.bytes }) }) };
      const isKept = (run: Run) => eventually(`what run ${run.id} goes by`, async () => (await reload(app, run)).toolKind === 'TERRAFORM_FOSS', 10_000);
      const withPut = (put: typeof objects.put) => ({ ...app.ports, objects: { ...objects, put } });

      const first = await answerClaim(withPut(async (...wanted) => {
        await isKept(slow);
        await objects.put(...wanted);
      }), session(worker), once);
      expect(JSON.parse(first?.response ?? '')).toMatchObject({ run: slow.id });

      const other = await aWorker(app, pool);
      const second = await answerClaim(withPut(async (bucket, key, ...wanted) => {
        if (bucket === 'metadata' && key.includes(broken.id)) {
          await isKept(broken);
          throw new Error('the store is full');
        }
        await objects.put(bucket, key, ...wanted);
      }), session(other), once);
      expect(await reload(app, broken)).toMatchObject({ state: 'FAILED' });
      expect(JSON.parse(second?.response ?? '')).toMatchObject({ run: next.id });
      expect(await answerClaim(app.ports, session(other), once)).toEqual(second);
    });

    it('leaves no key behind when there is no run, so that the same call may find one later', async () => {
      const worker = await aWorker(app, pool);
      const once = { key: 'later', requestSha256: 'a', answer: (job: object) => ({ status: 200, response: JSON.stringify(job) }) };

      expect(await answerClaim(app.ports, session(worker), once)).toBeUndefined();
      await aRun(app, await freshStack());
      expect(await answerClaim(app.ports, session(worker), once)).toMatchObject({ status: 200 });
    });

    it('brings the inputs of the package along as far as one answer holds them; beyond that they are read apart', async () => {
      const stack = await freshStack();
      const value = 'x'.repeat(25 * 1024);
      const names = Array.from({ length: 24 }, (_, index) => `LARGE_${index}`);
      for (const id of names) await addStackConfig(app.ports, adminActor(), { stackId: stack.id, config: { id, type: 'ENVIRONMENT_VARIABLE', value, writeOnly: true } });
      await aRun(app, stack);
      const worker = await aWorker(app, pool);
      const calls = callCounter(app.ports);

      const job = await claimed({ ...app, ports: calls.ports }, await workerAgain(app, worker));

      const { env } = await openPackage(app, pool, job);
      expect(env.filter(({ name }) => name.startsWith('LARGE_')).map(({ name, value: { length } }) => [name, length])).toEqual([...names].sort().map((name) => [name, value.length]));
      expect(calls.statements.filter((text) => /^select .*config_elements/s.test(text))).toHaveLength(1);
    });
  });
}

describe('rows that come as documents', () => {
  it('know times by the names of their columns', async () => {
    const app = await handoversApp();
    const { rows } = await app.ports.db.sql.introspection.getTables().then((tables) => ({ rows: tables.flatMap((table) => table.columns.map(({ name, dataType }) => ({ table: table.name, name, dataType }))) }));
    await app.close();

    expect(rows.length).toBeGreaterThan(100);
    expect(rows.filter(({ name, dataType }) => TIME_COLUMN.test(name) !== (dataType === 'timestamptz'))).toEqual([]);
  });
});
