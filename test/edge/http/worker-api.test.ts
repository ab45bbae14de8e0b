import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { expect } from 'expect';
import { readRunLogs } from '../../../lib/core/handovers/actions/read-run-logs.ts';
import { encodeChunk } from '../../../lib/core/handovers/run-log.ts';
import { proposeLocalWorkspace } from '../../../lib/core/runs/actions/propose-local-workspace.ts';
import { uploadLocalWorkspace } from '../../../lib/core/runs/actions/upload-local-workspace.ts';
import { historyOf } from '../../../lib/core/runs/run-store.ts';
import { sha256 } from '../../../lib/core/shared/text.ts';
import { objectRoutes } from '../../../lib/edge/http/objects.ts';
import { workerApiRoutes } from '../../../lib/edge/http/worker-api.ts';
import type { Job } from '../../../lib/protocol/job.ts';
import type { ArtifactResponse, ControlResponse, LogUrlsResponse, StateResources, TransitionResponse } from '../../../lib/protocol/worker-api.ts';
import { adminActor } from '../../support/actors.ts';
import type { TestApp } from '../../support/app.ts';
import { senderTo, type Received, type Send } from '../../support/edge-requests.ts';
import { aRun, deltaOf, handoversApp, openPackage, poolStack } from '../../support/handover-builders.ts';
import { reload } from '../../support/run-builders.ts';
import { aWorker, aWorkerPool, type TestPool } from '../../support/worker-builders.ts';

interface Call {
  readonly lease?: number;
  readonly key?: string;
}

describe('the worker API for runs', () => {
  let app: TestApp;
  let pool: TestPool;
  let send: Send;
  before(async () => {
    app = await handoversApp();
    pool = await aWorkerPool(app);
    send = senderTo([...workerApiRoutes(app.ports), ...objectRoutes(app.ports, app.urls)], app);
  });
  after(() => app.close());

  const freshStack = (changes: Parameters<typeof poolStack>[2] = {}) => {
    const id = app.ports.ids.ulid().toLowerCase();
    return poolStack(app, pool, { id, repositoryUrl: `https://git.example.com/${id}.git`, ...changes });
  };

  /** What a launcher does: its session, and the lease of its run. */
  async function launcher() {
    const worker = await aWorker(app, pool);
    const call = (method: string, path: string, body: unknown, { lease, key }: Call = {}): Promise<Received> =>
      send(method, `/worker/v1${path}`, {
        headers: { authorization: `Bearer ${worker.token}`, ...(lease === undefined ? {} : { 'x-run-lease': String(lease) }), ...(key === undefined ? {} : { 'idempotency-key': key }) },
        body: body === undefined ? '' : JSON.stringify(body),
      });
    const take = async () => (await call('POST', '/claim', {})).json() as unknown as Job;
    const on = (job: Job) => ({
      post: async <T>(path: string, body: unknown, status = 200): Promise<T> => {
        const answer = await call('POST', `/runs/${job.run.id}/${path}`, body, { lease: job.lease });
        expect({ status: answer.status, text: answer.text }).toMatchObject({ status });
        return (answer.text === '' ? undefined : answer.json()) as T;
      },
      control: async () => (await call('GET', `/runs/${job.run.id}/control`, undefined, { lease: job.lease })).json() as unknown as ControlResponse,
      upload: async (kind: string, content: unknown): Promise<string> => {
        const body = Buffer.from(JSON.stringify(content));
        const made = (await call('POST', `/runs/${job.run.id}/artifacts`, { kind, bytes: body.length, sha256: sha256(body) }, { lease: job.lease })).json() as unknown as ArtifactResponse;
        expect((await send('PUT', made.url, { headers: made.headers, body })).status).toBe(200);
        expect((await call('POST', `/runs/${job.run.id}/artifacts/${made.id}/complete`, {}, { lease: job.lease })).status).toBe(204);
        return made.id;
      },
    });
    return { worker, call, take, on };
  }

  it('carries a run from claim to applied', async () => {
    const run = await aRun(app, await freshStack({ autodeploy: true }));
    const { call, take, on } = await launcher();

    const job = await take();
    expect(job.run.id).toBe(run.id);
    const api = on(job);
    expect((await send('GET', job.package.url)).bytes.length).toBe(job.package.bytes);
    const step = async (from: string, to: string) => (await api.post<TransitionResponse>('transitions', { from, to })).stateVersion;
    expect(await step('PREPARING', 'INITIALIZING')).toBe(3);
    expect(await step('INITIALIZING', 'PLANNING')).toBe(4);

    const { urls, endUrl } = await api.post<LogUrlsResponse>('logs/urls', { stateVersion: 4, first: 0, count: 1, end: true });
    await send('PUT', urls[0] ?? '', { body: encodeChunk([{ message: 'Plan: 1 to add', timestamp: 5 }]) });
    await send('PUT', endUrl ?? '', { body: JSON.stringify({ chunks: 1 }) });
    expect(await readRunLogs(app.ports, { run, state: 'PLANNING', stateVersion: 4, token: null })).toMatchObject({ finished: true, messages: [{ message: 'Plan: 1 to add' }] });

    const changesArtifactId = await api.upload('changes', []);
    const decided = await api.post<ControlResponse>('plan', { changesArtifactId, sanitizedAs: 'default', delta: deltaOf({ addCount: 1, resources: 1 }), hasChanges: true }, 202);
    expect(decided).toMatchObject({ decision: 'apply', state: 'APPLYING', stateVersion: 5 });
    expect(await api.control()).toEqual(decided);

    const resources: StateResources = { resources: [], outputs: [{ name: 'address', sensitive: false, value: '"10.0.0.1"', hash: 'h' }] };
    await api.post('outputs', { artifactId: await api.upload('state-resources', resources) }, 204);
    await api.post('transitions', { from: 'APPLYING', to: 'FINISHED' });
    await api.post('release', { outcome: 'finished' }, 204);

    expect(await reload(app, run)).toMatchObject({ state: 'FINISHED', delta: { addCount: 1 } });
    const outputs = await app.ports.db.sql.selectFrom('stack_outputs').selectAll().where('stack_id', '=', run.stackId).execute();
    expect(outputs).toMatchObject([{ name: 'address', value: '"10.0.0.1"', run_id: run.id }]);
    expect((await call('POST', '/claim', {})).status).toBe(204);
  });

  it('answers a claim that is repeated with its key by the same handover', async () => {
    const run = await aRun(app, await freshStack(), { type: 'PROPOSED' });
    const { call } = await launcher();

    const [first, second] = [await call('POST', '/claim', {}, { key: 'K1' }), await call('POST', '/claim', {}, { key: 'K1' })];

    expect(first.json()).toMatchObject({ run: { id: run.id }, lease: 1 });
    expect(second.json()).toMatchObject({ run: { id: run.id }, lease: 1 });
    expect((await call('POST', '/claim', { assignmentId: 'X' }, { key: 'K1' })).json()).toMatchObject({ error: { code: 'idempotency_mismatch' } });
  });

  describe('refuses', () => {
    it('calls without a session, of the past, to nowhere and without sense, in its own words', async () => {
      const run = await aRun(app, await freshStack(), { type: 'PROPOSED' });
      const { worker, call, take } = await launcher();
      const job = await take();
      const path = `/runs/${run.id}`;
      const step = { from: 'PREPARING', to: 'INITIALIZING' };

      const cases: readonly (readonly [Promise<Received>, number, string])[] = [
        [send('POST', '/worker/v1/claim'), 401, 'session_expired'],
        [call('POST', `${path}/transitions`, step), 400, 'bad_request'],
        [call('POST', `${path}/transitions`, step, { lease: job.lease + 1 }), 409, 'stale_lease'],
        [call('POST', `${path}/transitions`, { from: 'PLANNING', to: 'FAILED' }, { lease: job.lease }), 409, 'bad_transition'],
        [call('POST', `${path}/transitions`, { from: 7 }, { lease: job.lease }), 400, 'bad_request'],
        [call('POST', `${path}/plan`, { sanitizedAs: 'default', delta: deltaOf(), hasChanges: false }, { lease: job.lease }), 409, 'bad_transition'],
        [call('POST', `${path}/outputs`, { artifactId: 'X' }, { lease: job.lease }), 409, 'bad_transition'],
        [call('POST', `${path}/artifacts`, { kind: 'module-archive', bytes: 1, sha256: 'a'.repeat(64) }, { lease: job.lease }), 400, 'bad_request'],
        [call('POST', `${path}/artifacts`, { kind: 'changes', bytes: 2 ** 40, sha256: 'a'.repeat(64) }, { lease: job.lease }), 413, 'too_large'],
        [call('POST', `${path}/artifacts/NONE/complete`, {}, { lease: job.lease }), 404, 'not_found'],
        [call('POST', `${path}/config`, { text: '' }, { lease: job.lease }), 409, 'bad_transition'],
        [call('POST', `${path}/package/download`, { sha256: '../../other' }, { lease: job.lease }), 400, 'bad_request'],
        [call('POST', `${path}/source/download`, {}, { lease: job.lease }), 409, 'bad_transition'],
        [call('POST', `${path}/release`, { outcome: 'lost' }, { lease: job.lease }), 400, 'bad_request'],
        [call('POST', '/runs/NONE/transitions', step, { lease: 1 }), 404, 'not_found'],
        [call('GET', '/nowhere', undefined), 404, 'not_found'],
        [call('POST', '/claim', {}), 409, 'busy'],
        [send('POST', `/worker/v1${path}/transitions`, { headers: { authorization: `Bearer ${worker.token}`, 'x-run-lease': '1', 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(2 * 1024 * 1024)) }), 413, 'too_large'],
      ];
      for (const [answer, status, code] of cases) {
        const got = await answer;
        expect({ status: got.status, body: got.json(), id: got.headers['x-request-id'] }).toEqual({ status, body: { error: { code, message: expect.any(String) } }, id: expect.any(String) });
      }
    });

    it('another worker\'s calls, even of the same pool', async () => {
      const run = await aRun(app, await freshStack(), { type: 'PROPOSED' });
      const [holder, other] = [await launcher(), await launcher()];
      const job = await holder.take();

      for (const path of ['control', 'plan', 'release', 'logs/urls', 'workspace/upload', 'workspace/download', 'package/download', 'source/download']) {
        const answer = await other.call(path === 'control' ? 'GET' : 'POST', `/runs/${run.id}/${path}`, BODIES[path], { lease: job.lease });
        expect(answer.json()).toMatchObject({ error: { code: 'stale_lease' } });
      }
    });
  });

  it('takes a state that could not be written from any worker of the pool, also late', async () => {
    const stack = await freshStack();
    const run = await aRun(app, stack, { state: 'FAILED', lease: 1, handoverAt: app.clock.now() });
    const { call } = await launcher();
    const body = Buffer.from('{"version":4}');
    const request = { kind: 'errored-state', bytes: body.length, sha256: sha256(body) };

    const made = (await call('POST', `/runs/${run.id}/artifacts`, request, { lease: 1 })).json() as unknown as ArtifactResponse;
    await send('PUT', made.url, { body });

    expect(await app.ports.objects.get('states', `rescue/${run.id}/1/${made.id}`)).toEqual(body);
    expect((await call('POST', `/runs/${run.id}/artifacts`, request, { lease: 2 })).json()).toMatchObject({ error: { code: 'stale_lease' } });
  });

  describe('a local preview', () => {
    async function preview() {
      const stack = await freshStack({ localPreviewEnabled: true });
      const { id, uploadUrl } = await uploadLocalWorkspace(app.ports, adminActor(), { stackId: stack.id });
      await send('PUT', uploadUrl, { body: 'archive' });
      const run = await proposeLocalWorkspace(app.ports, adminActor(), { stackId: stack.id, workspaceId: id });
      await app.ports.db.sql.deleteFrom('workers').execute();
      await app.drain();
      const started = await launcher();
      const job = await started.take();
      return { run, job, ...started };
    }

    it('gets its package anew under the configuration in its archive', async () => {
      const { run, job, on } = await preview();
      const before = await openPackage(app, pool, job);
      expect(before).toMatchObject({ source: { kind: 'upload' }, run: { localPreview: true } });
      expect((await send('GET', (before.source as { readonly url: string }).url)).text).toBe('archive');

      const answer = await on(job).post<Pick<Job, 'package' | 'choice'>>('config', { text: 'version: 2\nstack_defaults:\n  project_root: deep\n' });

      expect(await openPackage(app, pool, { ...job, ...answer })).toMatchObject({ stack: { projectRoot: 'deep' } });
      await on(job).post('transitions', { from: 'PREPARING', to: 'INITIALIZING', choice: answer.choice });
      expect((await reload(app, run)).runtimeConfig).toMatchObject({ projectRoot: 'deep' });
    });

    it('gets new addresses of its package and of its archive, for the first die with the credentials that signed them', async () => {
      const { job, on } = await preview();

      const [sealed, archive] = [await on(job).post<{ url: string }>('package/download', { sha256: job.package.sha256 }), await on(job).post<{ url: string }>('source/download', {})];

      expect((await send('GET', sealed.url)).status).toBe(200);
      expect(await openPackage(app, pool, { ...job, package: { ...job.package, url: sealed.url } })).toMatchObject({ run: { localPreview: true } });
      expect((await send('GET', archive.url)).text).toBe('archive');
    });

    it('hears what is wrong with that configuration, and fails with these words', async () => {
      const { run, job, on } = await preview();

      const refused = await on(job).post<{ error: { message: string } }>('config', { text: 'stack_defaults: 7' }, 400);
      expect(refused.error.message).toBe('.spacelift/config.yml, line 1, stack_defaults: must be a map');
      await on(job).post('transitions', { from: 'PREPARING', to: 'FAILED', note: refused.error.message });

      expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'FAILED', note: refused.error.message });
    });
  });
});

const BODIES: Readonly<Record<string, unknown>> = {
  plan: { sanitizedAs: 'default', delta: deltaOf(), hasChanges: false },
  release: { outcome: 'failed' },
  'logs/urls': { stateVersion: 2, first: 0, count: 1 },
  'workspace/upload': { bytes: 1, sha256: 'a'.repeat(64) },
  'workspace/download': {},
  'package/download': { sha256: 'a'.repeat(64) },
  'source/download': {},
};
