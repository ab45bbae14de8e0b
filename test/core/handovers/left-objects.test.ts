import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { completeArtifact } from '../../../lib/core/handovers/actions/complete-artifact.ts';
import { endLostRun } from '../../../lib/core/handovers/actions/end-lost-run.ts';
import { createArtifact } from '../../../lib/core/handovers/actions/create-artifact.ts';
import { forgetStates } from '../../../lib/core/handovers/actions/forget-states.ts';
import { releaseRun } from '../../../lib/core/handovers/actions/release-run.ts';
import { reportOutputs } from '../../../lib/core/handovers/actions/report-outputs.ts';
import { historyOf } from '../../../lib/core/runs/run-store.ts';
import type { Run } from '../../../lib/core/runs/run.ts';
import { sha256 } from '../../../lib/core/shared/text.ts';
import { deleteStack } from '../../../lib/core/stacks/actions/delete-stack.ts';
import { dropUnusedObjects } from '../../../lib/core/stacks/actions/drop-unused-objects.ts';
import { findStack } from '../../../lib/core/stacks/stack-store.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { importState } from '../../../lib/core/state/actions/import-state.ts';
import { lockStack } from '../../../lib/core/stacks/actions/lock-stack.ts';
import { adminActor } from '../../support/actors.ts';
import type { TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aRun, anArtifact, claimed, handoversApp, openPackage, poolStack, put, walk, workerAgain } from '../../support/handover-builders.ts';
import { aState } from '../../support/state-builders.ts';
import { aWorker, aWorkerPool, type TestPool } from '../../support/worker-builders.ts';

const DAY_MS = 86_400_000;

for (const engine of ENGINES) {
  describe(`what runs leave in the object store (${engine})`, () => {
    let app: TestApp;
    let pool: TestPool;
    before(async () => {
      app = await handoversApp({ engine });
      pool = await aWorkerPool(app);
    });
    after(() => app.close());

    async function applying(changes: Partial<Stack> = {}) {
      const id = app.ports.ids.ulid().toLowerCase();
      const stack = await poolStack(app, pool, { id, repositoryUrl: `https://git.example.com/${id}.git`, autodeploy: true, ...changes });
      const run = await aRun(app, stack, { state: 'CONFIRMED', phase: 'APPLY', lease: 1, workspaceKey: 'w/1', workspaceSha256: sha256('x'), workspaceBytes: 1, runtimeConfig: null });
      await app.ports.objects.put('workspace', 'w/1', Buffer.from('x'));
      const worker = await aWorker(app, pool);
      const job = await claimed(app, worker);
      await walk(app, worker, job, 'PREPARING_APPLY', 'APPLYING');
      return { stack, run, worker, job };
    }
    type Applying = Awaited<ReturnType<typeof applying>>;

    async function keepState({ worker, job }: Applying): Promise<string> {
      const body = Buffer.from(aState({ serial: 3 }));
      const { id, url } = await createArtifact(app.ports, worker, { runId: job.run.id, lease: job.lease, request: { kind: 'errored-state', bytes: body.length, sha256: sha256(body) } });
      await put(app, url, body);
      await completeArtifact(app.ports, worker, { runId: job.run.id, artifactId: id });
      return id;
    }
    const release = async ({ worker, job }: Applying, note: string) => releaseRun(app.ports, await workerAgain(app, worker), { runId: job.run.id, lease: job.lease, request: { outcome: 'failed', note } });
    const lastNote = async (run: Pick<Run, 'id'>) => (await historyOf(app.ports.db.sql, run.id))[0]?.note;
    const keysOf = async (bucket: 'states' | 'documents', prefix: string) => (await app.ports.objects.list(bucket, prefix)).map(({ key }) => key);

    it('tells the package whether values of sensitive outputs are wanted', async () => {
      const wanted = await applying();
      expect((await openPackage(app, pool, wanted.job)).stack.sensitiveOutputs).toBe(true);
      const unwanted = await applying({ sensitiveOutputUpload: false });
      expect((await openPackage(app, pool, unwanted.job)).stack.sensitiveOutputs).toBe(false);
    });

    it('names a state that another worker brought before the loss of the first was certain', async () => {
      const held = await applying();
      const id = await keepState(held);

      await endLostRun(app.ports, { workerId: held.worker.id, runId: held.run.id, lease: held.job.lease, reason: 'worker lost' });

      expect(await lastNote(held.run)).toMatch(new RegExp(`^worker lost; state may be behind the infrastructure; the state that could not be saved is kept for 30 days as ${id}: `));
    });

    it('names a state that comes after the run has ended in the note on its end, once', async () => {
      const held = await applying();
      await release(held, 'worker lost');

      const id = await keepState(held);
      await completeArtifact(app.ports, held.worker, { runId: held.run.id, artifactId: id });

      expect(await lastNote(held.run)).toBe(`worker lost; the state that could not be saved is kept for 30 days as ${id}: lock the stack, then import it by stackManagedStateImport(stackId: "${held.stack.id}", state: "${id}")`);
      const admin = adminActor();
      await lockStack(app.ports, admin, { id: held.stack.id });
      expect(await importState(app.ports, admin, { stackId: held.stack.id, state: id })).toMatchObject({ origin: 'import' });
    });

    it('leaves the note to the worker while it still has the run', async () => {
      const held = await applying();

      await keepState(held);

      expect(await lastNote(held.run)).toBeNull();
    });

    it('keeps such a state for thirty days, and forgets it then, however many sweeps there are', async () => {
      const held = await applying();
      await keepState(held);
      await release(held, 'it failed');
      app.clock.advance(29 * DAY_MS);
      await forgetStates(app.ports);
      expect(await keysOf('states', `rescue/${held.run.id}/`)).toHaveLength(1);

      app.clock.advance(2 * DAY_MS);
      await Promise.all([forgetStates(app.ports), forgetStates(app.ports)]);

      expect(await keysOf('states', `rescue/${held.run.id}/`)).toEqual([]);
      expect(await app.ports.db.sql.selectFrom('artifacts').select('id').where('run_id', '=', held.run.id).execute()).toEqual([]);
    });

    it('deletes the documents of a stack that is gone at the next sweep, and its unsaved state after thirty days', async () => {
      const held = await applying();
      const other = await applying();
      for (const { worker, job } of [held, other]) {
        const changes = await anArtifact(app, worker, job, 'changes', []);
        const outputs = [{ name: 'long', sensitive: false, value: JSON.stringify('x'.repeat(60_000)), hash: 'h' }, { name: 'secret', sensitive: true, value: '"s"', hash: 'h' }];
        const resources = [{ address: 'terraform_data.a', mode: 'managed', type: 'terraform_data', name: 'a', module: '', provider: '', tainted: false, values: '{}' }];
        const artifactId = await anArtifact(app, worker, job, 'state-resources', { resources, outputs });
        await reportOutputs(app.ports, worker, { runId: job.run.id, lease: job.lease, report: { artifactId, changesArtifactId: changes } });
      }
      await keepState(held);
      await release(held, 'it failed');
      const documents = [...(await keysOf('documents', `runs/${held.run.id}/`)), ...(await keysOf('documents', `outputs/${held.stack.id}/`))];
      expect(documents.length).toBeGreaterThan(2);

      await deleteStack(app.ports, adminActor(), { id: held.stack.id });
      await app.drain();
      expect(await findStack(app.ports.db.sql, held.stack.id)).toBeUndefined();
      await Promise.all([dropUnusedObjects(app.ports), dropUnusedObjects(app.ports)]);

      expect([...(await keysOf('documents', `runs/${held.run.id}/`)), ...(await keysOf('documents', `outputs/${held.stack.id}/`))]).toEqual([]);
      expect(await keysOf('states', `rescue/${held.run.id}/`)).toHaveLength(1);
      expect(await keysOf('documents', `runs/${other.run.id}/`)).not.toEqual([]);
      expect(await keysOf('documents', `outputs/${other.stack.id}/`)).toHaveLength(1);

      app.clock.advance(31 * DAY_MS);
      await dropUnusedObjects(app.ports);
      expect(await keysOf('states', `rescue/${held.run.id}/`)).toEqual([]);
      expect(await app.ports.db.sql.selectFrom('unused_objects').selectAll().execute()).toEqual([]);
    });
  });
}
