import { existsSync } from 'node:fs';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { openBuffer, workspaceContext } from '../../lib/protocol/envelope.ts';
import { testRepository, type TestRepository } from '../support/git.ts';
import { launcherAgainstDouble, type TestLauncher } from '../support/launcher.ts';
import type { FakeRunInput, PackagePatch } from '../support/worker-server.ts';
import { needsTerraform } from '../support/requirements.ts';

const MAIN = `
variable "size" { default = "small" }
resource "terraform_data" "box" { input = var.size }
output "size" { value = terraform_data.box.output }
`;

describe('a worker with real git and Terraform', needsTerraform, () => {
  let launcher: TestLauncher;
  let repository: TestRepository;
  let commit: string;

  before(async () => {
    repository = await testRepository();
    commit = await repository.commit({ 'main.tf': MAIN, 'sub/sub.tf': MAIN });
    launcher = await launcherAgainstDouble({ environment: { SPACELIFT_WHITELIST_ENVS: 'HOST_VALUE,HOST_SECRET', SPACELIFT_MASK_ENVS: 'HOST_SECRET', HOST_VALUE: 'from-the-host', HOST_SECRET: 'host-secret-value', UNLISTED: 'never' } });
  });
  after(async () => {
    await launcher.close();
    await repository.remove();
  });

  const git = (hash = commit, branch: string | null = 'main') => ({ kind: 'git' as const, url: repository.url, username: null, password: null, commit: hash, branch, submodules: false, sparsePaths: [] });
  const env = (values: Record<string, string>) => Object.entries(values).map(([name, value]) => ({ name, value, secret: false }));

  /** A run from claim to release. */
  async function run(pkg: PackagePatch = {}, input: Omit<FakeRunInput, 'pkg'> = {}) {
    const added = launcher.server.addRun({ ...input, pkg: { source: git(), ...pkg } });
    await launcher.server.released(added);
    return { ...added, run: added, states: added.states, log: launcher.server.log(added), lines: (state: string) => launcher.server.linesOf(added, state) };
  }

  it('plans and applies in one go when the server says so', async () => {
    const done = await run();

    expect(done.states).toEqual(['PREPARING', 'INITIALIZING', 'PLANNING', 'APPLYING', 'FINISHED']);
    expect(done.reports).toEqual([expect.objectContaining({ hasChanges: true, sanitizedAs: 'default', delta: expect.objectContaining({ addCount: 2, resources: 1 }) })]);
    expect(done.lines('APPLYING').join('\n')).toContain('Apply complete!');
    expect(done.artifacts.map(({ kind }) => kind).sort()).toEqual(['changes', 'changes', 'plan', 'state-resources']);
    expect(done.outputs).toHaveLength(1);
    expect((JSON.parse(launcher.server.state.body?.toString() ?? '{}') as { outputs: { size: { value: string } } }).outputs.size.value).toBe('small');
    expect(launcher.server.state.lock).toBeUndefined();
  });

  it('sends small results with its reports, and uploads large ones before', async () => {
    const small = await run();
    const many = await repository.commit({ 'main.tf': 'resource "terraform_data" "many" {\n  count = 400\n  input = count.index\n}\n' }, { branch: 'many', from: commit });
    const large = await run({ source: { ...git(), commit: many } }, { decision: 'finish' });

    expect(small.reports[0]).toMatchObject({ inline: { plan: expect.stringContaining('resource_changes'), changes: expect.any(String) } });
    expect(small.reports[0]).not.toHaveProperty('artifactId');
    expect(large.reports[0]).toMatchObject({ artifactId: expect.any(String), changesArtifactId: expect.any(String) });
    expect(large.reports[0]).not.toHaveProperty('inline');
    expect(large.artifacts.map(({ kind }) => kind).sort()).toEqual(['changes', 'plan']);
  });

  it('prints the lines of the server first, then tool and version, and ends each log', async () => {
    const done = await run({}, { log: ['[Ground Control] one', '[Ground Control] two'] });

    const lines = done.lines('PREPARING');
    expect(lines.slice(0, 2)).toEqual(['[Ground Control] one', '[Ground Control] two']);
    expect(lines[2]).toMatch(/^\[[0-9A-Z]{26}\] Using terraform 1\.11\.4 from \//);
    for (const state of ['PREPARING', 'INITIALIZING', 'PLANNING']) expect(launcher.server.endMarker(done.run, state)).toEqual({ chunks: expect.any(Number) });
  });

  it('ends a run without changes after planning', async () => {
    const done = await run();

    expect(done.states).toEqual(['PREPARING', 'INITIALIZING', 'PLANNING', 'FINISHED']);
    expect(done.reports).toEqual([expect.objectContaining({ hasChanges: false })]);
    expect(done.releases).toEqual([{ outcome: 'finished' }]);
  });

  it('leaves nothing of the run on the disk', async () => {
    await run();
    await launcher.stop();
    expect((await readdir(launcher.runRoot)).filter((name) => !name.startsWith('plugin-cache') && !name.startsWith('.gone'))).toEqual([]);
    expect(await readdir(join(launcher.scratch, 'launcher', 'private'))).toEqual([]);
    expect(await readdir(join(launcher.scratch, 'launcher', 'handovers'))).toEqual([]);
    launcher.restart();
  });

  it('saves the workspace for a person to decide, sealed to the pool, and another worker applies it', async () => {
    const hooks = { after_plan: ['export FROM_PLAN=kept', 'echo planned > note.txt'], before_apply: ['echo "hook sees $FROM_PLAN $(cat note.txt)"'] };
    const added = launcher.server.addRun({ pkg: { source: git(), stack: { autodeploy: false }, env: env({ TF_VAR_size: 'medium' }), hooks }, decision: 'release' });
    await launcher.server.released(added);
    expect(added.states.at(-1)).toBe('UNCONFIRMED');
    const sealed = launcher.server.objects.get(added.workspaceKey ?? '');
    expect(sealed?.subarray(0, 4).toString()).toBe('WSE1');
    expect(openBuffer(launcher.server.keys.privateKey, workspaceContext(added.id), sealed ?? Buffer.alloc(0)).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    await launcher.stop();
    launcher.restart({ SPACELIFT_LAUNCHER_WORK_DIR: join(launcher.scratch, 'other-worker') });

    launcher.server.confirm(added);
    await launcher.server.released(added, 2);

    expect(added.states.slice(-3)).toEqual(['PREPARING_APPLY', 'APPLYING', 'FINISHED']);
    expect(launcher.server.linesOf(added, 'APPLYING')).toContain('hook sees kept planned');
    expect((JSON.parse(launcher.server.state.body?.toString() ?? '{}') as { outputs: { size: { value: string } } }).outputs.size.value).toBe('medium');
  });

  it('finishes a proposed run after planning, without locking the state for good', async () => {
    const done = await run({ env: env({ TF_VAR_size: 'huge' }) }, { type: 'PROPOSED' });
    expect(done.states).toEqual(['PREPARING', 'INITIALIZING', 'PLANNING', 'FINISHED']);
    expect(done.workspaceKey).toBeUndefined();
  });

  it('runs a task with its hooks, and without initialization when asked so', async () => {
    const done = await run({ run: { command: 'echo "task in $(basename "$PWD") as $TF_VAR_spacelift_run_state"', skipInit: true }, hooks: { before_perform: ['echo before'], before_init: ['echo never'] } }, { type: 'TASK' });

    expect(done.states).toEqual(['PREPARING', 'PERFORMING', 'FINISHED']);
    expect(done.lines('PERFORMING').slice(0, 2)).toEqual(['before', 'task in source as PERFORMING']);
  });

  it('gives steps no more rights than the runner user has', async () => {
    const root = process.getuid?.() === 0;
    const done = await run({ run: { command: 'id -u; echo "$HOME"; ls -ld . | cut -c1-10; cat ../../../launcher/tools-on-path.json ../../../launcher/private 2>&1 | grep -c denied', skipInit: true } }, { type: 'TASK' });
    expect(done.lines('PERFORMING').slice(0, 2)).toEqual([root ? '1983' : String(process.getuid?.()), `${launcher.runRoot}/${done.id}/home`]);
    if (root) expect(done.lines('PERFORMING').at(-1)).toBe('2');
  });

  it('copies the masked log to standard output when asked to', async () => {
    await launcher.stop();
    launcher.restart({ SPACELIFT_RUN_LOGS_ON_STANDARD_OUTPUT_ENABLED: 'true' });
    const done = await run({ run: { command: 'echo "copied $HOST_SECRET"', skipInit: true } }, { type: 'TASK' });
    const copied = launcher.standardOutput.map((line) => JSON.parse(line) as Record<string, string>);
    expect(copied).toContainEqual({ ts: expect.any(String), level: 'info', msg: 'copied *****', run_ulid: done.id, stack_id: 'network' });
  });

  it('fails a task by its exit status', async () => {
    const done = await run({ run: { command: 'echo no; exit 7' } }, { type: 'TASK' });
    expect(done.states).toEqual(['PREPARING', 'INITIALIZING', 'PERFORMING', 'FAILED']);
    expect(done.releases).toEqual([{ outcome: 'failed', note: 'the task failed: exit status 7' }]);
  });

  it('destroys everything', async () => {
    const done = await run({}, { type: 'DESTROY' });
    expect(done.states).toEqual(['PREPARING', 'INITIALIZING', 'DESTROYING', 'FINISHED']);
    expect((JSON.parse(launcher.server.state.body?.toString() ?? '{}') as { resources: unknown[] }).resources).toEqual([]);
  });

  it('applies targets only', async () => {
    const done = await run({ run: { targets: ['terraform_data.other'] } });
    expect(done.reports).toEqual([expect.objectContaining({ hasChanges: false })]);
  });

  it('works in the project root', async () => {
    const done = await run({ stack: { projectRoot: 'sub' } }, { type: 'PROPOSED' });
    expect(done.states.at(-1)).toBe('FINISHED');
    const missing = await run({ stack: { projectRoot: 'nowhere' } });
    expect(missing.releases[0]?.note).toBe('the project root "nowhere" is no folder of the source');
  });

  it('gives hooks one shell, exported variables for later phases, and the worker\'s allowed variables', async () => {
    const done = await run({
      env: env({ TF_VAR_size: 'with-hooks', WHERE: '/mnt/workspace/x', SECOND: '${WHERE}/y' }),
      hooks: {
        before_init: ['A=local; export B=exported', 'echo "same shell: $A $B" # a comment', 'cd sub && export TF_VAR_spacelift_run_state=faked && cd ..'],
        before_plan: ['echo "plan: ${A:-gone} $B $TF_VAR_spacelift_run_state $HOST_VALUE ${UNLISTED:-unseen}"', 'echo "where $SECOND"'],
        after_plan: ['test -s /dev/null || echo "json: $(head -c 18 ../spacelift.plan.json)"'],
        after_apply: ['echo "after apply"; echo "a secret: $HOST_SECRET"'],
        after_run: ['echo "final $TF_VAR_spacelift_final_run_state"'],
      },
    });

    expect(done.states.at(-1)).toBe('FINISHED');
    expect(done.lines('INITIALIZING')[0]).toBe('same shell: local exported');
    expect(done.lines('PLANNING')[0]).toBe('plan: gone exported PLANNING from-the-host unseen');
    expect(done.lines('PLANNING')[1]).toBe(`where ${launcher.runRoot}/${done.id}/x/y`);
    expect(done.lines('PLANNING').at(-1)).toBe('json: {"format_version":');
    expect(done.lines('APPLYING').slice(-3)).toEqual(['after apply', 'a secret: *****', 'final FINISHED']);
  });

  it('does not run the phase after a failing before-hook, nor after-hooks after a failing phase', async () => {
    const first = await run({ hooks: { before_plan: ['false'], after_run: ['echo "final $TF_VAR_spacelift_final_run_state"'] } });
    expect(first.states).toEqual(['PREPARING', 'INITIALIZING', 'PLANNING', 'FAILED']);
    expect(first.log).not.toContain('No changes');
    expect(first.lines('PLANNING').slice(-2)).toEqual([expect.stringContaining('planning failed: exit status 1'), 'final FAILED']);

    const second = await run({ source: git(await repository.commit({ 'main.tf': 'resource "nonsense" {' }, { branch: 'broken', from: 'main' }), 'broken'), hooks: { after_init: ['echo never'] } });
    expect(second.states).toEqual(['PREPARING', 'INITIALIZING', 'FAILED']);
    expect(second.log).not.toContain('never');
    expect(second.releases).toEqual([{ outcome: 'failed', note: 'initialization failed: exit status 1' }]);
  });

  it('skips applying when a variable says so, and its hooks with it', async () => {
    const done = await run({ env: env({ TF_VAR_size: 'skipped', SPACELIFT_SKIP_APPLYING: 'TRUE' }), hooks: { before_apply: ['echo never'] } });
    expect(done.states.at(-1)).toBe('FINISHED');
    expect(done.lines('APPLYING')).toEqual([expect.stringContaining('Step skipped using an environment variable...')]);
  });

  it('masks secrets that are printed in pieces, in base64 and over lines', async () => {
    const secret = 'correct-horse-battery-staple';
    const done = await run({
      env: [{ name: 'TOKEN', value: secret, secret: true }, { name: 'wo_LATER', value: 'written-${TOKEN}', secret: true }], hooks: {
        before_plan: ['printf correct-horse; sleep 0.05; printf -- -battery-; sleep 0.05; echo staple', 'printf "$TOKEN" | base64', 'echo "::add-mask other words"', 'echo "other plain words"'],
      },
    }, { type: 'PROPOSED' });

    expect(done.lines('PLANNING').slice(0, 3)).toEqual(['*****', '*****', '***** plain *****']);
    for (const [key, object] of launcher.server.objects) if (!key.startsWith('workspace/') && !key.startsWith('packages/')) expect(object.includes(secret)).toBe(false);
  });

  it('names what is wrong with the source', async () => {
    const gone = await run({ source: git('1'.repeat(40)) });
    expect(gone.states).toEqual(['PREPARING', 'FAILED']);
    expect(gone.releases[0]?.note).toMatch(/^cannot fetch commit 1{40} of file:\/\/.*: .*not our ref/);
    expect(gone.lines('PREPARING').at(-1)).toContain('cannot fetch commit');

    const nowhere = await run({ source: { ...git(), url: 'file:///nonexistent/repository.git' } });
    expect(nowhere.releases[0]?.note).toContain('/nonexistent/repository.git');
    const odd = await run({ source: { ...git(), url: '--upload-pack=touch' } });
    expect(odd.releases[0]?.note).toContain('must start with https://');
  });

  it('refuses a mounted file outside of the workspace, straight or through a link of the source', async () => {
    const file = (path: string) => [{ path, content: Buffer.from('x').toString('base64'), mode: null, secret: false }];
    for (const path of ['../x', '/etc/x', 'a/../../x']) expect((await run({ files: file(path) })).releases[0]?.note).toContain('lies outside of the workspace');

    const tree = join(launcher.scratch, 'linked');
    await mkdir(tree);
    await symlink('/tmp', join(tree, 'out'));
    await repository.git('--work-tree', tree, 'add', '-A');
    const hash = (await repository.git('-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit-tree', '-m', 'link', (await repository.git('write-tree')).trim())).trim();
    await repository.setBranch('linked', hash);
    const linked = await run({ source: git(hash, 'linked'), files: file('source/out/windlass-mounted') });
    expect(linked.releases[0]?.note).toContain('the source has a link in its path');
    expect(existsSync('/tmp/windlass-mounted')).toBe(false);
  });

  it('writes mounted files over the source, with their modes', async () => {
    const content = Buffer.from('variable "size" { default = "mounted" }\noutput "size" { value = var.size }\n').toString('base64');
    const done = await run({ files: [{ path: 'source/main.tf', content, mode: '0600', secret: false }, { path: 'deep/er/key', content: Buffer.from('k').toString('base64'), mode: '0400', secret: true }], hooks: { before_plan: ['stat -c "%a" ../deep/er/key main.tf'] } }, { type: 'PROPOSED' });
    expect(done.lines('PLANNING').slice(0, 2)).toEqual(['400', '600']);
    expect(done.log).toContain('"mounted"');
  });

  it('fails a configuration with a backend of its own, even one hidden in an override file', async () => {
    const own = await run({ source: git(await repository.commit({ 'backend.tf': 'terraform {\n  backend "local" {}\n}\n' }, { branch: 'own', from: 'main' }), 'own') });
    expect(own.states).toEqual(['PREPARING', 'INITIALIZING', 'FAILED']);
    expect(own.log).toContain('Duplicate backend configuration');

    const hidden = await run({ source: git(await repository.commit({ 'x_override.tf': 'terraform {\n  backend "local" {}\n}\n' }, { branch: 'hidden', from: 'main' }), 'hidden') });
    expect(hidden.states).toEqual(['PREPARING', 'INITIALIZING', 'FAILED']);
    expect(hidden.releases[0]?.note).toContain('backend "local" instead of the managed state');

    const taken = await run({ source: git(await repository.commit({ 'managed_state_backend.tf': '' }, { branch: 'taken', from: 'main' }), 'taken') });
    expect(taken.states).toEqual(['PREPARING', 'FAILED']);
    expect(taken.releases[0]?.note).toContain('managed_state_backend.tf');
  });

  it('leaves external state to its backend, selects the workspace, and reports resources from it', async () => {
    const backend = `terraform {\n  backend "local" {\n    workspace_dir = "terraform.tfstate.d"\n  }\n}\n`;
    const done = await run({ source: git(await repository.commit({ 'backend.tf': backend }, { branch: 'external', from: 'main' }), 'external'), state: { managed: false }, stack: { vendorConfig: { workspace: 'blue' } }, hooks: { before_plan: ['terraform workspace show'] } });

    expect(done.states.at(-1)).toBe('FINISHED');
    expect(done.lines('PLANNING')[0]).toBe('blue');
    expect(done.outputs).toHaveLength(1);
  });

  it('says when a tool version is not to be had', async () => {
    await launcher.stop();
    launcher.restart({ SPACELIFT_LAUNCHER_TOOL_DOWNLOADS: 'false' });
    const done = await run({ tool: { version: '1.4.9' } });
    expect(done.releases[0]?.note).toBe("terraform 1.4.9 is neither on this worker's PATH nor in its cache, and SPACELIFT_LAUNCHER_TOOL_DOWNLOADS is off: install terraform on the worker, or choose a version that it has");
  });
});
