// What dies in the middle of a run: a worker, the server, both. The run ends one way or the other in bounded time, and the next one works.
// The machine's alone: in the cloud no server can die; functions that are cut or ended are among the faults of test/cloud.
import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { expect } from 'expect';
import { launcherPids } from '../../lib/demo/server-process.ts';
import { eventually } from '../support/eventually.ts';
import { gitServer, testRepository } from '../support/git.ts';
import { startPlatform, type EmbeddedPlatform, type TestStack } from '../support/platform.ts';
import { needsTerraform } from '../support/requirements.ts';

const HEALED = 'resource "terraform_data" "a" {\n  input = "healed"\n}\n';

interface Gate {
  /** A shell line that waits until the gate is opened. */
  readonly wait: string;
  open(): Promise<void>;
}

function gateIn(platform: EmbeddedPlatform, name: string): Gate {
  const path = join(platform.folder, `gate-${name}`);
  return { wait: `until [ -e '${path}' ]; do sleep 0.05; done`, open: async () => void (await mkdir(path)) };
}

/** Makes one resource, then waits in the middle of making another. */
const slow = (gate: Gate) => `resource "terraform_data" "a" {\n  input = "a"\n}\nresource "terraform_data" "slow" {\n  depends_on = [terraform_data.a]\n  provisioner "local-exec" {\n    command = "echo half-way; ${gate.wait}"\n  }\n}\n`;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Processes that still run something of the gate. */
const waiting = (name: string): string => {
  try {
    return execFileSync('pgrep', ['-f', `gate-${name}'`], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
};

/** In the middle of the apply: the provisioner says so. */
async function applying(stack: TestStack): Promise<string> {
  const runId = await stack.trigger();
  await stack.reaches(runId, 'APPLYING');
  await eventually('the apply to be half-way', async () => {
    const { run } = await stack.query<{ run: { history: { state: string; stateVersion: number }[] } }>(`run(id: "${runId}") { history { state stateVersion } }`);
    const { stateVersion } = run.history[0] ?? { stateVersion: 0 };
    const { run: log } = await stack.query<{ run: { logs: { messages: { message: string }[] } | null } }>(`run(id: "${runId}") { logs(state: APPLYING, stateVersion: ${stateVersion}) { messages { message } } }`);
    return log.logs?.messages.some(({ message }) => message.includes('half-way'));
  });
  return runId;
}

// The first test waits half a minute for a worker to be given up; the others go on meanwhile.
describe('a crash', { ...needsTerraform, timeout: 240_000, concurrency: 2 }, () => {
  const closers: (() => Promise<void>)[] = [];
  const start = async (environment: Readonly<Record<string, string>> = {}): Promise<EmbeddedPlatform> => {
    const platform = await startPlatform(environment);
    closers.push(() => platform.stop());
    return platform;
  };
  after(async () => {
    for (const close of closers.reverse()) await close();
  });

  it('of busy workers by kill -9: an apply has failed within 45 s, a run that was not begun goes on elsewhere, and nothing stays locked', async () => {
    let silent = true;
    const host = await gitServer({ answer: () => silent });
    const repository = await testRepository({ name: 'silent' });
    closers.push(() => host.close(), () => repository.remove());
    await repository.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    await repository.commit({ 'main.tf': HEALED });
    const platform = await start();
    const gate = gateIn(platform, 'worker');
    const stack = await platform.stack('broken-off', { 'main.tf': slow(gate) }, { autodeploy: true });
    silent = false;
    const other = await platform.stack('not-begun', { 'main.tf': HEALED }, { autodeploy: true, repositoryURL: host.url(repository) });
    const runId = await applying(stack);
    await eventually('the head of the other repository', async () => (await other.query<{ trackedCommit: unknown }>('trackedCommit { hash }')).trackedCommit !== null);
    silent = true;
    const otherId = await other.trigger();
    await other.reaches(otherId, 'PREPARING');

    const before = await launcherPids(platform.data);
    for (const pid of before) process.kill(pid, 'SIGKILL');
    const killed = performance.now();
    silent = false;

    await stack.reaches(runId, 'FAILED');
    expect(performance.now() - killed).toBeLessThan(45_000);
    expect((await stack.stateOf(runId)).note).toMatch(/^worker lost: no heartbeat from [0-9A-Z]{26} for \d+s; state may be behind the infrastructure/);
    expect((await stack.follow(runId)).lines.join('\n')).toContain('worker lost');
    expect(waiting('worker')).toBe('');
    // What the tool could not send when it was interrupted is found by the next worker on this machine.
    await eventually('the state that was left', async () => (await stack.stateOf(runId)).note?.includes('the state that could not be saved is kept for 30 days as'));

    const next = await stack.runOf(await stack.push({ 'main.tf': HEALED }));
    expect(next.state).toBe('FINISHED');
    expect(await other.follow(otherId)).toMatchObject({ state: 'FINISHED' });
    expect((await launcherPids(platform.data)).filter((pid) => before.includes(pid))).toEqual([]);
  });

  describe('of the server', () => {
    it('by kill -9: started again it finds its workers at work, and the run finishes', async () => {
      const platform = await start();
      const gate = gateIn(platform, 'server');
      const stack = await platform.stack('survives', { 'main.tf': slow(gate) }, { autodeploy: true });
      const paused = await platform.stack('paused', { 'main.tf': HEALED });
      const planned = await paused.run();
      const runId = await applying(stack);
      const workers = await launcherPids(platform.data);

      process.kill(platform.server.pid, 'SIGKILL');
      await platform.server.ended;
      await platform.restart();

      expect(await launcherPids(platform.data)).toEqual(workers);
      expect(workers.every(isAlive)).toBe(true);
      expect((await stack.stateOf(runId)).state).toBe('APPLYING');
      await gate.open();
      const run = await stack.follow(runId);
      expect(run).toMatchObject({ state: 'FINISHED', states: ['QUEUED', 'READY', 'PREPARING', 'INITIALIZING', 'PLANNING', 'APPLYING', 'FINISHED'] });
      expect(run.lines.join('\n')).toMatch(/half-way[\s\S]*Apply complete! Resources: 2 added/);
      expect((await stack.query<{ entityCount: number }>('entityCount')).entityCount).toBe(2);

      expect((await paused.apply(planned)).state).toBe('FINISHED');
    });

    it('while its worker reports the end: the end is reported to the next one', async () => {
      const platform = await start();
      const gate = gateIn(platform, 'report');
      const stack = await platform.stack('reports', { 'main.tf': slow(gate) }, { autodeploy: true });
      const runId = await applying(stack);

      process.kill(platform.server.pid, 'SIGKILL');
      await platform.server.ended;
      await gate.open();
      await eventually('the tool to go on without a server', async () => waiting('report') === '');
      await platform.restart();

      expect(await stack.follow(runId)).toMatchObject({ state: 'FINISHED' });
      expect(await stack.query('entityCount managedStateVersions { current run }')).toMatchObject({ entityCount: 2, managedStateVersions: expect.arrayContaining([{ current: true, run: runId }]) });
    });

    it('is no crash: SIGTERM ends the server at once, twice even, and leaves a busy worker to finish', async () => {
      const platform = await start({ EMBEDDED_WORKER_COUNT: '1' });
      const gate = gateIn(platform, 'term');
      const stack = await platform.stack('patient', { 'main.tf': slow(gate) }, { autodeploy: true });
      const runId = await applying(stack);
      const [worker] = await launcherPids(platform.data);

      for (let times = 0; times < 2; times++) {
        const began = performance.now();
        process.kill(platform.server.pid, 'SIGTERM');
        expect(await platform.server.ended).toBe(0);
        expect(performance.now() - began).toBeLessThan(10_000);
        expect(isAlive(worker ?? 0)).toBe(true);
        await platform.restart();
        expect(await launcherPids(platform.data)).toEqual([worker]);
      }
      await gate.open();

      expect(await stack.follow(runId)).toMatchObject({ state: 'FINISHED' });
      // The one that was told to leave has left, and another takes its place.
      const next = await stack.runOf(await stack.push({ 'main.tf': HEALED }));
      expect(next.state).toBe('FINISHED');
      await eventually('the old worker to be gone', async () => !isAlive(worker ?? 0));
    });
  });
});
