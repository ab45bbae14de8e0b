import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { addStackConfig } from '../../../lib/core/stacks/actions/add-stack-config.ts';
import { phaseOf, workerActor } from '../../../lib/core/handovers/handover.ts';
import { claimOnce } from '../../../lib/core/handovers/claim-store.ts';
import { answerClaim } from '../../../lib/core/handovers/actions/claim-run.ts';
import { endHandover } from '../../../lib/core/handovers/actions/end-handover.ts';
import { transitionRun } from '../../../lib/core/handovers/actions/transition-run.ts';
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
import { aRun, claimed, handoversApp, openPackage, poolStack, walk, workerAgain } from '../../support/handover-builders.ts';
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

    it('makes the job of a repeated call anew, and refuses the key with another request', async () => {
      const run = await aRun(app, await freshStack());
      const worker = await aWorker(app, pool);
      const once = (requestSha256: string) => ({ key: 'k', requestSha256 });

      const [first, second] = [await answerClaim(app.ports, session(worker), once('a')), await answerClaim(app.ports, session(worker), once('a'))];

      for (const job of [first, second]) {
        expect(job).toMatchObject({ run: { id: run.id }, lease: 1 });
        expect(job && (await openPackage(app, pool, job)).run.id).toBe(run.id);
      }
      expect(await reload(app, run)).toMatchObject({ state: 'PREPARING', lease: 1, attempts: 1 });
      await expect(answerClaim(app.ports, session(worker), once('b'))).rejects.toMatchObject({ details: { workerCode: 'idempotency_mismatch' } });
    });

    it('gives a repetition nothing once the worker has begun the run, or holds another', async () => {
      const [begun, next] = [await aRun(app, await freshStack()), await aRun(app, await freshStack())];
      const worker = await aWorker(app, pool);
      const once = { key: 'begun', requestSha256: 'a' };
      const job = await answerClaim(app.ports, session(worker), once);
      await walk(app, worker, { run: begun, lease: 1 }, 'PREPARING', 'INITIALIZING');

      expect(job).toMatchObject({ run: { id: begun.id } });
      expect(await answerClaim(app.ports, session(worker), once)).toBeUndefined();
      await endHandover(app.ports, worker, await reload(app, begun), { event: 'fail' });
      expect(await answerClaim(app.ports, session(worker), { ...once, key: 'next' })).toMatchObject({ run: { id: next.id } });
      expect(await answerClaim(app.ports, session(worker), once)).toBeUndefined();
      expect(await reload(app, next)).toMatchObject({ state: 'PREPARING', lease: 1 });
    });

    it('has two calls with one key that race end in one handover, each with a package that opens', async () => {
      const run = await aRun(app, await freshStack());
      const worker = await aWorker(app, pool);
      const once = { key: 'raced', requestSha256: 'a' };

      const jobs = await Promise.all([answerClaim(app.ports, session(worker), once), answerClaim(app.ports, session(worker), once).catch(() => undefined)]);

      const made = jobs.filter((job) => job !== undefined);
      expect(made.length).toBeGreaterThan(0);
      for (const job of made) expect([job.lease, (await openPackage(app, pool, job)).run.id]).toEqual([1, run.id]);
      expect(await reload(app, run)).toMatchObject({ state: 'PREPARING', lease: 1 });
    });

    it('gives a key whose package was not stored to the next run', async () => {
      const { objects } = app.ports;
      const [broken, next] = [await aRun(app, await freshStack()), await aRun(app, await freshStack())];
      const worker = await aWorker(app, pool);
      const once = { key: 'stored', requestSha256: 'a' };
      const put: typeof objects.put = async (bucket, key, ...wanted) => {
        if (bucket === 'metadata' && key.includes(broken.id)) throw new Error('the store is full');
        await objects.put(bucket, key, ...wanted);
      };

      expect(await answerClaim({ ...app.ports, objects: { ...objects, put } }, session(worker), once)).toMatchObject({ run: { id: next.id } });
      expect(await reload(app, broken)).toMatchObject({ state: 'FAILED' });
      expect(await answerClaim(app.ports, session(worker), once)).toMatchObject({ run: { id: next.id }, lease: 1 });
    });

    it('has the worker bring back what was chosen for the run with its first step, and takes no other choice', async () => {
      const [run, other] = [await aRun(app, await freshStack()), await aRun(app, await freshStack())];
      const [worker, beside] = [await aWorker(app, pool), await aWorker(app, pool)];
      const [job, foreign] = [await claimed(app, worker), await claimed(app, beside)];
      const step = (choice: string | undefined) => transitionRun(app.ports, worker, { runId: run.id, lease: 1, request: { from: 'PREPARING', to: 'INITIALIZING', ...(choice === undefined ? {} : { choice }) } });

      expect(await reload(app, run)).toMatchObject({ toolVersion: null, runtimeConfig: null });
      for (const wrong of [foreign.choice, 'nonsense', `${job.choice ?? ''}x`]) await expect(step(wrong)).rejects.toMatchObject({ details: { workerCode: 'bad_request' } });
      await step(job.choice);

      const { tool } = await openPackage(app, pool, job);
      expect(await reload(app, run)).toMatchObject({ state: 'INITIALIZING', toolKind: tool.kind, toolVersion: tool.version, runtimeConfig: { projectRoot: '' } });
      expect(foreign.run.id).toBe(other.id);
    });

    it('leaves no key behind when there is no run, so that the same call may find one later', async () => {
      const worker = await aWorker(app, pool);
      const once = { key: 'later', requestSha256: 'a' };

      expect(await answerClaim(app.ports, session(worker), once)).toBeUndefined();
      const run = await aRun(app, await freshStack());
      expect(await answerClaim(app.ports, session(worker), once)).toMatchObject({ run: { id: run.id } });
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
