import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import type { Run } from '../../../lib/core/runs/run.ts';
import type { RunState } from '../../../lib/core/runs/run-states.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { objectRoutes } from '../../../lib/edge/http/objects.ts';
import { stateRoutes } from '../../../lib/edge/http/state-access.ts';
import { senderTo, type Send } from '../../support/edge-requests.ts';
import { aStackOfItsOwn } from '../../support/run-builders.ts';
import { announce, aState, currentBody, heldRun, lockInfo } from '../../support/state-builders.ts';
import { aWorker, aWorkerPool, workersApp, type TestPool, type WorkersApp } from '../../support/worker-builders.ts';

describe('the state calls of workers', () => {
  let app: WorkersApp;
  let pool: TestPool;
  let send: Send;
  before(async () => {
    app = await workersApp();
    pool = await aWorkerPool(app);
    send = senderTo([...stateRoutes(app.ports), ...objectRoutes(app.ports, app.urls)], app);
  });
  after(() => app.close());

  interface Caller {
    readonly run: Run;
    readonly call: (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => ReturnType<Send>;
  }

  async function caller(stack: Stack, state: RunState = 'APPLYING', type: Run['type'] = 'TRACKED'): Promise<Caller> {
    const worker = await aWorker(app, pool);
    const run = await heldRun(app, stack, { state, type, workerId: worker.id });
    return {
      run,
      call: (method, path, body, headers) =>
        send(method, `/worker/v1/runs/${run.id}/state/${path}`, { headers: { authorization: `Bearer ${worker.token}`, 'x-run-lease': '1', ...headers }, ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }) }),
    };
  }

  it('take a state by begin, PUT and commit, and give it back by a signed address', async () => {
    const stack = await aStackOfItsOwn(app);
    const { call } = await caller(stack);
    const body = aState({ serial: 1 });

    expect((await call('GET', 'default')).status).toBe(204);
    const begun = await call('POST', 'default/uploads', announce(body));
    expect([begun.status, begun.json()]).toEqual([201, { uploadId: expect.any(String), url: expect.stringContaining('/objects/states/'), headers: expect.any(Object), expiresAt: expect.any(String) }]);
    const { uploadId, url, headers } = begun.json() as { uploadId: string; url: string; headers: Record<string, string> };
    expect((await send('PUT', url, { body: aState({ serial: 2 }), headers })).status).toBe(400);
    expect((await send('PUT', url, { body, headers })).status).toBe(200);
    const committed = await call('POST', `default/uploads/${uploadId}/commit`, {});
    expect([committed.status, committed.json()]).toEqual([200, { versionId: expect.any(String) }]);

    const got = await call('GET', 'default');
    expect(got.json()).toMatchObject({ versionId: committed.json().versionId, serial: 1, lineage: 'lineage-1', bytes: body.length, md5: announce(body).md5, sha256: announce(body).sha256 });
    expect((await send('GET', got.json().url as string)).text).toBe(body);
    expect((await call('POST', 'default/uploads', announce(body))).json()).toEqual({ unchanged: true, versionId: committed.json().versionId });
  });

  it('say with which code they refuse', async () => {
    const stack = await aStackOfItsOwn(app);
    const { call } = await caller(stack);
    const planning = await caller(stack, 'PLANNING');
    const codeOf = async (answer: ReturnType<Send>) => {
      const received = await answer;
      return [received.status, (received.json().error as { code: string }).code];
    };

    expect(await codeOf(call('GET', 'default', undefined, { authorization: '' }))).toEqual([401, 'session_expired']);
    expect(await codeOf(call('GET', 'default', undefined, { 'x-run-lease': '' }))).toEqual([400, 'bad_request']);
    expect(await codeOf(call('GET', 'default', undefined, { 'x-run-lease': '2' }))).toEqual([409, 'stale_lease']);
    expect(await codeOf(call('GET', 'other'))).toEqual([404, 'not_found']);
    expect(await codeOf(planning.call('POST', 'default/uploads', announce(aState({ serial: 1 }))))).toEqual([403, 'state_forbidden']);
    expect(await codeOf(call('POST', 'default/uploads', { ...announce(aState({ serial: 1 })), bytes: 600 * 1024 * 1024 }))).toEqual([413, 'too_large']);
    expect(await codeOf(call('POST', 'default/uploads', { bytes: 1 }))).toEqual([400, 'bad_request']);
    expect(await codeOf(call('POST', 'default/uploads/unknown/commit', {}))).toEqual([404, 'not_found']);
    expect(await codeOf(call('POST', 'default/uploads', announce(aState({ serial: 1 }), 'no-such-lock')))).toEqual([409, 'state_conflict']);
    expect(await codeOf(call('POST', 'default/lock', {}))).toEqual([400, 'bad_request']);
  });

  it('answer a taken lock with 423 and its holder, and unlock by ID or by force', async () => {
    const stack = await aStackOfItsOwn(app);
    const holder = await caller(stack);
    const other = await caller(stack, 'PERFORMING', 'TASK');

    expect((await holder.call('POST', 'default/lock', lockInfo('held'))).status).toBe(200);
    const refused = await other.call('POST', 'default/lock', lockInfo('wanted'));
    expect([refused.status, refused.json()]).toEqual([423, { ...lockInfo('held'), Who: `run ${holder.run.id}` }]);
    expect((await other.call('POST', 'default/unlock', lockInfo('held'))).status).toBe(409);
    expect((await holder.call('POST', 'default/unlock', {})).status).toBe(200);
    expect((await holder.call('POST', 'default/unlock', '')).status).toBe(200);
    expect((await other.call('POST', 'default/lock', lockInfo('wanted'))).status).toBe(200);
  });

  it('delete a state, and give the same answer to a repeated call', async () => {
    const stack = await aStackOfItsOwn(app);
    const { call } = await caller(stack, 'PERFORMING', 'TASK');
    const body = aState({ serial: 1 });
    const { uploadId, url, headers } = (await call('POST', 'default/uploads', announce(body))).json() as { uploadId: string; url: string; headers: Record<string, string> };
    await send('PUT', url, { body, headers });
    await call('POST', `default/uploads/${uploadId}/commit`, {});

    for (let time = 0; time < 2; time++) expect((await call('DELETE', 'default', undefined, { 'idempotency-key': 'one' })).status).toBe(200);

    expect(await currentBody(app, stack)).toBeUndefined();
    expect((await call('GET', 'default')).status).toBe(204);
  });
});
