// What people do with a run between its plan and its end, at the right moment, at the wrong one, and all at once.
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { gateIn } from '../support/held-runs.ts';
import { eventually } from '../support/eventually.ts';
import { link } from '../support/git-links.ts';
import type { FollowedRun, Platform, TestStack } from '../support/platform.ts';
import { PLATFORMS } from '../support/platforms.ts';
import { needsTerraform } from '../support/requirements.ts';

const two = (value: string) => `resource "terraform_data" "a" {\n  input = "${value}"\n}\nresource "terraform_data" "b" {\n  input = "${value}"\n}\n`;

const outcomes = async (calls: readonly Promise<unknown>[]) => {
  const settled = await Promise.allSettled(calls);
  return { won: settled.filter(({ status }) => status === 'fulfilled').length, told: settled.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).message] : [])) };
};

const workerOf = (run: FollowedRun) => /\[([0-9A-HJKMNP-TV-Z]{26})\]/.exec(run.lines.join('\n'))?.[1];

for (const on of PLATFORMS) describe(`confirming, and what else people do with a run (${on.name})`, { ...needsTerraform, ...on.needs, timeout: on.within(240_000) }, () => {
  let platform: Platform;
  before(async () => {
    platform = await on.start();
  });
  after(() => platform.stop());

  async function unconfirmed(name: string, input: Readonly<Record<string, unknown>> = {}): Promise<{ readonly stack: TestStack; readonly planned: FollowedRun }> {
    const stack = await platform.stack(name, { 'main.tf': two('first') }, input);
    const planned = await stack.run();
    expect(planned.state).toBe('UNCONFIRMED');
    return { stack, planned };
  }

  it('ten confirmations at once: one wins, the others are told where the run is', async () => {
    const { stack, planned } = await unconfirmed('ten');

    const { won, told } = await outcomes(Array.from({ length: 10 }, () => stack.confirm(planned.id)));

    expect(won).toBe(1);
    for (const message of told) expect(message).toMatch(/^a run in state [A-Z_]+ cannot confirm$|moved on/);
    expect(await stack.follow(planned.id, planned.stateVersion)).toMatchObject({ state: 'FINISHED', states: ['CONFIRMED', 'PREPARING_APPLY', 'APPLYING', 'FINISHED'] });
  });

  it('a confirmation and a discard at once: one wins, and the run does what that one asked', async () => {
    const { stack, planned } = await unconfirmed('confirm-or-discard');

    const [confirmed, discarded] = await Promise.allSettled([stack.confirm(planned.id), stack.act('runDiscard', planned.id)]);

    const { state, states } = await stack.follow(planned.id, planned.stateVersion);
    // A confirmed run may still be discarded until a worker has it, so both can be right in that order only.
    expect([confirmed.status, discarded.status]).toContain('fulfilled');
    expect(state).toBe(discarded.status === 'fulfilled' ? 'DISCARDED' : 'FINISHED');
    expect(states.includes('CONFIRMED')).toBe(confirmed.status === 'fulfilled');
  });

  it('a confirmation in the wrong state is refused with that state: queued, at work, ended', async () => {
    const { stack, planned } = await unconfirmed('wrong-state', { beforeApply: [gateIn(platform, 'wrong-state').wait] });
    const waiting = await stack.trigger();
    await expect(stack.confirm(waiting)).rejects.toThrow('a run in state QUEUED cannot confirm');

    await stack.confirm(planned.id);
    await stack.reaches(planned.id, 'APPLYING');
    await expect(stack.confirm(planned.id)).rejects.toThrow('a run in state APPLYING cannot confirm');
    await expect(stack.act('runDiscard', planned.id)).rejects.toThrow('a run in state APPLYING cannot discard');
    await expect(stack.act('runStop', planned.id)).rejects.toThrow('a run in state APPLYING cannot stop');

    await gateIn(platform, 'wrong-state').open();
    expect((await stack.follow(planned.id, planned.stateVersion)).state).toBe('FINISHED');
    await expect(stack.confirm(planned.id)).rejects.toThrow('a run in state FINISHED cannot confirm');
    await expect(stack.confirm('01HZX0000000000000000000ZZ')).rejects.toThrow('not found');
    expect((await stack.follow(waiting)).state).toBe('FINISHED');
  });

  it('a run behind another says which; canceled it never starts, and the one before is not touched', async () => {
    const { stack, planned } = await unconfirmed('behind');
    const behind = await stack.trigger();
    const run = await eventually('what the run waits for', async () => {
      const { run: seen } = await stack.query<{ run: { state: string; waitingFor: { reason: string; run: string | null } } }>(`run(id: "${behind}") { state waitingFor { reason run } }`);
      return seen.waitingFor.run === null ? undefined : seen;
    });
    expect(run).toMatchObject({ state: 'QUEUED', waitingFor: { run: planned.id, reason: expect.stringContaining(planned.id) } });

    await stack.act('runCancel', behind, 'not needed');

    expect(await stack.follow(behind)).toMatchObject({ state: 'CANCELED', note: 'not needed', states: ['QUEUED', 'CANCELED'] });
    await expect(stack.act('runCancel', planned.id)).rejects.toThrow('a run in state UNCONFIRMED cannot cancel');
    await stack.act('runDiscard', planned.id, 'changed my mind');
    expect(await stack.stateOf(planned.id)).toMatchObject({ state: 'DISCARDED', note: 'changed my mind' });
  });

  it('a stop while planning interrupts the tool, and the next run is free to start', async () => {
    const stack = await platform.stack('stopped', { 'main.tf': two('first') }, { beforePlan: [gateIn(platform, 'stopped').wait] });
    const runId = await stack.trigger();
    await stack.reaches(runId, 'PLANNING');

    await stack.act('runStop', runId, 'wrong branch');

    expect(await stack.follow(runId)).toMatchObject({ state: 'STOPPED', note: 'wrong branch' });
    await gateIn(platform, 'stopped').open();
    expect((await stack.run()).state).toBe('UNCONFIRMED');
  });

  it('a kill while applying fails the run with the note; the state lock is free, and the next run applies', async () => {
    const gated = gateIn(platform, 'killed');
    const stack = await platform.stack('killed', { 'main.tf': `${two('first')}resource "terraform_data" "slow" {\n  provisioner "local-exec" {\n    command = "echo waiting; ${gated.wait}"\n  }\n}\n` });
    const planned = await stack.run();
    await stack.confirm(planned.id);
    await stack.reaches(planned.id, 'APPLYING');

    await stack.act('runKill', planned.id, 'it hangs');

    const killed = await stack.follow(planned.id, planned.stateVersion);
    expect(killed).toMatchObject({ state: 'FAILED', note: 'it hangs' });
    expect(killed.lines.at(-1)).toContain('it hangs');
    await gated.open();
    const again = await stack.run();
    expect((await stack.apply(again)).state).toBe('FINISHED');
  });

  it('a run confirmed after all workers were killed resumes on another one', async () => {
    const { stack, planned } = await unconfirmed('resumed');
    for (const pid of await platform.launcherPids()) process.kill(pid, 'SIGKILL');

    const applied = await stack.apply(planned);

    expect(applied.state).toBe('FINISHED');
    expect(workerOf(applied)).not.toBe(workerOf(planned));
    expect(applied.lines.join('\n')).toContain('Restored the workspace');
  });

  it('a targeted replan plans the chosen address only, in the same run, and applies that', async () => {
    const { stack, planned } = await unconfirmed('replanned');

    await platform.api.query('mutation ($stack: ID!, $run: ID!) { runTargetedReplan(stack: $stack, run: $run, targets: ["terraform_data.b"]) { id } }', { stack: stack.id, run: planned.id });
    const replanned = await stack.follow(planned.id, planned.stateVersion);
    expect(replanned).toMatchObject({ state: 'UNCONFIRMED', states: ['REPLAN_REQUESTED', 'PREPARING_REPLAN', 'PLANNING', 'UNCONFIRMED'] });
    expect((await stack.apply(replanned)).state).toBe('FINISHED');

    const { entities } = await stack.query<{ entities: { type: string; address: string }[] }>('entities { address type }');
    expect(entities.filter(({ type }) => type === 'terraform_data').map(({ address }) => address)).toEqual(['terraform_data.b']);
  });

  it('a replan without targets, or of a run that does not wait, is refused', async () => {
    const { stack, planned } = await unconfirmed('not-replanned');
    const replan = (targets: readonly string[]) => platform.api.query('mutation ($stack: ID!, $run: ID!, $targets: [String!]!) { runTargetedReplan(stack: $stack, run: $run, targets: $targets) { id } }', { stack: stack.id, run: planned.id, targets });

    await expect(replan([])).rejects.toThrow(/target/);
    await stack.act('runDiscard', planned.id);
    await expect(replan(['terraform_data.a'])).rejects.toThrow('a run in state DISCARDED cannot replan');
  });

  it('a task that fails is a failed run with the status of its command', async () => {
    const stack = await platform.stack('task', { 'main.tf': two('first') });

    expect(await stack.task('echo from-the-task; exit 9')).toMatchObject({ state: 'FAILED', note: 'the task failed: exit status 9', lines: expect.arrayContaining(['from-the-task']) });
  });

  it('a mounted file with ../, or with an absolute path, is refused for stacks and for contexts', async () => {
    const stack = await platform.stack('mounted', { 'main.tf': two('first') });
    const { contextCreateV2 } = await platform.api.query<{ contextCreateV2: { id: string } }>('mutation { contextCreateV2(input: { name: "mounted" }) { id } }');
    const mount = (owner: 'stack' | 'context', id: string, path: string) =>
      platform.api.query(`mutation ($id: ID!, $config: ConfigInput!) { ${owner}ConfigAdd(${owner}: $id, config: $config) { id } }`, { id, config: { id: path, type: 'FILE_MOUNT', value: Buffer.from('x').toString('base64'), writeOnly: false } });

    for (const [owner, id] of [['stack', stack.id], ['context', contextCreateV2.id]] as const) {
      await expect(mount(owner, id, '../outside')).rejects.toThrow('the path of a mounted file stays in the workspace, but "../outside" contains ".."');
      await expect(mount(owner, id, 'source/../../outside')).rejects.toThrow('contains ".."');
      await expect(mount(owner, id, '/etc/passwd')).rejects.toThrow('is absolute');
      await expect(mount(owner, id, 'source\\..\\..\\outside')).rejects.toThrow('cannot be the path');
    }
    expect(await stack.query('config { id }')).toEqual({ config: [] });
  });

  it('a mounted file whose path leads through a link of the repository out of the workspace fails the run', async () => {
    const stack = await platform.stack('mounted-by-link', { 'main.tf': two('first') });
    const commit = await link(stack.repository, 'main', 'out', platform.folder);
    await platform.api.query('mutation ($id: ID!, $config: ConfigInput!) { stackConfigAdd(stack: $id, config: $config) { id } }', { id: stack.id, config: { id: 'source/out/escaped', type: 'FILE_MOUNT', value: Buffer.from('x').toString('base64'), writeOnly: false } });

    expect(await stack.run('TRACKED', commit)).toMatchObject({ state: 'FAILED', note: 'the mounted file "source/out/escaped" would lie outside of the workspace: the source has a link in its path' });
    await expect(access(join(platform.folder, 'escaped'))).rejects.toThrow('ENOENT');
  });

  it('leaves no files of runs behind', async () => {
    const left = async () => (await readdir(join(platform.folder, 'runs'))).filter((name) => /^[0-9A-HJKMNP-TV-Z]{26}$/.test(name));

    await eventually('an empty run root', async () => (await left()).length === 0);
  });
});
