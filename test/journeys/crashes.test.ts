// The server dies in the middle of a run. The run ends one way or the other in bounded time, and the next one works.
// The machine's alone: in the cloud no server can die; functions that are cut or ended are among the faults of test/cloud.
import { after, describe, it } from 'node:test';
import { expect } from 'expect';
import { launcherPids } from '../../lib/demo/server-process.ts';
import { applying, gateIn, HEALED, slow } from '../support/held-runs.ts';
import { eventually } from '../support/eventually.ts';
import { startPlatform, type EmbeddedPlatform } from '../support/platform.ts';
import { needsTerraform } from '../support/requirements.ts';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('a crash of the server', { ...needsTerraform, timeout: 240_000, concurrency: 2 }, () => {
  const closers: (() => Promise<void>)[] = [];
  const start = async (environment: Readonly<Record<string, string>> = {}): Promise<EmbeddedPlatform> => {
    const platform = await startPlatform(environment);
    closers.push(() => platform.stop());
    return platform;
  };
  after(async () => {
    for (const close of closers.reverse()) await close();
  });

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
    await eventually('the tool to go on without a server', async () => !gate.isAwaited());
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
