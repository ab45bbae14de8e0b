import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { assignPool } from '../../../lib/core/handovers/actions/assign-pool.ts';
import { claimRun } from '../../../lib/core/handovers/actions/claim-run.ts';
import { readRunLogs } from '../../../lib/core/handovers/actions/read-run-logs.ts';
import { requestStop } from '../../../lib/core/runs/actions/request-stop.ts';
import { historyOf } from '../../../lib/core/runs/run-store.ts';
import { setWorkerDrain } from '../../../lib/core/workers/actions/set-worker-drain.ts';
import { adminActor } from '../../support/actors.ts';
import type { TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aRun, claimed, handoversApp, openPackage, poolStack, walk, workerAgain } from '../../support/handover-builders.ts';
import { insertTestRun, reload } from '../../support/run-builders.ts';
import { aWorker, aWorkerPool, workerNow, type TestPool } from '../../support/worker-builders.ts';

for (const engine of ENGINES) {
  describe(`claims that race (${engine})`, () => {
    let app: TestApp;
    before(async () => void (app = await handoversApp({ engine })));
    after(() => app.close());

    it('hands each of 50 runs to exactly one of 200 claims', async () => {
      const pool = await aWorkerPool(app);
      const stack = await poolStack(app, pool);
      const workers = [];
      for (let index = 0; index < 200; index++) workers.push(await aWorker(app, pool));
      for (let index = 0; index < 50; index++) await aRun(app, stack, { type: 'PROPOSED' });

      const jobs = (await Promise.all(workers.map((worker) => claimRun(app.ports, worker)))).filter((job) => job !== undefined);

      // A claim that passes over rows which others hold may come home empty; what is left goes to those who ask again.
      for (const worker of workers) {
        if (jobs.length === 50) break;
        const again = await workerAgain(app, worker);
        const job = again.runId === null ? await claimRun(app.ports, again) : undefined;
        if (job !== undefined) jobs.push(job);
      }
      expect(new Set(jobs.map((job) => job.run.id)).size).toBe(50);
      expect(jobs.length).toBe(50);
      expect(jobs.every((job) => job.lease === 1)).toBe(true);
    });

    it('never lets a worker start once a drain has found it free', async () => {
      const pool = await aWorkerPool(app, { name: 'drained' });
      const stack = await poolStack(app, pool, { id: 'drained' });
      for (let round = 0; round < 20; round++) {
        const worker = await aWorker(app, pool);
        const run = await aRun(app, stack, { type: 'PROPOSED' });

        const [answer, job] = await Promise.all([
          setWorkerDrain(app.ports, adminActor(), { poolId: pool.pool.id, workerId: worker.id, drain: true }),
          claimRun(app.ports, worker).catch(() => undefined),
        ]);

        expect(answer.busy).toBe(job !== undefined);
        await app.ports.db.sql.deleteFrom('runs').where('id', '=', run.id).execute();
      }
    });
  });
}

describe('claiming a run', () => {
  let app: TestApp;
  let pool: TestPool;
  before(async () => {
    app = await handoversApp();
    pool = await aWorkerPool(app);
  });
  after(() => app.close());

  const freshStack = (changes: Parameters<typeof poolStack>[2] = {}) => {
    const id = app.ports.ids.ulid().toLowerCase();
    return poolStack(app, pool, { id, repositoryUrl: `https://git.example.com/${id}.git`, ...changes });
  };

  it('moves the run to PREPARING under a new lease, and the worker holds it', async () => {
    const run = await aRun(app, await freshStack());
    const worker = await aWorker(app, pool);

    const job = await claimed(app, worker);

    expect(job).toMatchObject({ run: { id: run.id, type: 'TRACKED', stateVersion: 2 }, lease: 1, phase: 'INITIAL', workspace: null, stop: false });
    expect(await reload(app, run)).toMatchObject({ state: 'PREPARING', lease: 1, workerId: worker.id, attempts: 1 });
    expect(await workerNow(app, worker)).toMatchObject({ runId: run.id, lease: 1, busy: true, availableAt: null });
    await walk(app, worker, job, 'PREPARING', 'INITIALIZING');
    expect(await reload(app, run)).toMatchObject({ attempts: 0, toolKind: 'TERRAFORM_FOSS', toolVersion: '1.5.7' });
  });

  it('seals source, settings, variables and tokens to the key of the pool', async () => {
    const stack = await freshStack({ projectRoot: 'infra' });
    app.vcs.setCredentials(stack.repositoryUrl, { username: 'robot', password: 'hunter22' });
    app.vcs.push(stack.repositoryUrl, 'main', { '.spacelift/config.yml': 'version: 2\nstack_defaults:\n  environment:\n    REGION: north\n  before_plan: ["echo plan"]\n' });
    const run = await aRun(app, stack);
    const worker = await aWorker(app, pool, { tools: [{ kind: 'TERRAFORM_FOSS', version: '1.4.2' }] });

    const job = await claimed(app, worker);
    const contents = await openPackage(app, pool, job);

    expect(contents.source).toMatchObject({ kind: 'git', url: stack.repositoryUrl, commit: run.commit.hash, username: 'robot', password: 'hunter22' });
    expect(contents.stack).toMatchObject({ id: stack.id, projectRoot: 'infra', space: { id: 'root', path: 'root' } });
    expect(contents.tool).toEqual({ kind: 'TERRAFORM_FOSS', version: '1.4.2' });
    expect(contents.env).toContainEqual({ name: 'REGION', value: 'north', secret: false });
    expect(contents.env).toContainEqual({ name: 'TF_VAR_spacelift_run_id', value: run.id, secret: false });
    expect(contents.hooks.before_plan).toEqual(['echo plan']);
    expect(await app.ports.signer.verify(contents.apiToken ?? '', app.ports.settings.baseUrl)).toMatchObject({ sub: `run::${run.id}`, lease: 1 });
    expect(await app.ports.signer.verify(contents.oidcToken ?? '', '127.0.0.1:1983')).toMatchObject({ sub: `space:root:stack:${stack.id}:run_type:TRACKED:scope:read`, runId: run.id });
    expect(JSON.stringify(job)).not.toContain('hunter22');
    await walk(app, worker, job, 'PREPARING', 'INITIALIZING');
    expect((await reload(app, run)).runtimeConfig).toMatchObject({ projectRoot: 'infra', environment: { REGION: 'north' } });
  });

  it('fails a run whose settings no row holds, and says so', async () => {
    const stack = await freshStack();
    const environment = Array.from({ length: 50 }, (_, index) => `    VARIABLE_${index}: ${'x'.repeat(900)}\n`).join('');
    app.vcs.push(stack.repositoryUrl, 'main', { '.spacelift/config.yml': `version: 2\nstack_defaults:\n  environment:\n${environment}` });
    const run = await aRun(app, stack);

    expect(await claimRun(app.ports, await aWorker(app, pool))).toBeUndefined();

    expect(await reload(app, run)).toMatchObject({ state: 'FAILED' });
    expect((await historyOf(app.ports.db.sql, run.id))[0]?.note).toMatch(/have 4\d\d\d\d bytes together, and at most 40960 can be kept/);
  });

  it('takes the run that was assigned, also when asked without naming it', async () => {
    const older = await aRun(app, await freshStack());
    const worker = await aWorker(app, pool);
    const other = await aWorker(app, pool);
    await assignPool(app.ports, { poolId: pool.pool.id });
    const assigned = app.published.findLast((entry) => entry.message.type === 'run.assign');

    const theirs = assigned?.workerId === worker.id ? other : worker;
    expect(await claimRun(app.ports, theirs)).toBeUndefined();
    const job = await claimed(app, assigned?.workerId === worker.id ? worker : other);
    expect(job.run.id).toBe(older.id);
  });

  it('gives a drained worker nothing', async () => {
    const run = await aRun(app, await freshStack());
    const worker = await aWorker(app, pool);
    await setWorkerDrain(app.ports, adminActor(), { poolId: pool.pool.id, workerId: worker.id, drain: true });

    expect(await claimRun(app.ports, await workerAgain(app, worker))).toBeUndefined();
    expect((await reload(app, run)).state).toBe('READY');
    await app.ports.db.sql.deleteFrom('runs').where('id', '=', run.id).execute();
  });

  it('refuses a worker that holds a run, and takes it at its word when it goes on asking', async () => {
    const run = await aRun(app, await freshStack());
    const worker = await aWorker(app, pool);
    await claimed(app, worker);

    await expect(claimRun(app.ports, await workerAgain(app, worker))).rejects.toMatchObject({ code: 'CONFLICT', details: { workerCode: 'busy' } });

    app.clock.advance(61_000);
    expect(await claimed(app, worker)).toMatchObject({ run: { id: run.id }, lease: 2 });
  });

  it('leaves a confirmed run to the worker that still saves its workspace', async () => {
    const run = await aRun(app, await freshStack(), { state: 'CONFIRMED', lease: 1 });
    const saving = await aWorker(app, pool);
    await app.ports.db.sql.updateTable('workers').set({ run_id: run.id, lease: 1 }).where('id', '=', saving.id).execute();

    expect(await claimRun(app.ports, await aWorker(app, pool))).toBeUndefined();
    await app.ports.db.sql.deleteFrom('runs').where('id', '=', run.id).execute();
  });

  describe('a run that cannot begin fails with the reason, and frees the worker', () => {
    const failing = async (changes: Parameters<typeof poolStack>[2], prepare: (url: string) => void = () => {}) => {
      const stack = await freshStack(changes);
      const run = await aRun(app, stack);
      prepare(stack.repositoryUrl);
      const worker = await aWorker(app, pool);
      expect(await claimRun(app.ports, worker)).toBeUndefined();
      expect(await workerNow(app, worker)).toMatchObject({ runId: null, busy: false });
      const [last] = await historyOf(app.ports.db.sql, run.id);
      const logs = await readRunLogs(app.ports, { run: await reload(app, run), state: 'PREPARING', stateVersion: null, token: null });
      return { last, logs };
    };

    it('when the repository is gone', async () => {
      const { last, logs } = await failing({}, (url) => app.vcs.forget(url));

      expect(last).toMatchObject({ state: 'FAILED', terminal: true, note: expect.stringContaining('was not found') });
      expect(logs).toMatchObject({ exists: true, finished: true, messages: [{ message: `[Ground Control] ${last?.note ?? ''}` }] });
    });

    it('unless somebody stopped it meanwhile: then it is stopped, with their note', async () => {
      const stack = await freshStack();
      const run = await aRun(app, stack);
      app.vcs.forget(stack.repositoryUrl);
      const worker = await aWorker(app, pool);
      const file: typeof app.ports.vcs.file = async (...question) => {
        await requestStop(app.ports, adminActor(), await reload(app, run), 'the host is down');
        return app.ports.vcs.file(...question);
      };

      expect(await claimRun({ ...app.ports, vcs: { ...app.ports.vcs, file } }, worker)).toBeUndefined();

      expect(await workerNow(app, worker)).toMatchObject({ runId: null, busy: false });
      expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'STOPPED', terminal: true, note: 'the host is down' });
    });

    it('when the commit is gone', async () => {
      const stack = await freshStack();
      const run = await insertTestRun(app, stack, { state: 'READY' });

      expect(await claimRun(app.ports, await aWorker(app, pool))).toBeUndefined();
      expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'FAILED', note: `commit ${run.commit.hash} was not found in ${stack.repositoryUrl}` });
    });

    it('when .spacelift/config.yml is wrong, naming file, line and key', async () => {
      const stack = await freshStack();
      app.vcs.push(stack.repositoryUrl, 'main', { '.spacelift/config.yml': 'version: 2\nstack_defaults:\n  before_plan: 7\n' });
      const run = await aRun(app, stack);

      expect(await claimRun(app.ports, await aWorker(app, pool))).toBeUndefined();
      expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'FAILED', note: '.spacelift/config.yml, line 3, stack_defaults.before_plan: must be a list of strings' });
    });

    it('when no version of the tool fits', async () => {
      const { last } = await failing({ vendorConfig: { vendor: 'terraform', version: '>=9.0.0', workflowTool: 'TERRAFORM_FOSS', workspace: null, useSmartSanitization: false, externalStateAccessEnabled: false } });

      expect(last).toMatchObject({ state: 'FAILED', note: expect.stringContaining('no offered Terraform version satisfies') });
    });

    it('when the saved workspace is gone', async () => {
      const run = await aRun(app, await freshStack(), { state: 'CONFIRMED', lease: 1, workspaceKey: 'X/1', workspaceBytes: 3, workspaceSha256: 'a'.repeat(64) });

      expect(await claimRun(app.ports, await aWorker(app, pool))).toBeUndefined();
      expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'FAILED', note: 'the saved workspace of this run is gone; trigger a new run' });
    });

    it('when the workspace was sealed for a key that the pool no longer has', async () => {
      const run = await aRun(app, await freshStack(), { state: 'CONFIRMED', lease: 1, handoverAt: new Date(pool.pool.certificateIssuedAt.getTime() - 1000) });

      expect(await claimRun(app.ports, await aWorker(app, pool))).toBeUndefined();
      expect((await historyOf(app.ports.db.sql, run.id))[0]?.note).toBe('the workspace was encrypted for a previous worker pool key; trigger a new run');
    });

    it('and when the stack was disabled meanwhile it goes back to the queue instead', async () => {
      const stack = await freshStack();
      const run = await aRun(app, stack);
      await app.ports.db.sql.updateTable('stacks').set({ is_disabled: true }).where('id', '=', stack.id).execute();

      expect(await claimRun(app.ports, await aWorker(app, pool))).toBeUndefined();
      expect(await reload(app, run)).toMatchObject({ state: 'QUEUED', attempts: 0, waiting: { reason: expect.any(String) } });
    });
  });

  it('brings the saved workspace along for the apply, with the tool that planned', async () => {
    const stack = await freshStack();
    const sealed = Buffer.from('sealed');
    const run = await aRun(app, stack, { state: 'CONFIRMED', lease: 1, handoverAt: app.clock.now(), workspaceBytes: sealed.length, workspaceSha256: 'b'.repeat(64), toolKind: 'TERRAFORM_FOSS', toolVersion: '1.3.9' });
    await app.ports.objects.put('workspace', `${run.id}/1`, sealed);
    await app.ports.db.sql.updateTable('runs').set({ workspace_key: `${run.id}/1` }).where('id', '=', run.id).execute();

    const job = await claimed(app, await aWorker(app, pool));

    expect(job).toMatchObject({ phase: 'APPLY', lease: 2, workspace: { bytes: sealed.length, sha256: 'b'.repeat(64) } });
    expect(await openPackage(app, pool, job)).toMatchObject({ source: { kind: 'none' }, tool: { version: '1.3.9' } });
    expect((await reload(app, run)).state).toBe('PREPARING_APPLY');
  });
});
