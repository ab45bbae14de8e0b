import { after, before, describe, it } from 'node:test';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'expect';
import { importState } from '../../lib/core/state/actions/import-state.ts';
import type { Run } from '../../lib/core/runs/run.ts';
import type { WorkerInPool } from '../../lib/core/workers/worker.ts';
import type { Stack } from '../../lib/core/stacks/stack.ts';
import { objectRoutes } from '../../lib/edge/http/objects.ts';
import { router } from '../../lib/edge/http/router.ts';
import { workerApiRoutes } from '../../lib/edge/http/worker-api.ts';
import { HttpClient } from '../../lib/launcher/http-client.ts';
import { RunApi } from '../../lib/launcher/run-api.ts';
import { ServerApi } from '../../lib/launcher/server-api.ts';
import type { StateApi } from '../../lib/launcher/state-api.ts';
import { stateCalls } from '../../lib/launcher/state-calls.ts';
import { startStateProxy, type StateAccess, type StateProxy } from '../../lib/launcher/state-proxy.ts';
import { serveHttp, type HttpServer } from '../../lib/runtime/node-http.ts';
import { adminActor } from '../support/actors.ts';
import { aStackOfItsOwn } from '../support/run-builders.ts';
import { aState, currentBody, heldRun, lockInfo, moveRun } from '../support/state-builders.ts';
import { scratchFolder } from '../support/scratch.ts';
import { eventually } from '../support/eventually.ts';
import { terraformFolder, type TerraformFolder } from '../support/terraform.ts';
import { aWorker, aWorkerPool, workersApp, type TestPool, type WorkersApp } from '../support/worker-builders.ts';
import { needsTerraform } from '../support/requirements.ts';

const BACKEND = 'terraform {\n  backend "http" {}\n}\n';
const CONFIG = 'resource "terraform_data" "a" {\n  input = { big = 12345678901234567891, text = "zażółć" }\n}\noutput "big" { value = 12345678901234567891 }\n';

/** The tool's side of a handover: a proxy, and what the tool is told about it. */
interface Handover {
  readonly proxy: StateProxy;
  readonly environment: Readonly<Record<string, string>>;
  readonly authorization: string;
}

describe('the state proxy', () => {
  let app: WorkersApp;
  let pool: TestPool;
  let server: HttpServer;
  let scratch: Awaited<ReturnType<typeof scratchFolder>>;
  let http: HttpClient;
  const proxies: StateProxy[] = [];
  const folders: TerraformFolder[] = [];

  before(async () => {
    app = await workersApp();
    pool = await aWorkerPool(app);
    scratch = await scratchFolder('proxy');
    http = new HttpClient();
    server = await serveHttp({
      address: { host: '127.0.0.1', port: 0 }, variable: 'TEST', tls: null, ids: app.ports.ids, telemetry: app.ports.telemetry,
      handle: router([...workerApiRoutes(app.ports), ...objectRoutes(app.ports, app.urls)]),
    });
  });
  after(async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await Promise.all(folders.map((folder) => folder.remove()));
    http.close();
    await server.close(0);
    await scratch.remove();
    await app.close();
  });

  async function folderFor(name: string): Promise<string> {
    const path = join(scratch.path, `${name}-${app.ports.ids.ulid()}`);
    await mkdir(path);
    return path;
  }

  async function held(stack: Stack, changes: Parameters<typeof heldRun>[2]): Promise<{ readonly run: Run; readonly worker: WorkerInPool & { readonly token: string } }> {
    const worker = await aWorker(app, pool);
    return { worker, run: await heldRun(app, stack, { ...changes, workerId: worker.id, workerPoolId: pool.pool.id }) };
  }

  function apiOf({ run, worker }: Awaited<ReturnType<typeof held>>): StateApi {
    const api = new ServerApi({ api: `http://127.0.0.1:${server.port}`, launcherVersion: '6.0.0', http });
    api.useBaseUrl(app.ports.settings.baseUrl);
    api.useSession(worker.token, async () => {});
    return stateCalls(new RunApi(api, run.id, run.lease, new AbortController().signal), 'default');
  }

  async function serve(api: StateApi, options: { readonly access?: () => StateAccess; readonly retryForMs?: number } = {}): Promise<Handover> {
    const spoolFolder = await folderFor('spool');
    const password = randomBytes(32).toString('base64url');
    const proxy = await startStateProxy({
      bind: { host: '127.0.0.1', port: 0 }, api, workspace: 'default', username: 'RUN', password, spoolFolder, access: options.access ?? (() => 'write'), retryForMs: options.retryForMs ?? 5_000,
    });
    proxies.push(proxy);
    return {
      proxy,
      authorization: `Basic ${Buffer.from(`RUN:${password}`).toString('base64')}`,
      environment: { TF_HTTP_ADDRESS: proxy.address, TF_HTTP_LOCK_ADDRESS: proxy.address, TF_HTTP_UNLOCK_ADDRESS: proxy.address, TF_HTTP_USERNAME: 'RUN', TF_HTTP_PASSWORD: password, TF_HTTP_RETRY_MAX: '1' },
    };
  }

  const handover = async (stack: Stack, changes: Parameters<typeof heldRun>[2], access: StateAccess = 'write') => serve(apiOf(await held(stack, changes)), { access: () => access });

  async function configuration(text = CONFIG): Promise<TerraformFolder> {
    const folder = await terraformFolder({ 'main.tf': text, 'managed_state_backend.tf': BACKEND });
    folders.push(folder);
    return folder;
  }

  const send = (to: Handover, method: string, body?: string, options: { readonly headers?: Record<string, string>; readonly query?: string } = {}) =>
    fetch(`${to.proxy.address}${options.query ?? ''}`, { method, headers: { authorization: to.authorization, ...options.headers }, ...(body === undefined ? {} : { body }) });
  const md5 = (body: string) => createHash('md5').update(body).digest('base64');

  describe('with the real tool', needsTerraform, () => {
    it('plans in one handover and applies in another, without a new init, and stores the state byte for byte', async () => {
      const stack = await aStackOfItsOwn(app);
      const folder = await configuration();
      const { run, worker } = await held(stack, { state: 'PLANNING' });
      const planning = await serve(apiOf({ run, worker }), { access: () => 'read' });
      await folder.must(['init'], planning.environment);
      await folder.must(['plan', '-out=plan.bin'], planning.environment);
      expect(await currentBody(app, stack)).toBeUndefined();

      const next = await aWorker(app, pool);
      const resumed = await moveRun(app, run, { state: 'APPLYING', lease: 2, workerId: next.id });
      const applying = await serve(apiOf({ run: resumed, worker: next }));
      await folder.must(['apply', 'plan.bin'], applying.environment);

      const committed = applying.proxy.lastCommitted();
      const body = await readFile(committed?.path ?? '', 'utf8');
      expect(body).toBe(await currentBody(app, stack));
      expect(body).toContain('"value": 12345678901234567891');
      expect(createHash('sha256').update(body).digest('hex')).toBe(committed?.sha256);
      expect(await folder.must(['state', 'pull'], applying.environment)).toBe(`${body}\n`);
      const again = await folder.run(['plan', '-detailed-exitcode'], applying.environment);
      expect(again).toMatchObject({ code: 0 });
    });

    it('keeps the state that could not be written when another run was faster, and refuses it afterwards too', async () => {
      const stack = await aStackOfItsOwn(app);
      const folder = await configuration();
      const slow = await handover(stack, { state: 'APPLYING' });
      await folder.must(['init'], slow.environment);
      await folder.must(['apply', '-auto-approve'], slow.environment);
      await folder.write('main.tf', CONFIG.replace('zażółć', 'changed').concat('resource "terraform_data" "slow" {\n  provisioner "local-exec" {\n    command = "touch begun; while [ ! -e go ]; do sleep 0.05; done"\n  }\n}\n'));

      const applying = folder.run(['apply', '-auto-approve', '-lock=false'], slow.environment);
      await eventually('the provisioner to begin', () => folder.read('begun').then(() => true, () => false));
      const task = await handover(stack, { type: 'TASK', state: 'PERFORMING' });
      const base = (await currentBody(app, stack)) ?? '';
      const serial = (JSON.parse(base) as { serial: number }).serial;
      expect((await send(task, 'POST', base.replace(`"serial": ${serial}`, `"serial": ${serial + 50}`))).status).toBe(200);
      await writeFile(join(folder.path, 'go'), '');
      const result = await applying;

      expect(result.code).toBe(1);
      const errored = await folder.read('errored.tfstate');
      expect(errored).toContain('"slow"');
      await expect(slow.proxy.commitFile(join(folder.path, 'errored.tfstate'))).rejects.toMatchObject({ status: 409 });
      expect(JSON.parse((await currentBody(app, stack)) ?? '')).toMatchObject({ serial: serial + 50 });
    });

    it('refuses a state of another lineage', async () => {
      const stack = await aStackOfItsOwn(app);
      const first = await handover(stack, { state: 'APPLYING' });
      const folder = await configuration();
      await folder.must(['init'], first.environment);
      await folder.must(['apply', '-auto-approve'], first.environment);
      await folder.write('other.tfstate', aState({ serial: 99, lineage: 'another' }));

      const tracked = await folder.run(['state', 'push', '-force', 'other.tfstate'], first.environment);
      expect(tracked.code).toBe(1);
      expect(tracked.output).toContain('409');

      const task = await handover(stack, { type: 'TASK', state: 'PERFORMING' });
      await folder.must(['state', 'push', '-force', 'other.tfstate'], task.environment);
      expect(JSON.parse((await currentBody(app, stack)) ?? '')).toMatchObject({ lineage: 'another' });
    });

    it('refuses a plan that was made before a state was imported', async () => {
      const stack = await aStackOfItsOwn(app);
      const folder = await configuration();
      const { run, worker } = await held(stack, { state: 'APPLYING' });
      const first = await serve(apiOf({ run, worker }));
      await folder.must(['init'], first.environment);
      await folder.must(['apply', '-auto-approve'], first.environment);
      await folder.write('main.tf', CONFIG.replace('zażółć', 'changed'));
      await folder.must(['plan', '-out=old.bin'], first.environment);
      await moveRun(app, run, { state: 'FINISHED' });
      await app.ports.db.sql.updateTable('stacks').set({ locked_by: 'admin' }).where('id', '=', stack.id).execute();
      await importState(app.ports, adminActor(), { stackId: stack.id, state: (await currentBody(app, stack)) ?? '' });

      const next = await handover(stack, { state: 'APPLYING' });
      const stale = await folder.run(['apply', 'old.bin'], next.environment);

      expect(stale).toMatchObject({ code: 1, output: expect.stringContaining('stale') });
      expect((await folder.run(['plan', '-detailed-exitcode'], next.environment)).code).toBe(2);
      expect(await currentBody(app, stack)).toContain('12345678901234567891');
    });

    it('lets a proposed run plan beside an apply that holds the lock, and write nothing', async () => {
      const stack = await aStackOfItsOwn(app);
      const folder = await configuration();
      const applying = await handover(stack, { state: 'APPLYING' });
      await folder.must(['init'], applying.environment);
      expect((await send(applying, 'LOCK', JSON.stringify(lockInfo('apply')))).status).toBe(200);

      const proposed = await handover(stack, { type: 'PROPOSED', state: 'PLANNING' }, 'read');
      await folder.must(['plan'], proposed.environment);
      const applied = await folder.run(['apply', '-auto-approve'], proposed.environment);

      expect(applied.code).toBe(1);
      expect(applied.output).toContain('403');
      expect(await currentBody(app, stack)).toBeUndefined();
    });

    it('tells who holds the lock, and lets a task force it open once that run is over', async () => {
      const stack = await aStackOfItsOwn(app);
      const folder = await configuration();
      const holding = await held(stack, { state: 'PLANNING' });
      const holder = await serve(apiOf(holding));
      await folder.must(['init'], holder.environment);
      expect((await send(holder, 'LOCK', JSON.stringify(lockInfo('aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee')))).status).toBe(200);

      const task = await handover(stack, { type: 'TASK', state: 'PERFORMING' });
      const locked = await folder.run(['apply', '-auto-approve'], task.environment);
      expect(locked).toMatchObject({ code: 1, output: expect.stringContaining('aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee') });
      expect((await folder.run(['force-unlock', '-force', 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee'], task.environment)).code).toBe(1);
      await folder.must(['plan', '-lock=false'], task.environment);

      await moveRun(app, holding.run, { state: 'FAILED' });
      await folder.must(['force-unlock', '-force', 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee'], task.environment);
      await folder.must(['apply', '-auto-approve'], task.environment);
    });

    it('stops a worker that lost its run: reading, locking and writing are refused, and the state is kept beside', async () => {
      const stack = await aStackOfItsOwn(app);
      const folder = await configuration();
      const { run, worker } = await held(stack, { state: 'APPLYING' });
      const lost = await serve(apiOf({ run, worker }));
      await folder.must(['init'], lost.environment);
      await folder.write('main.tf', CONFIG.concat('resource "terraform_data" "slow" {\n  provisioner "local-exec" {\n    command = "touch started; while [ ! -e go ]; do sleep 0.05; done"\n  }\n}\n'));
      const applying = folder.run(['apply', '-auto-approve'], lost.environment);
      while (!(await stat(join(folder.path, 'started')).catch(() => undefined))) await sleep(10);

      await moveRun(app, run, { state: 'FAILED' });
      await writeFile(join(folder.path, 'go'), '');
      const result = await applying;

      expect(result.code).toBe(1);
      expect(await folder.read('errored.tfstate')).toContain('terraform_data');
      expect((await send(lost, 'GET')).status).toBe(403);
      expect((await send(lost, 'LOCK', JSON.stringify(lockInfo('x')))).status).toBe(403);
      const successor = await handover(stack, { state: 'APPLYING' });
      expect((await send(successor, 'LOCK', JSON.stringify(lockInfo('y')))).status).toBe(200);
    });
  });

  describe('towards the tool', () => {
    it('serves the run’s own state to who knows the password, and nothing else', async () => {
      const to = await handover(await aStackOfItsOwn(app), { state: 'APPLYING' });

      expect((await fetch(to.proxy.address)).status).toBe(401);
      expect((await fetch(to.proxy.address, { headers: { authorization: `${to.authorization}x` } })).status).toBe(401);
      expect((await fetch(to.proxy.address.replace(/default$/, 'other'), { headers: { authorization: to.authorization } })).status).toBe(404);
      expect((await send(to, 'PATCH', '{}')).status).toBe(405);
    });

    it('answers 204 when there is no state, and the body with its MD5 when there is', async () => {
      const to = await handover(await aStackOfItsOwn(app), { state: 'APPLYING' });
      const body = aState({ serial: 1 });

      expect((await send(to, 'GET')).status).toBe(204);
      expect((await send(to, 'POST', body, { headers: { 'content-md5': md5(body) } })).status).toBe(200);
      const got = await send(to, 'GET');
      expect([got.status, got.headers.get('content-md5'), await got.text()]).toEqual([200, md5(body), body]);
      expect((await send(to, 'DELETE')).status).toBe(200);
      expect((await send(to, 'GET')).status).toBe(204);
    });

    it('refuses a body that does not match its MD5, and one that is no state', async () => {
      const stack = await aStackOfItsOwn(app);
      const to = await handover(stack, { state: 'APPLYING' });

      expect((await send(to, 'POST', aState({ serial: 1 }), { headers: { 'content-md5': md5('other') } })).status).toBe(400);
      for (const bad of ['', 'hello', '{}', '[]', '{"version":4,"serial":1,"lineage":"l"']) expect((await send(to, 'POST', bad)).status).toBe(400);
      expect(await currentBody(app, stack)).toBeUndefined();
    });

    it('keeps to the phase, which changes while it lives', async () => {
      let access: StateAccess = 'read';
      const to = await serve(apiOf(await held(await aStackOfItsOwn(app), { state: 'APPLYING' })), { access: () => access });

      expect((await send(to, 'POST', aState({ serial: 1 }))).status).toBe(403);
      expect((await send(to, 'DELETE')).status).toBe(403);
      access = 'write';
      expect((await send(to, 'POST', aState({ serial: 1 }))).status).toBe(200);
      access = 'none';
      expect((await send(to, 'GET')).status).toBe(403);
    });

    it('lets one of two that lock at once through, and shows the other who was faster', async () => {
      const stack = await aStackOfItsOwn(app);
      const [first, second] = [await held(stack, { type: 'TASK', state: 'PERFORMING' }), await held(stack, { type: 'TASK', state: 'PERFORMING' })];
      const both = await Promise.all([first, second].map(async (one) => ({ ...one, to: await serve(apiOf(one)) })));

      const answers = await Promise.all(both.map(({ to }, index) => send(to, 'LOCK', JSON.stringify(lockInfo(`lock-${index}`)))));

      expect(answers.map(({ status }) => status).sort()).toEqual([200, 423]);
      const [winner, loser] = answers[0]?.status === 200 ? both : both.toReversed();
      if (winner === undefined || loser === undefined) throw new Error('there are two');
      const refused = answers.find(({ status }) => status === 423);
      expect(await refused?.json()).toMatchObject({ ID: `lock-${both.indexOf(winner)}`, Who: `run ${winner.run.id}` });
      expect((await send(loser.to, 'UNLOCK', '')).status).toBe(409);
      expect((await send(winner.to, 'UNLOCK', '')).status).toBe(200);
    });

    it('keeps bodies in private files, and only the last ones', async () => {
      const spool = await folderFor('kept');
      const api = apiOf(await held(await aStackOfItsOwn(app), { state: 'APPLYING' }));
      const proxy = await startStateProxy({ bind: { host: '127.0.0.1', port: 0 }, api, workspace: 'default', username: 'u', password: 'p', spoolFolder: spool, access: () => 'write' });
      proxies.push(proxy);
      const to: Handover = { proxy, environment: {}, authorization: `Basic ${Buffer.from('u:p').toString('base64')}` };

      for (const serial of [1, 2, 3]) await send(to, 'POST', aState({ serial }));
      await send(to, 'POST', 'no state');
      await send(to, 'GET');

      const files = await readdir(spool);
      expect(files).toEqual([expect.stringMatching(/^state-/)]);
      expect((await stat(join(spool, files[0] ?? ''))).mode & 0o777).toBe(0o600);
      expect(await readFile(proxy.lastCommitted()?.path ?? '', 'utf8')).toBe(aState({ serial: 3 }));
    });
  });

  describe('towards the platform', () => {
    /** A platform in memory that can be told to fail. */
    function platform(fail: (call: string) => Error | undefined = () => undefined): StateApi & { readonly calls: string[]; body: Buffer | undefined } {
      const calls: string[] = [];
      const enter = async (call: string) => {
        calls.push(call);
        const error = fail(call);
        if (error !== undefined) throw error;
      };
      let staged: Buffer | undefined;
      const api: StateApi & { readonly calls: string[]; body: Buffer | undefined } = {
        calls,
        body: undefined,
        get: async () => {
          await enter('get');
          if (api.body === undefined) return undefined;
          const sha256 = createHash('sha256').update(api.body).digest('hex');
          return { versionId: sha256, serial: 1, lineage: 'l', bytes: api.body.length, sha256, md5: createHash('md5').update(api.body).digest('base64'), url: 'memory:', expiresAt: '' };
        },
        download: async () => {
          await enter('download');
          return (async function* () {
            yield api.body ?? Buffer.alloc(0);
          })();
        },
        beginUpload: async () => {
          await enter('begin');
          return { uploadId: 'upload', url: 'memory:', headers: {}, expiresAt: '' };
        },
        put: async (_, file) => {
          await enter('put');
          staged = file.bytes > 1_000_000 ? Buffer.from(String(file.bytes)) : await readFile(file.path);
        },
        commit: async () => {
          await enter('commit');
          api.body = staged;
          return { versionId: createHash('sha256').update(staged ?? '').digest('hex') };
        },
        lock: async () => (await enter('lock'), { holder: null }),
        unlock: () => enter('unlock'),
        remove: () => enter('remove'),
      };
      return api;
    }
    const refusal = (status: number) => Object.assign(new Error(`refused with ${status}`), { status });

    it('repeats what fails, beginning anew', async () => {
      let failures = 2;
      const api = platform((call) => (call === 'commit' && failures-- > 0 ? new Error('connection reset') : undefined));
      const to = await serve(api);

      expect((await send(to, 'POST', aState({ serial: 1 }))).status).toBe(200);
      expect(api.calls).toEqual(['begin', 'put', 'commit', 'begin', 'put', 'commit', 'begin', 'put', 'commit']);
    });

    it('answers 503 when it cannot get through in time, never "no state"', async () => {
      const to = await serve(platform(() => new Error('connection refused')), { retryForMs: 0 });

      for (const [method, body] of [['GET', undefined], ['POST', aState({ serial: 1 })], ['LOCK', '{"ID":"x"}']] as const) expect((await send(to, method, body)).status).toBe(503);
    });

    it('passes refusals on, but for those that the tool would misread', async () => {
      const answers: (readonly [number, number])[] = [[409, 409], [403, 403], [413, 413], [404, 503], [401, 503], [429, 503]];

      for (const [status, answer] of answers) {
        const to = await serve(platform(() => refusal(status)), { retryForMs: 0 });
        expect((await send(to, 'GET')).status).toBe(answer);
        expect((await send(to, 'POST', aState({ serial: 1 }))).status).toBe(answer);
      }
    });

    it('does not hand on a body with another checksum than was announced', async () => {
      const api = platform();
      const to = await serve(api, { retryForMs: 0 });
      await send(to, 'POST', aState({ serial: 1 }));
      const broken = { ...api, get: async () => ({ ...(await api.get() ?? never()), versionId: 'other', sha256: '0'.repeat(64) }) };

      expect((await send(await serve(broken, { retryForMs: 0 }), 'GET')).status).toBe(503);
    });

    it('goes on to the commit when the object is there from an attempt whose answer was lost', async () => {
      const api = platform((call) => (call === 'put' ? refusal(412) : undefined));

      expect((await send(await serve(api), 'POST', aState({ serial: 1 }))).status).toBe(200);
    });

    it('reads a body once while its version stays the same', async () => {
      const api = platform();
      api.body = Buffer.from(aState({ serial: 1 }));
      const to = await serve(api);

      for (let round = 0; round < 3; round++) expect(await (await send(to, 'GET')).text()).toBe(aState({ serial: 1 }));
      expect(api.calls.filter((call) => call === 'download')).toHaveLength(1);
    });

    it('takes a state of 100 MB without holding it in memory', async () => {
      const to = await serve(platform());
      const block = Buffer.from(`"${'x'.repeat(1024 * 1024)}",`);
      const large = async function* () {
        yield Buffer.from('{"version":4,"serial":1,"lineage":"l","resources":[');
        for (let sent = 0; sent < 100; sent++) yield block;
        yield Buffer.from('null]}');
      };
      globalThis.gc?.();
      const before = process.memoryUsage();
      let most = 0;
      const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().heapUsed + process.memoryUsage().external)), 20);

      const answer = await fetch(to.proxy.address, { method: 'POST', headers: { authorization: to.authorization }, body: ReadableStream.from(large()), duplex: 'half' });
      clearInterval(watch);

      expect(answer.status).toBe(200);
      expect(to.proxy.lastCommitted()?.bytes).toBeGreaterThan(100 * 1024 * 1024);
      expect(most - before.heapUsed - before.external).toBeLessThan(100 * 1024 * 1024);
    });
  });
});

function never(): never {
  throw new Error('there should be a state');
}
