import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { cancelRun } from '../../../lib/core/runs/actions/cancel-run.ts';
import { markExternalDependency } from '../../../lib/core/runs/actions/mark-external-dependency.ts';
import { promoteRun } from '../../../lib/core/runs/actions/promote-run.ts';
import { retryRun } from '../../../lib/core/runs/actions/retry-run.ts';
import { triggerRun, type TriggerRun } from '../../../lib/core/runs/actions/trigger-run.ts';
import type { DependencyStatus } from '../../../lib/core/runs/external-dependency.ts';
import { historyOf } from '../../../lib/core/runs/run-store.ts';
import type { Run } from '../../../lib/core/runs/run.ts';
import { systemActor, type Actor } from '../../../lib/core/shared/actor.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { adminActor, readerActor, strangerActor, writerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aPool, aStackOfItsOwn, commitWith, insertTestRun, reload } from '../../support/run-builders.ts';
import { aSpace } from '../../support/stack-builders.ts';

const writer = writerActor();
const WORKER = 'no worker is connected';

for (const engine of ENGINES) {
  describe(`what runs wait for outside on ${engine}`, () => {
    let app: TestApp;
    let pool: string;
    let stack: Stack;

    before(async () => {
      app = await testApp({ engine });
      await aStackOfItsOwn(app);
      await aSpace(app, { id: 'other' });
      pool = await aPool(app);
    });
    after(() => app.close());
    beforeEach(async () => {
      await app.ports.db.sql.deleteFrom('run_external_dependencies').execute();
      await app.ports.db.sql.deleteFrom('audit').execute();
      stack = await ofTheirs();
    });

    const ofTheirs = (changes: Partial<Stack> = {}) => aStackOfItsOwn(app, { workerPoolId: pool, trackedCommit: commitWith(), ...changes });
    const trigger = async (waitsFor: readonly string[], changes: Partial<TriggerRun> = {}): Promise<Run> => {
      const run = await triggerRun(app.ports, systemActor('test'), { stackId: stack.id, externalDependencies: waitsFor, ...changes });
      await app.drain();
      return run;
    };
    const report = async (dependency: string, status: DependencyStatus = 'FINISHED', actor: Actor = writer): Promise<void> => {
      await markExternalDependency(app.ports, actor, { dependency, status });
      await app.drain();
    };
    const shown = async (...runs: { readonly id: string }[]) =>
      Promise.all(runs.map(async (run) => {
        const { state, waiting } = await reload(app, run);
        return [state, waiting?.reason.replace(/(?<=^no worker is connected) to pool .*$/, '') ?? null];
      }));
    const audited = () =>
      app.ports.db.sql
        .selectFrom('audit')
        .select(['actor', 'resource_id', 'related_id', 'body'])
        .where('action', '=', 'run.mark-external-dependency')
        .orderBy('resource_id')
        .execute();
    const refusal = (work: Promise<unknown>) => work.then(() => undefined, (error: unknown) => error);

    it('keeps a run in the queue, with words, until it is reported', async () => {
      const run = await trigger(['image']);
      expect(await shown(run)).toEqual([['QUEUED', 'waiting for external dependency "image"']]);

      await report('image');

      expect(await shown(run)).toEqual([['READY', WORKER]]);
    });

    it('is all of it: finished or skipped, in any order', async () => {
      const run = await trigger(['scan', 'image']);
      expect(await shown(run)).toEqual([['QUEUED', 'waiting for external dependencies "image", "scan"']]);

      await report('scan', 'SKIPPED');
      expect(await shown(run)).toEqual([['QUEUED', 'waiting for external dependency "image"']]);
      await report('image');

      expect(await shown(run)).toEqual([['READY', WORKER]]);
    });

    it('is named in part when it is much', async () => {
      const run = await trigger(['g', 'f', 'e', 'd', 'c', 'b', 'a']);

      expect(await shown(run)).toEqual([['QUEUED', 'waiting for external dependencies "a", "b", "c", "d", "e" and 2 more']]);
    });

    it('ends the run when it failed, whatever else is open, and the next one goes on', async () => {
      const run = await trigger(['image', 'scan']);
      const next = await trigger([]);

      await report('image', 'FAILED');

      expect(await shown(run, next)).toEqual([['FAILED', null], ['READY', WORKER]]);
      const history = await historyOf(app.ports.db.sql, run.id);
      expect(history.map(({ state, note }) => [state, note])).toEqual([['FAILED', 'external dependency image failed'], ['QUEUED', null]]);
    });

    it('ends a run that is not the first of its queue as well', async () => {
      const first = await trigger(['first']);
      const second = await trigger(['second']);

      await report('second', 'FAILED');

      expect(await shown(first, second)).toEqual([['QUEUED', 'waiting for external dependency "first"'], ['FAILED', null]]);
    });

    it('holds back newer deployments of the stack, which wait for the oldest, but no preview', async () => {
      const oldest = await trigger(['image']);
      const newer = await trigger([]);
      const preview = await trigger([], { type: 'PROPOSED' });

      expect(await shown(oldest, newer, preview)).toEqual([
        ['QUEUED', 'waiting for external dependency "image"'],
        ['QUEUED', `blocked by run ${oldest.id}`],
        ['READY', WORKER],
      ]);
    });

    it('is reported once for all runs that wait for it, on all stacks', async () => {
      const preview = await trigger(['image'], { type: 'PROPOSED' });
      const elsewhere = await ofTheirs();
      const another = await trigger(['image'], { stackId: elsewhere.id });
      const unrelated = await trigger(['other'], { type: 'PROPOSED' });

      await report('image');

      expect(await shown(preview, another, unrelated)).toEqual([['READY', WORKER], ['READY', WORKER], ['QUEUED', 'waiting for external dependency "other"']]);
      const entry = { actor: 'writer', body: { dependency: 'image', status: 'FINISHED' } };
      expect(await audited()).toEqual([
        { ...entry, resource_id: preview.id, related_id: stack.id },
        { ...entry, resource_id: another.id, related_id: elsewhere.id },
      ]);
    });

    it('is reported to any number of runs at once', async () => {
      const { sql } = app.ports.db;
      const runs: Run[] = [];
      for (let count = 0; count < 201; count++) runs.push(await insertTestRun(app, stack, { type: 'PROPOSED' }));
      await sql.insertInto('run_external_dependencies').values(runs.map(({ id }) => ({ run_id: id, dependency: 'image' }))).execute();

      await markExternalDependency(app.ports, writer, { dependency: 'image', status: 'FINISHED' });

      expect(await sql.selectFrom('run_external_dependencies').select('run_id').where('status', '=', 'FINISHED').execute()).toHaveLength(201);
      expect(await audited()).toHaveLength(201);
      const announced = (await app.queued()).filter(({ name }) => name === 'run.dependency-reported');
      expect(announced.map(({ body }) => body)).toEqual([{ stackId: stack.id }, { stackId: stack.id }]);
      await sql.deleteFrom('messages').execute();
      await sql.deleteFrom('runs').where('stack_id', '=', stack.id).execute();
    });

    it('may be reported again in the same words, and not in others', async () => {
      const run = await trigger(['image']);
      await report('image');
      const before = await reload(app, run);

      await report('image');
      expect(await refusal(report('image', 'FAILED'))).toMatchObject({
        code: 'CONFLICT', message: 'external dependency "image" was reported as FINISHED already, and no run waits for it any more',
      });

      expect(await reload(app, run)).toEqual(before);
      expect(await audited()).toHaveLength(1);
    });

    it('is unknown before a run waits for it', async () => {
      expect(await refusal(report('nothing'))).toMatchObject({
        code: 'NOT_FOUND', message: expect.stringContaining('no run waits for the external dependency "nothing"'),
      });
    });

    it('is reported by who may write in every space with such a run', async () => {
      const run = await trigger(['image']);
      const hidden = await trigger(['image'], { stackId: (await ofTheirs({ spaceId: 'other' })).id });

      for (const [actor, code] of [[strangerActor(), 'NOT_FOUND'], [readerActor(), 'FORBIDDEN'], [writerActor(['root']), 'FORBIDDEN']] as const) {
        expect([code, await refusal(report('image', 'FINISHED', actor))]).toEqual([code, expect.objectContaining({ code })]);
      }
      const half = (await refusal(report('image', 'FINISHED', writerActor(['root'])))) as Error;
      expect(half.message).not.toContain('other');
      const grants = new Map([...writerActor(['root']).grants, ...readerActor(['other']).grants]);
      const reads = writerActor([], { grants });
      expect(await refusal(report('image', 'FINISHED', reads))).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('other') });
      expect(await refusal(report('image', 'FINISHED', writerActor(['root', 'other'], { kind: 'run' })))).toMatchObject({ code: 'FORBIDDEN' });
      expect(await shown(run, hidden)).toEqual(Array(2).fill(['QUEUED', 'waiting for external dependency "image"']));

      await report('image', 'FINISHED', writerActor(['root', 'other']));
      expect(await shown(run, hidden)).toEqual(Array(2).fill(['READY', WORKER]));
    });

    it('is waited for again by a retry unless it came', async () => {
      const run = await trigger(['image', 'scan', 'tests'], { type: 'PROPOSED' });
      await report('image');
      await report('scan', 'FAILED');
      const again = await retryRun(app.ports, writer, { runId: run.id });
      await app.drain();
      expect(await shown(run, again)).toEqual([['FAILED', null], ['QUEUED', 'waiting for external dependencies "scan", "tests"']]);

      await report('scan');
      await report('tests', 'SKIPPED');
      expect(await shown(again)).toEqual([['READY', WORKER]]);
    });

    it('that comes after its run ended is known to the retry, which waits for nothing', async () => {
      const run = await trigger(['image'], { type: 'PROPOSED' });
      await cancelRun(app.ports, writer, { runId: run.id });
      await report('image');

      const again = await retryRun(app.ports, writer, { runId: run.id });
      await app.drain();

      expect(await shown(again)).toEqual([['READY', WORKER]]);
    });

    it('is waited for by the deployment that a preview is promoted to', async () => {
      const preview = await trigger(['image'], { type: 'PROPOSED', commit: commitWith({ message: 'Newer', timestamp: 2_000_000_000 }) });
      await cancelRun(app.ports, writer, { runId: preview.id });

      const promoted = await promoteRun(app.ports, adminActor(), { runId: preview.id });
      await app.drain();

      expect(await shown(promoted)).toEqual([['QUEUED', 'waiting for external dependency "image"']]);
    });
  });
}
