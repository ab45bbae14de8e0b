import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { closeRunLog } from '../../../lib/core/handovers/actions/close-run-log.ts';
import { logUrls } from '../../../lib/core/handovers/actions/log-urls.ts';
import { readRunLogs } from '../../../lib/core/handovers/actions/read-run-logs.ts';
import { transitionRun } from '../../../lib/core/handovers/actions/transition-run.ts';
import { chunkKey, encodeChunk } from '../../../lib/core/handovers/run-log.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import type { Run } from '../../../lib/core/runs/run.ts';
import type { TestApp } from '../../support/app.ts';
import { aRun, claimed, handoversApp, poolStack, put, writeLog } from '../../support/handover-builders.ts';
import { reload } from '../../support/run-builders.ts';
import { aWorker, aWorkerPool, type TestPool } from '../../support/worker-builders.ts';

const chunk = (...messages: readonly string[]) => encodeChunk(messages.map((message, index) => ({ message, timestamp: 1000 + index })));

describe('logs of a run', () => {
  let app: TestApp;
  let pool: TestPool;
  before(async () => {
    app = await handoversApp();
    pool = await aWorkerPool(app);
  });
  after(() => app.close());

  const held = async () => {
    const id = app.ports.ids.ulid().toLowerCase();
    const run = await aRun(app, await poolStack(app, pool, { id, repositoryUrl: `https://git.example.com/${id}.git` }));
    const worker = await aWorker(app, pool);
    return { run, worker, job: await claimed(app, worker) };
  };
  const read = async (run: Run, token: string | null = null, stateVersion: number | null = 2) => readRunLogs(app.ports, { run: await reload(app, run), state: 'PREPARING', stateVersion, token });

  it('are read on from a token while they are written', async () => {
    const { run, worker, job } = await held();

    expect(await read(run)).toEqual({ exists: true, finished: false, expired: false, hasMore: false, messages: [], nextToken: '0' });
    await writeLog(app, worker, job, { stateVersion: 2, chunks: [chunk('one', 'two'), chunk('three')] });
    expect(await read(run)).toMatchObject({ finished: false, messages: [{ message: 'one', timestamp: 1000 }, { message: 'two' }, { message: 'three' }], nextToken: '2' });
    expect(await read(run, '2')).toMatchObject({ messages: [], nextToken: '2', hasMore: false });
    await writeLog(app, worker, job, { stateVersion: 2, first: 2, chunks: [chunk('four')], end: true });
    expect(await read(run, '2')).toMatchObject({ finished: true, messages: [{ message: 'four' }], nextToken: '3' });
  });

  it('come in pages of a megabyte at most', async () => {
    const { run, worker, job } = await held();
    const wide = 'x'.repeat(16 * 1024);
    await writeLog(app, worker, job, { stateVersion: 2, chunks: Array.from({ length: 50 }, () => chunk(wide, wide, wide, wide)), end: true });

    const pages = [];
    for (let token: string | null = null; ; ) {
      const page = await read(run, token);
      pages.push(page);
      token = page.nextToken;
      if (!page.hasMore) break;
    }

    expect(pages.map((page) => page.messages.length)).toEqual([64, 64, 64, 8]);
    expect(pages.map((page) => page.finished)).toEqual([false, false, false, true]);
  });

  it('are read from the latest visit of a state when none is named', async () => {
    const { run, worker, job } = await held();
    await writeLog(app, worker, job, { stateVersion: 2, chunks: [chunk('hello')], end: true });

    expect(await read(run, null, null)).toMatchObject({ messages: [{ message: 'hello' }] });
    expect(await read(run, null, 7)).toMatchObject({ exists: false, messages: [] });
    expect(await readRunLogs(app.ports, { run: await reload(app, run), state: 'PLANNING', stateVersion: null, token: null })).toMatchObject({ exists: false });
  });

  it('are finished at once for a state in which nothing is executed', async () => {
    const { run } = await held();

    expect(await readRunLogs(app.ports, { run: await reload(app, run), state: 'READY', stateVersion: 1, token: null })).toMatchObject({ exists: true, finished: true, messages: [] });
  });

  it('say so where a chunk is unreadable, and go on', async () => {
    const { run, worker, job } = await held();
    await writeLog(app, worker, job, { stateVersion: 2, chunks: [chunk('one'), Buffer.from('no gzip'), chunk('three')], end: true });

    expect((await read(run)).messages.map(({ message }) => message)).toEqual(['one', '[Ground Control] a part of this log is unreadable', 'three']);
  });

  it('cannot be changed once written, and only by the worker that holds the run', async () => {
    const { run, worker, job } = await held();
    const call = { runId: run.id, lease: job.lease, stateVersion: 2, first: 0, count: 1 };
    const { urls } = await logUrls(app.ports, worker, call);
    await put(app, urls[0] ?? '', chunk('one'));

    await expect(put(app, urls[0] ?? '', chunk('another'))).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(logUrls(app.ports, await aWorker(app, pool), call)).rejects.toMatchObject({ details: { workerCode: 'stale_lease' } });
    await expect(logUrls(app.ports, worker, { ...call, count: 65 })).rejects.toMatchObject({ code: 'INVALID' });
    await expect(logUrls(app.ports, worker, { ...call, stateVersion: 6 })).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('go to addresses that are said to hold no longer than the store says they do', async () => {
    const { run, worker, job } = await held();
    const expiresAt = new Date(app.clock.now().getTime() + 240_000);
    const presignPut: ObjectStore['presignPut'] = async (...call) => ({ ...(await app.ports.objects.presignPut(...call)), expiresAt });
    const ports = { ...app.ports, objects: { ...app.ports.objects, presignPut } };

    expect(await logUrls(ports, worker, { runId: run.id, lease: job.lease, stateVersion: 2, first: 0, count: 1 })).toMatchObject({ expiresAt: expiresAt.toISOString() });
  });

  it('are closed by the server after what is there, and stay closed', async () => {
    const { run, worker, job } = await held();
    await writeLog(app, worker, job, { stateVersion: 2, chunks: [chunk('one')] });
    const log = { runId: run.id, stateVersion: 2 };

    await closeRunLog(app.ports, log, 'the worker is gone');
    await closeRunLog(app.ports, log, 'again');

    expect(await read(run)).toMatchObject({ finished: true, messages: [{ message: 'one' }, { message: '[Ground Control] the worker is gone' }] });
    expect(await app.ports.objects.get('run-logs', chunkKey(log, 2))).toBeUndefined();
  });

  it('count as finished when nobody closed them long after the run ended, and expire after sixty days', async () => {
    const { run, worker, job } = await held();
    await writeLog(app, worker, job, { stateVersion: 2, chunks: [chunk('one')] });
    await transitionRun(app.ports, worker, { runId: run.id, lease: job.lease, request: { from: 'PREPARING', to: 'FAILED' } });

    expect(await read(run)).toMatchObject({ finished: false });
    app.clock.advance(11 * 60_000);
    expect(await read(run)).toMatchObject({ finished: true, messages: [{ message: 'one' }] });
    app.clock.advance(61 * 86_400_000);
    expect(await read(run)).toMatchObject({ exists: false, expired: true, messages: [] });
  });
});
