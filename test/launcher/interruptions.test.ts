import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'expect';
import { launcherAgainstDouble, type TestLauncher } from '../support/launcher.ts';
import type { FakeRunInput } from '../support/worker-server.ts';
import { needsTerraform } from '../support/requirements.ts';

/** Whether a process of this run is still there. */
const isGone = async (pid: number): Promise<boolean> => {
  for (let tries = 0; tries < 100; tries++) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await sleep(20);
  }
  return false;
};

describe('a run that is cut short', needsTerraform, () => {
  let launcher: TestLauncher;
  before(async () => {
    launcher = await launcherAgainstDouble({ environment: { SPACELIFT_LAUNCHER_LOGS_TIMEOUT: '600ms', SPACELIFT_LAUNCHER_RUN_TIMEOUT: '2500ms' } });
  });
  after(() => launcher.close());

  const task = (command: string, input: FakeRunInput = {}) => launcher.server.addRun({ type: 'TASK', ...input, pkg: { run: { command, skipInit: true }, ...input.pkg } });
  const line = (run: ReturnType<typeof task>, state: string, pattern: RegExp) => launcher.server.when(() => launcher.server.linesOf(run, state).some((text) => pattern.test(text)));

  it('fails when it prints nothing for too long, and says so in its last line', async () => {
    const run = task('echo started; sleep 30');
    await launcher.server.released(run);

    expect(run.states).toEqual(['PREPARING', 'PERFORMING', 'FAILED']);
    expect(run.releases).toEqual([{ outcome: 'failed', note: 'no output for 600ms; killing the run' }]);
    expect(launcher.server.linesOf(run, 'PERFORMING').at(-1)).toContain('no output for 600ms; killing the run');
  });

  it('fails when it takes too long, however much it prints', async () => {
    const run = task('while :; do echo tick; sleep 0.2; done');
    await launcher.server.released(run);
    expect(run.releases).toEqual([{ outcome: 'failed', note: 'run timed out after 2.5s' }]);
  });

  it('is interrupted first, then terminated, then killed with everything it started', async () => {
    const run = task(`trap 'echo got INT' INT; trap 'echo got TERM' TERM; echo "pid $$"; (trap '' INT TERM; while :; do sleep 0.1; done) & while :; do sleep 0.1; done`);
    await line(run, 'PERFORMING', /^pid/);
    const pid = Number(launcher.server.linesOf(run, 'PERFORMING')[0]?.slice(4));
    await launcher.server.released(run);

    expect(launcher.server.linesOf(run, 'PERFORMING')).toEqual(expect.arrayContaining(['got INT', 'got TERM']));
    expect(await isGone(pid)).toBe(true);
    expect(await isGone(-pid)).toBe(true);
  });

  it('ends background processes with the handover', async () => {
    const run = task('sleep 60 & echo "pid $!"');
    await launcher.server.released(run);
    expect(run.states.at(-1)).toBe('FINISHED');
    expect(await isGone(Number(launcher.server.linesOf(run, 'PERFORMING')[0]?.slice(4)))).toBe(true);
  });

  it('is stopped while planning when the server asks, and runs its last hooks as STOPPED', async () => {
    const run = launcher.server.addRun({ pkg: { hooks: { before_plan: ['echo waiting; sleep 20'], after_run: ['echo "final $TF_VAR_spacelift_final_run_state"'] } } });
    await line(run, 'PLANNING', /^waiting/);
    run.stop = true;
    launcher.agent.tell({ v: 1, type: 'run.stop', id: 'A', ts: '', runId: run.id, lease: run.lease });
    await launcher.server.released(run);

    expect(run.states).toEqual(['PREPARING', 'INITIALIZING', 'PLANNING', 'STOPPED']);
    expect(launcher.server.linesOf(run, 'PLANNING').at(-1)).toBe('final STOPPED');
  });

  it('goes on when the server asks to stop what cannot be stopped', async () => {
    const run = task('echo waiting; sleep 0.4; echo done');
    await line(run, 'PERFORMING', /^waiting/);
    launcher.agent.tell({ v: 1, type: 'run.stop', id: 'B', ts: '', runId: run.id, lease: run.lease });
    await launcher.server.released(run);
    expect(run.states.at(-1)).toBe('FINISHED');
  });

  it('is killed at once and reports nothing when its lease is over', async () => {
    const run = task('trap "" INT TERM; echo "pid $$"; while :; do echo tick; sleep 0.1; done');
    await line(run, 'PERFORMING', /^tick/);
    run.lease++;
    const told = run.history.length;
    launcher.agent.tell({ v: 1, type: 'run.kill', id: 'C', ts: '', runId: run.id, lease: run.lease - 1, reason: 'superseded' });

    expect(await isGone(Number(launcher.server.linesOf(run, 'PERFORMING')[0]?.slice(4)))).toBe(true);
    expect(run.history.length).toBe(told);
    expect(run.releases).toEqual([]);
    const next = task('echo next');
    await launcher.server.released(next);
    expect(next.states.at(-1)).toBe('FINISHED');
  });

  it('keeps the state that it was about to write when its lease is over', async () => {
    launcher.server.failWith((method, path) => (method === 'POST' && path.endsWith('/uploads') ? { status: 503, code: 'unavailable' } : undefined));
    const main = Buffer.from('resource "terraform_data" "box" { input = "unsent" }\n').toString('base64');
    const run = launcher.server.addRun({ pkg: { files: [{ path: 'source/main.tf', content: main, mode: null, secret: false }] } });
    await launcher.server.when(() => launcher.server.requests.some(({ path }) => path.endsWith('/uploads') && path.includes(run.id)));
    launcher.agent.tell({ v: 1, type: 'run.kill', id: 'E', ts: '', runId: run.id, lease: run.lease, reason: 'lost' });

    const kept = join(launcher.scratch, 'launcher', 'rescue', `${run.id}-1`, 'errored.tfstate');
    await launcher.server.when(() => run.releases.length > 0);
    launcher.server.failWith(undefined);
    launcher.server.state.lock = undefined;
    expect(readFileSync(kept, 'utf8')).toContain('unsent');
  });

  it('passes over messages for another lease', async () => {
    const run = task('echo waiting; sleep 0.3');
    await line(run, 'PERFORMING', /^waiting/);
    launcher.agent.tell({ v: 1, type: 'run.kill', id: 'D', ts: '', runId: run.id, lease: run.lease + 1, reason: 'lost' });
    await launcher.server.released(run);
    expect(run.states.at(-1)).toBe('FINISHED');
  });

  it('gives up when the server refuses a step', async () => {
    launcher.server.failWith((method, path) => (path.endsWith('/transitions') ? { status: 409, code: 'bad_transition' } : undefined));
    const run = task('echo never');
    await launcher.server.when(() => run.releases.length > 0);
    launcher.server.failWith(undefined);
    expect(launcher.server.log(run)).not.toContain('never');
  });

  it('waits no longer than its time for a decision, then saves the workspace', async () => {
    await launcher.stop();
    launcher.restart({ SPACELIFT_LAUNCHER_LOGS_TIMEOUT: '7m', SPACELIFT_LAUNCHER_RUN_TIMEOUT: '70m' });
    const run = launcher.server.addRun({ decision: null });
    await launcher.server.when(() => run.reports.length === 1);
    await sleep(50);
    launcher.server.decide(run, 'release');
    await launcher.server.released(run);
    expect(run.releases).toEqual([{ outcome: 'waiting' }]);
    expect(launcher.server.objects.has(run.workspaceKey ?? '')).toBe(true);
  });
});
