import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Aedes } from 'aedes';
import { expect } from 'expect';
import { verifyAssertion } from '../../lib/protocol/assertion.ts';
import { WorkerMessage } from '../../lib/protocol/messages.ts';
import { launcherAgainstDouble, type LauncherSetup, type TestLauncher } from '../support/launcher.ts';
import { needsTerraform } from '../support/requirements.ts';
import { scratchFolder } from '../support/scratch.ts';
import { workerServer } from '../support/worker-server.ts';

const until = async (done: () => boolean, what: string): Promise<void> => {
  for (let tries = 0; !done(); tries++) {
    if (tries > 500) throw new Error(`waited in vain for ${what}`);
    await sleep(10);
  }
};
const task = (launcher: TestLauncher, command: string) => launcher.server.addRun({ type: 'TASK', pkg: { run: { command, skipInit: true } } });

describe('a worker', needsTerraform, () => {
  let launcher: TestLauncher;
  const begin = async (setup?: LauncherSetup) => (launcher = await launcherAgainstDouble(setup));
  afterEach(() => launcher.close());
  const registered = (times = 1) => until(() => launcher.server.registrations.length >= times, 'the registration');

  it('registers with its tools and tags, each time under an assertion of its own', async () => {
    await begin({ environment: { SPACELIFT_METADATA_asg_id: 'asg-1', SPACELIFT_SENSITIVE_OUTPUT_UPLOAD_ENABLED: 'true' } });
    await registered();
    expect(launcher.server.registrations[0]).toMatchObject({ launcherVersion: expect.stringMatching(/^\d+\.\d+\.\d+$/), protocol: 1, execution: 'process', metadata: { asg_id: 'asg-1' }, sensitiveOutputs: true, tools: [{ kind: 'TERRAFORM_FOSS', version: '1.11.4' }] });
  });

  it('keeps trying while the server does not answer', async () => {
    await begin();
    await registered();
    await launcher.stop();
    let refused = 0;
    launcher.server.failWith((_method, path) => (path === '/register' && refused++ < 3 ? { status: 503, code: 'unavailable' } : undefined));
    launcher.restart();
    await registered(2);
    expect(refused).toBe(4);
  });

  it('leaves with 0 when told to while idle, and says goodbye', async () => {
    await begin();
    await registered();
    expect(await launcher.stop()).toBe(0);
    expect(launcher.server.requests.filter(({ path }) => path === '/deregister')).toEqual([expect.objectContaining({ body: { reason: 'signal' } })]);
  });

  it('finishes the run in hand before it leaves, and takes no other', async () => {
    await begin();
    const first = task(launcher, 'echo begun; sleep 0.3');
    const second = task(launcher, 'echo never');
    await launcher.server.reached(first, 'PERFORMING');
    expect(await launcher.stop()).toBe(0);
    expect(first.states.at(-1)).toBe('FINISHED');
    expect(second.states).toEqual([]);
  });

  it('ends the run in hand when told to leave a second time', async () => {
    await begin();
    const run = task(launcher, 'echo begun; sleep 60');
    await launcher.server.reached(run, 'PERFORMING');
    launcher.agent.drain('signal');
    launcher.agent.drain('signal');
    expect(await launcher.ended).toBe(0);
    expect(run.releases).toEqual([{ outcome: 'failed', note: 'the worker was shut down' }]);
  });

  it('ends the run in hand when the time for leaving is over', async () => {
    await begin({ environment: { SPACELIFT_LAUNCHER_SHUTDOWN_GRACE: '100ms' } });
    const run = task(launcher, 'echo begun; sleep 60');
    await launcher.server.reached(run, 'PERFORMING');
    expect(await launcher.stop()).toBe(0);
    expect(run.releases).toEqual([{ outcome: 'failed', note: 'the worker was shut down' }]);
  });

  it('leaves when its pool is cycled', async () => {
    await begin();
    await registered();
    // The server knows of the registration before the worker has read its answer, and messages are hints that may be lost.
    const telling = setInterval(() => launcher.agent.tell({ v: 1, type: 'pool.cycle', id: 'A', ts: '' }), 20);
    expect(await launcher.ended).toBe(0);
    clearInterval(telling);
  });

  it('ends with 3 when its pool was reset, and stops what it was doing', async () => {
    await begin();
    const run = task(launcher, 'echo begun; sleep 60');
    await launcher.server.reached(run, 'PERFORMING');
    launcher.server.failWith(() => ({ status: 401, code: 'pool_reset' }));
    launcher.agent.tell({ v: 1, type: 'pool.reset', id: 'A', ts: '' });
    expect(await launcher.ended).toBe(3);
    expect(run.releases).toEqual([]);
  });

  it('ends with 4 when it is too old', async () => {
    await begin();
    await registered();
    await launcher.stop();
    launcher.server.failWith(() => ({ status: 426, code: 'launcher_too_old' }));
    launcher.restart();
    expect(await launcher.ended).toBe(4);
  });

  it('comes back under a new id when the server does not know it any more', async () => {
    await begin();
    await registered();
    launcher.server.forget();
    await registered(3);
    const [first, , second] = launcher.server.registrations as { workerId: string; bootId: string }[];
    expect(second?.workerId).not.toBe(first?.workerId);
    const run = task(launcher, 'echo fine');
    await launcher.server.released(run);
    expect(run.states.at(-1)).toBe('FINISHED');
  });

  it('brings states that an earlier run had left to the server', async () => {
    await begin();
    const run = task(launcher, `echo '{"lineage":"l"}' > errored.tfstate; echo waiting; sleep 60`);
    await launcher.server.when(() => launcher.server.linesOf(run, 'PERFORMING').includes('waiting'));
    launcher.agent.tell({ v: 1, type: 'run.kill', id: 'A', ts: '', runId: run.id, lease: run.lease, reason: 'lost' });
    await until(() => existsSync(join(launcher.scratch, 'launcher', 'rescue', `${run.id}-1`, 'errored.tfstate')), 'the rescued state');
    await launcher.stop();
    launcher.restart();
    await until(() => run.artifacts.some(({ completed }) => completed), 'the delivery');
    expect(run.artifacts).toEqual([expect.objectContaining({ kind: 'errored-state', lease: 1 })]);
    await until(() => !existsSync(join(launcher.scratch, 'launcher', 'rescue', `${run.id}-1`)), 'the removal');
  });
});

describe('a worker on the broker', needsTerraform, () => {
  let broker: Aedes;
  let listener: Server;
  let launcher: TestLauncher;
  const heard: WorkerMessage[] = [];
  const logins: { clientId: string; username: string; password: string }[] = [];

  before(async () => {
    broker = await Aedes.createBroker();
    broker.authenticate = (client, username, password, done) => {
      logins.push({ clientId: client.id, username: username ?? '', password: password?.toString() ?? '' });
      done(null, true);
    };
    broker.on('publish', (packet, client) => {
      if (client && packet.topic.startsWith('spacelift/writeonly/')) heard.push(WorkerMessage.parse(JSON.parse(packet.payload.toString())));
    });
    listener = createServer(broker.handle).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    launcher = await launcherAgainstDouble({ server: { pollSeconds: 60, broker: { type: 'builtin', endpoint: '127.0.0.1', port, tls: false, alpn: null, namespace: 'spacelift', ca: null } } });
    await until(() => heard.length > 0, 'the first heartbeat');
  });
  after(async () => {
    await launcher.close();
    await new Promise<void>((resolve) => broker.close(() => resolve()));
    listener.close();
  });

  const workerId = () => String(launcher.server.registrations[0]?.workerId);
  const publish = (topic: string, message: object) => new Promise<void>((resolve, reject) => broker.publish({ cmd: 'publish', topic, payload: Buffer.from(JSON.stringify(message)), qos: 1, dup: false, retain: false }, (error) => (error ? reject(error) : resolve())));

  it('logs in with an assertion for the broker, under pool and worker id', () => {
    const login = logins[0];
    expect(login).toMatchObject({ clientId: `${launcher.server.poolId}-${workerId()}`, username: launcher.server.poolId });
    expect(verifyAssertion(login?.password ?? '', launcher.server.keys.publicKey, { audience: 'mqtt', now: new Date() }).claims.sub).toBe(workerId());
  });

  it('takes a run when it is assigned, beats after each change, and asks once per message', async () => {
    const run = task(launcher, 'sleep 0.7; echo assigned');
    const message = { v: 1, type: 'run.assign', id: 'M1', ts: '', runId: run.id, assignmentId: 'X', expiresAt: '' };
    heard.length = 0;
    const claims = () => launcher.server.requests.filter(({ path }) => path === '/claim');
    await until(() => claims().length > 0, 'the first claims');
    await sleep(50);
    const before = claims().length;
    await publish(`spacelift/readonly/${launcher.server.poolId}/${workerId()}`, message);
    await publish(`spacelift/readonly/${launcher.server.poolId}/${workerId()}`, message);
    await launcher.server.released(run);
    await until(() => heard.length >= 2, 'heartbeats');

    expect(claims()[before]?.body).toEqual({ assignmentId: 'X' });
    expect(heard[0]).toMatchObject({ type: 'heartbeat', state: 'busy', runId: run.id, lease: 1 });
    expect(heard.at(-1)).toMatchObject({ type: 'heartbeat', state: 'idle' });
    // The claim after the run found nothing; a second one for the repeated message was not made.
    await sleep(50);
    expect(claims().length).toBe(before + 2);
  });

  it('asks for a run when one is available for all', async () => {
    const run = task(launcher, 'echo available');
    await publish(`spacelift/readonly/${launcher.server.poolId}/all`, { v: 1, type: 'job.available', id: 'M2', ts: '' });
    await launcher.server.released(run);
    expect(run.states.at(-1)).toBe('FINISHED');
  });

  it('passes over messages that it does not know', async () => {
    await publish(`spacelift/readonly/${launcher.server.poolId}/all`, { v: 1, type: 'of.the.future', id: 'M3', ts: '' });
    await publish(`spacelift/readonly/${launcher.server.poolId}/all`, 'nonsense' as unknown as object);
    await sleep(20);
    expect(launcher.log.join('')).not.toContain('crash');
  });

  it('comes back after the connection was lost, and asks for what it missed', async () => {
    const run = task(launcher, 'echo missed');
    const before = logins.length;
    for (const client of Object.values((broker as unknown as { clients: Record<string, { close(): void }> }).clients)) client.close();
    await launcher.server.released(run);
    expect(logins.length).toBeGreaterThan(before);
    expect(run.states.at(-1)).toBe('FINISHED');
  });

  it('says goodbye when it leaves, so that it is not taken for lost', async () => {
    heard.length = 0;
    await launcher.stop();
    await until(() => heard.some(({ type }) => type === 'worker.bye'), 'the goodbye');
    expect(heard.filter(({ type }) => type === 'worker.lost')).toEqual([]);
    launcher.restart();
  });
});

describe('a worker program whose folder cannot be used', () => {
  it('says which setting names it, and ends with exit code 2', async () => {
    const server = await workerServer();
    const scratch = await scratchFolder('no-folder');
    const file = join(scratch.path, 'a-file');
    await writeFile(file, '');
    for (const [variable, fault] of [['SPACELIFT_LAUNCHER_WORK_DIR', 'it is a file'], ['WINDLASS_RUN_ROOT', 'a part of the path is a file']] as const) {
      const folders = { SPACELIFT_LAUNCHER_WORK_DIR: join(scratch.path, 'launcher'), WINDLASS_RUN_ROOT: join(scratch.path, 'runs'), [variable]: variable === 'WINDLASS_RUN_ROOT' ? join(file, 'runs') : file };
      const program = fileURLToPath(new URL('../../bin/launcher.ts', import.meta.url));
      const env = { PATH: process.env.PATH, SPACELIFT_TOKEN: server.token, SPACELIFT_POOL_PRIVATE_KEY: Buffer.from(server.keys.privateKey).toString('base64'), ...folders };
      const ended = spawnSync(process.execPath, ['--no-warnings', program], { env, encoding: 'utf8', timeout: 20_000 });
      expect([ended.status, ended.stderr]).toEqual([2, expect.stringContaining(`${variable}: the folder ${folders[variable]} cannot be used: ${fault}`)]);
      expect(ended.stderr).not.toContain('    at ');
    }
    await server.close();
    await scratch.remove();
  });
});

describe('a worker program that is killed', needsTerraform, () => {
  let launcher: TestLauncher;
  let child: ChildProcess | undefined;
  const program = fileURLToPath(new URL('../../bin/launcher.ts', import.meta.url));

  before(async () => {
    launcher = await launcherAgainstDouble();
    await launcher.stop();
  });
  after(async () => {
    child?.kill('SIGKILL');
    await launcher.close();
  });

  /** The program itself, with its key by file descriptor. */
  function start(): void {
    child = spawn(process.execPath, ['--no-warnings', program], {
      env: { PATH: process.env.PATH, SPACELIFT_TOKEN: launcher.server.token, WINDLASS_POOL_KEY_FD: '3', SPACELIFT_LAUNCHER_WORK_DIR: join(launcher.scratch, 'launcher'), WINDLASS_RUN_ROOT: launcher.runRoot },
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'], detached: true,
    });
    (child.stdio[3] as NodeJS.WritableStream).end(launcher.server.keys.privateKey);
  }

  it('takes its steps with it, because its guard outlives it', async () => {
    start();
    const file = join(launcher.scratch, 'ended');
    const run = task(launcher, `trap 'echo INT > ${file}; exit 1' INT; echo "pid $$"; while :; do sleep 0.05; done`);
    // The steps' user writes there.
    await chmod(launcher.scratch, 0o777);
    await launcher.server.when(() => launcher.server.linesOf(run, 'PERFORMING').some((line) => line.startsWith('pid')));

    child?.kill('SIGKILL');

    await until(() => existsSync(file), 'the interruption');
    expect(await readFile(file, 'utf8')).toBe('INT\n');
    expect(existsSync(join(launcher.scratch, 'launcher', 'handovers', `${run.id}-1.json`))).toBe(true);
  });

  it('finds its folders cleaned up when it starts again', async () => {
    const before = launcher.server.registrations.length;
    launcher.restart();
    await until(() => launcher.server.registrations.length > before, 'the registration');
    expect(launcher.log.filter((line) => line.includes('ending what an earlier launcher left running'))).toHaveLength(1);
    expect(await readdir(join(launcher.scratch, 'launcher', 'handovers'))).toEqual([]);
    expect((await readdir(launcher.runRoot)).filter((name) => /^[0-9A-Z]{26}$/.test(name))).toEqual([]);
  });

  it('interrupts its steps once, even if it is started again at once: a tool that is told twice leaves without saving its state', async () => {
    await launcher.stop();
    start();
    const file = join(launcher.scratch, 'interruptions');
    const run = task(launcher, `n=0; trap 'echo INT >> ${file}; n=1' INT; echo at work; until [ $n -gt 0 ]; do sleep 0.05; done; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 0.1; done; echo saved >> ${file}`);
    await launcher.server.when(() => launcher.server.linesOf(run, 'PERFORMING').includes('at work'));
    const before = launcher.server.registrations.length;

    child?.kill('SIGKILL');
    start();

    await launcher.server.when(() => launcher.server.registrations.length > before);
    expect(await readFile(file, 'utf8')).toBe('INT\nsaved\n');
  });
});
