// Workers die in the middle of runs. Each run ends one way or the other in bounded time, and the next one works.
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { applying, gateIn, HEALED, slow } from '../support/held-runs.ts';
import { eventually } from '../support/eventually.ts';
import { gitServer, testRepository, type GitServer, type TestRepository } from '../support/git.ts';
import type { Platform } from '../support/platform.ts';
import { PLATFORMS } from '../support/platforms.ts';
import { needsTerraform } from '../support/requirements.ts';

for (const on of PLATFORMS) describe(`workers that are killed (${on.name})`, { ...needsTerraform, ...on.needs, timeout: on.within(240_000) }, () => {
  let platform: Platform;
  let host: GitServer;
  /** Set, the host takes requests of workers and never answers them: a function has less time to wait than a worker takes to be missed. */
  let silent = true;
  let repository: TestRepository;

  before(async () => {
    host = await gitServer({ answer: ({ headers }) => silent && headers['user-agent'] !== 'git/windlass' });
    repository = await testRepository({ name: 'silent', allowAnyCommit: true });
    await repository.commit({ 'main.tf': HEALED });
    platform = await on.start();
  });
  after(async () => {
    silent = false;
    await platform.stop();
    await host.close();
    await repository.remove();
  });

  it('by kill -9 while busy: an apply has failed in bounded time, a run that was not begun goes on elsewhere, and nothing stays locked', async () => {
    const gate = gateIn(platform, 'worker');
    const stack = await platform.stack('broken-off', { 'main.tf': slow(gate) }, { autodeploy: true });
    silent = false;
    const other = await platform.stack('not-begun', { 'main.tf': HEALED }, { autodeploy: true, repositoryURL: host.url(repository) });
    const runId = await applying(stack);
    await eventually('the head of the other repository', async () => (await other.query<{ trackedCommit: unknown }>('trackedCommit { hash }')).trackedCommit !== null);
    silent = true;
    const otherId = await other.trigger();
    await other.reaches(otherId, 'PREPARING');

    const before = await platform.launcherPids();
    for (const pid of before) process.kill(pid, 'SIGKILL');
    const killed = performance.now();
    silent = false;

    await stack.reaches(runId, 'FAILED');
    expect(performance.now() - killed).toBeLessThan(on.within(45_000));
    expect((await stack.stateOf(runId)).note).toMatch(/^worker lost: no heartbeat from [0-9A-Z]{26} for \d+s; state may be behind the infrastructure/);
    expect((await stack.follow(runId)).lines.join('\n')).toContain('worker lost');
    expect(gate.isAwaited()).toBe(false);
    // What the tool could not send when it was interrupted is found by the next worker on this machine.
    await eventually('the state that was left', async () => (await stack.stateOf(runId)).note?.includes('the state that could not be saved is kept for 30 days as'));

    const next = await stack.runOf(await stack.push({ 'main.tf': HEALED }));
    expect(next.state).toBe('FINISHED');
    expect(await other.follow(otherId)).toMatchObject({ state: 'FINISHED', note: null });
    expect((await platform.launcherPids()).filter((pid) => before.includes(pid))).toEqual([]);
  });
});
