// Code, settings and versions that cannot work: the run fails soon, its log has the tool's words, and the next run is none the worse.
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import type { Platform } from '../support/platform.ts';
import { PLATFORMS } from '../support/platforms.ts';
import { needsTerraform } from '../support/requirements.ts';

const WORKS = 'resource "terraform_data" "a" {\n  input = "a"\n}\n';

for (const on of PLATFORMS) describe(`code and settings that cannot work (${on.name})`, { ...needsTerraform, ...on.needs, timeout: on.within(180_000) }, () => {
  let platform: Platform;
  before(async () => {
    platform = await on.start();
  });
  after(() => platform.stop());

  it('broken HCL: the run fails with the tool\'s words, and the commit that mends it applies', async () => {
    const stack = await platform.stack('broken-hcl', { 'main.tf': WORKS }, { autodeploy: true });

    const broken = await stack.runOf(await stack.push({ 'main.tf': 'resource "terraform_data" "a" {\n  input = \n' }));

    expect(broken).toMatchObject({ state: 'FAILED', note: 'initialization failed: exit status 1', states: ['QUEUED', 'READY', 'PREPARING', 'INITIALIZING', 'FAILED'] });
    expect(broken.lines.join('\n')).toMatch(/Error: (Invalid expression|Missing|Unclosed).*[\s\S]*main\.tf line \d/);
    expect(broken.lines.at(-1)).toContain('initialization failed: exit status 1');

    const mended = await stack.runOf(await stack.push({ 'main.tf': WORKS }));
    expect(mended.state).toBe('FINISHED');
  });

  it('a provider that fails while applying: the run fails, what was made stays in the state, and the lock is free', async () => {
    const failing = `${WORKS}resource "terraform_data" "b" {\n  depends_on = [terraform_data.a]\n  provisioner "local-exec" {\n    command = "echo no more disks; exit 7"\n  }\n}\n`;
    const stack = await platform.stack('failing-apply', { 'main.tf': failing });
    const planned = await stack.run();

    const failed = await stack.apply(planned);

    expect(failed).toMatchObject({ state: 'FAILED', note: 'applying failed: exit status 1' });
    expect(failed.lines.join('\n')).toMatch(/no more disks[\s\S]*exit status 7/);
    const { entities, state } = await stack.query<{ state: string; entities: { address: string; vendor: { tainted?: boolean } }[] }>('state entities { address }');
    expect(state).toBe('FAILED');
    expect(entities.map(({ address }) => address)).toContain('terraform_data.a');

    const mended = await stack.runOf(await stack.push({ 'main.tf': WORKS }));
    expect((await stack.apply(mended)).state).toBe('FINISHED');
  });

  it('a check that fails while planning: nothing is applied', async () => {
    const guarded = 'resource "terraform_data" "a" {\n  lifecycle {\n    precondition {\n      condition     = terraform.workspace == "other"\n      error_message = "the network is closed today"\n    }\n  }\n}\n';
    const stack = await platform.stack('failing-plan', { 'main.tf': guarded }, { autodeploy: true });

    const failed = await stack.run();

    expect(failed).toMatchObject({ state: 'FAILED', note: 'planning failed: exit status 1', states: expect.not.arrayContaining(['APPLYING']) });
    expect(failed.lines.join('\n')).toContain('the network is closed today');
    expect(await stack.query('managedStateVersions { id }')).toEqual({ managedStateVersions: [] });
  });

  it('a provider whose registry is out of reach: the run fails in bounded time and names it', async () => {
    const stack = await platform.stack('no-provider', { 'main.tf': 'terraform {\n  required_providers {\n    nothing = { source = "localhost:1/acme/nothing" }\n  }\n}\nresource "nothing_at_all" "a" {}\n' });
    const began = performance.now();

    const failed = await stack.run();

    expect(failed).toMatchObject({ state: 'FAILED', note: 'initialization failed: exit status 1' });
    expect(failed.lines.join('\n').replace(/[│╷╵\s]+/g, ' ')).toMatch(/Error: .*localhost:1\/acme\/nothing/);
    expect(performance.now() - began).toBeLessThan(45_000);
  });

  it('a bad .spacelift/config.yml: the run fails with file, line and key, before the tool is started', async () => {
    const stack = await platform.stack('bad-config', { 'main.tf': WORKS, '.spacelift/config.yml': 'version: 2\nstack_defaults:\n  before_init: echo hello\n' });

    const failed = await stack.run();

    const reason = '.spacelift/config.yml, line 3, stack_defaults.before_init: must be a list of strings';
    expect(failed).toMatchObject({ state: 'FAILED', note: reason, states: ['QUEUED', 'READY', 'PREPARING', 'FAILED'] });
    expect(failed.lines.at(-1)).toContain(reason);
  });

  it('a .spacelift/config.yml that is no YAML: the run fails with file and line', async () => {
    const stack = await platform.stack('no-yaml', { 'main.tf': WORKS, '.spacelift/config.yml': 'version: 2\nstacks:\n  a: [1, 2\nb: {\n' });

    const failed = await stack.run();

    expect(failed).toMatchObject({ state: 'FAILED', note: expect.stringMatching(/^\.spacelift\/config\.yml, line [345]: /) });
  });

  it('a version range that nothing satisfies is refused when a stack is made, naming range and what there is', async () => {
    const input = { vendorConfig: { terraform: { workflowTool: 'TERRAFORM_FOSS', version: '>=99.0.0' } } };

    await expect(platform.stack('impossible', { 'main.tf': WORKS }, input)).rejects.toThrow(/stack has 1 error: terraform: .*no offered Terraform version satisfies ">=99\.0\.0": the newest offered is \d+\.\d+\.\d+/);
    expect(await platform.api.query('{ stack(id: "impossible") { id } }')).toEqual({ stack: null });
  });

  it('a version range that nothing satisfies in .spacelift/config.yml fails the run, naming the range', async () => {
    const stack = await platform.stack('impossible-in-file', { 'main.tf': WORKS, '.spacelift/config.yml': 'version: 2\nstack_defaults:\n  terraform_version: ">=1.6.0 <1.6.0"\n' });

    const failed = await stack.run();

    expect(failed).toMatchObject({ state: 'FAILED', note: expect.stringContaining('satisfies ">=1.6.0 <1.6.0"') });
    expect(failed.lines.at(-1)).toContain('satisfies ">=1.6.0 <1.6.0"');
  });

  it('a version that is no version is refused in the words that clients look for', async () => {
    const input = { vendorConfig: { terraform: { version: 'newest please' } } };

    await expect(platform.stack('nonsense', { 'main.tf': WORKS }, input)).rejects.toThrow('stack has 1 error: terraform: invalid Terraform version constraints: improper constraint: newest please');
  });

  it('auto-deploy with local preview off is fine', async () => {
    const stack = await platform.stack('fine', { 'main.tf': WORKS }, { autodeploy: true, localPreviewEnabled: false });

    expect((await stack.run()).state).toBe('FINISHED');
  });

  it('a project root that is not there fails the run, naming it', async () => {
    const stack = await platform.stack('no-root', { 'main.tf': WORKS }, { projectRoot: 'deep/down' });

    expect(await stack.run()).toMatchObject({ state: 'FAILED', note: 'the project root "deep/down" is no folder of the source' });
  });

  it('code that is odd but valid is no trouble: any characters in keys and values, large outputs, no configuration at all', async () => {
    const odd = `resource "terraform_data" "odd" {
  for_each = toset(["nul \\u0000 and joiner \\u200d inside", "quote \\" and \\\\ and $\${x}", "new\\nline", "ünï 😀", ""])
  input    = each.key
}
output "nul" {
  value = "a\\u0000b"
}
output "large" {
  value = join("", [for i in range(1000) : join("", [for j in range(30) : "0123456789"])])
}
`;
    const stack = await platform.stack('odd', { 'main.tf': odd, 'ünï cödé \n.txt': 'x' }, { autodeploy: true });

    const run = await stack.runOf(await stack.push({ 'README.md': 'odd' }, { message: 'söme\n\ttäbs \u0001 and 😀' }));

    expect(run).toMatchObject({ state: 'FINISHED', note: null });
    const { entityCount, outputs } = await stack.query<{ entityCount: number; outputs: { id: string; value: string }[] }>('entityCount outputs { id value }');
    expect(entityCount).toBe(5);
    expect(outputs.map(({ id, value }) => [id, value.length])).toEqual([['large', 300_002], ['nul', 10]]);

    const empty = await platform.stack('empty', { 'README.md': 'nothing here' }, { autodeploy: true });
    expect((await empty.run()).state).toBe('FINISHED');
  });

  it('a hook that fails keeps its phase from running', async () => {
    const stack = await platform.stack('failing-hook', { 'main.tf': WORKS }, { beforePlan: ['echo not today; exit 3'] });

    const failed = await stack.run();

    expect(failed).toMatchObject({ state: 'FAILED', note: 'planning failed: exit status 3' });
    expect(failed.lines).toContain('not today');
    expect(failed.lines.join('\n')).not.toContain('Terraform will perform');
  });
});
