import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { MAIN_TF } from '../../lib/demo/infrastructure.ts';
import { eventually } from '../support/eventually.ts';
import type { Platform } from '../support/platform.ts';
import { PLATFORMS } from '../support/platforms.ts';
import { needsTerraform } from '../support/requirements.ts';

for (const on of PLATFORMS) describe(`from a push to applied infrastructure (${on.name})`, { ...needsTerraform, ...on.needs }, () => {
  let platform: Platform;
  before(async () => {
    platform = await on.start();
  });
  after(() => platform.stop());

  it('plans a push, waits for a person, applies on whichever worker is free, and keeps state, outputs and logs', async () => {
    const stack = await platform.stack('network', { 'main.tf': MAIN_TF });
    const hash = await stack.push({ 'README.md': 'more\n', 'main.tf': `# changed\n${MAIN_TF}` });

    const planned = await stack.runOf(hash);
    expect(planned).toMatchObject({ state: 'UNCONFIRMED', states: ['QUEUED', 'READY', 'PREPARING', 'INITIALIZING', 'PLANNING', 'UNCONFIRMED'] });
    expect(planned.lines.join('\n')).toMatch(/Plan: 3 to add, 0 to change, 0 to destroy/);
    const changes = await stack.query<{ run: { changesV3: { resources: { address: string }[] }[] } }>(`run(id: "${planned.id}") { changesV3(input: {}) { resources { address } } }`);
    expect(changes.run.changesV3.flatMap((group) => group.resources.map((resource) => resource.address)).sort()).toEqual([
      'output.greeting', 'output.servers', 'terraform_data.network', 'terraform_data.server[0]', 'terraform_data.server[1]',
    ]);

    await stack.confirm(planned.id);
    const applied = await stack.follow(planned.id, planned.stateVersion);
    expect(applied).toMatchObject({ state: 'FINISHED', states: ['CONFIRMED', 'PREPARING_APPLY', 'APPLYING', 'FINISHED'] });

    const kept = await stack.query<{ state: string; outputs: unknown; entityCount: number; managedStateVersions: { serial: number; current: boolean; run: string }[] }>(
      'state entityCount outputs { id value } managedStateVersions { serial current run }',
    );
    expect(kept).toMatchObject({ state: 'FINISHED', entityCount: 3, outputs: [{ id: 'greeting', value: '"hello"' }, { id: 'servers', value: '[0,1]' }] });
    expect(kept.managedStateVersions[0]).toMatchObject({ current: true, run: planned.id });
  });

  it('previews a branch, and finishes at once what changes nothing', async () => {
    const stack = await platform.stack('preview', { 'main.tf': MAIN_TF }, { autodeploy: true });
    const first = await stack.push({ 'main.tf': `# one\n${MAIN_TF}` });
    expect((await stack.runOf(first)).state).toBe('FINISHED');

    const proposed = await stack.push({ 'terraform.tfvars': 'greeting = "again"\n' }, { branch: 'greeting' });
    const preview = await stack.runOf(proposed, 'proposedRuns');
    expect(preview).toMatchObject({ state: 'FINISHED', states: expect.not.arrayContaining(['APPLYING']) });

    const nothing = await stack.push({ 'main.tf': `# two\n${MAIN_TF}` });
    expect(await stack.runOf(nothing)).toMatchObject({ state: 'FINISHED', states: expect.not.arrayContaining(['APPLYING']) });
  });

  it('runs a tool of the stack’s own by its workflow file, also across a wait for a person', async () => {
    const line = (args: string) => `sh ./tool.sh ${args}\n`;
    const workflow = [
      `init: ${line('init')}`, `workspaceSelect: ${line('workspace select {{ .WorkspaceName }}')}`, `workspaceNew: ${line('workspace new {{ .WorkspaceName }}')}`,
      `plan: ${line('plan -lock={{ .Lock }} -out={{ .PlanFileName }}')}`, `showState: ${line('show -json')}`, `showPlan: ${line('show -json {{ .PlanFileName }}')}`,
      `getOutputs: ${line('output -json')}`, `apply: ${line('apply -auto-approve {{ .PlanFileName }}')}`, `destroy: ${line('destroy -auto-approve')}`,
    ].join('');
    const files = { 'main.tf': MAIN_TF, 'tool.sh': 'echo "own tool: $1" >&2\nexec terraform "$@"\n', '.spacelift/workflow.yml': workflow };
    const stack = await platform.stack('own-tool', files, { vendorConfig: { terraform: { workflowTool: 'CUSTOM' } } });
    const planned = await stack.follow(await stack.trigger());
    expect(planned.state).toBe('UNCONFIRMED');
    expect(planned.lines.join('\n')).toMatch(/own tool: plan[^]*own tool: show/);

    await stack.confirm(planned.id);
    const applied = await stack.follow(planned.id, planned.stateVersion);
    expect(applied.state).toBe('FINISHED');
    expect(applied.lines.join('\n')).toContain('own tool: apply');
    expect(await stack.query('entityCount')).toEqual({ entityCount: 3 });
  });

  it('tells why a run is where it is, from the push on', async () => {
    const stack = await platform.stack('why', { 'main.tf': MAIN_TF });
    // Whoever made the stack had its repository looked at, which would find the push as well.
    await eventually('the head of the branch', async () => (await stack.query<{ trackedCommit: unknown }>('trackedCommit { hash }')).trackedCommit !== null);
    const hash = await stack.push({ 'main.tf': `# why\n${MAIN_TF}` });
    const planned = await stack.runOf(hash);
    const { run } = await stack.query<{ run: { waitingFor: { reason: string }; why: { kind: string; text: string }[] } }>(`run(id: "${planned.id}") { waitingFor { reason } why { kind text } }`);
    expect(run.waitingFor.reason).toMatch(/confirm/);
    expect(run.why.map((cause) => cause.kind)).toEqual(expect.arrayContaining(['delivery', 'push']));
  });

  it('lets a task run in the stack, and a run be discarded', async () => {
    const stack = await platform.stack('tasks', { 'main.tf': MAIN_TF });
    const hash = await stack.push({ 'main.tf': `# task\n${MAIN_TF}` });
    const planned = await stack.runOf(hash);
    await platform.api.query('mutation ($stack: ID!, $run: ID!) { runDiscard(stack: $stack, run: $run) { id } }', { stack: stack.id, run: planned.id });
    const { taskCreate } = await platform.api.query<{ taskCreate: { id: string } }>('mutation ($stack: ID!) { taskCreate(stack: $stack, command: "echo from-a-task; terraform version") { id } }', { stack: stack.id });
    const task = await stack.follow(taskCreate.id);
    expect(task.state).toBe('FINISHED');
    expect(task.lines).toContain('from-a-task');
  });
});
