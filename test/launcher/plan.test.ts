import { after, before, describe, it } from 'node:test';
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'expect';
import type { ProcessedPlan } from '../../lib/launcher/plan/process-plan.ts';
import { processPlan } from '../../lib/launcher/plan/process-plan.ts';
import { processApply, processState } from '../../lib/launcher/plan/process-state.ts';
import { readMarks } from '../../lib/launcher/plan/sensitive-marks.ts';
import { sanitized, type SanitizeMode } from '../../lib/protocol/sanitize.ts';
import type { StateResources } from '../../lib/protocol/worker-api.ts';
import { terraformFolder, type TerraformFolder } from '../support/terraform.ts';
import { needsTerraform } from '../support/requirements.ts';

const FIRST = `
variable "secret" {
  type      = string
  sensitive = true
  default   = "canary-variable"
}
resource "terraform_data" "a" {
  input = { big = 12345678901234567891, secret = var.secret, plain = "canary-plain" }
}
resource "terraform_data" "each" {
  for_each = toset(["x.y", "q\\"uo$\${te}"])
  input    = each.key
}
resource "terraform_data" "replaced" {
  triggers_replace = ["one"]
}
resource "terraform_data" "renamed" {}
resource "terraform_data" "forgotten" {}
resource "terraform_data" "gone" {}
module "m" {
  source = "./m"
  count  = 1
}
output "big" { value = 12345678901234567891 }
output "secret" {
  value     = var.secret
  sensitive = true
}
output "old" { value = "canary-output" }
`;
const MODULE = 'resource "terraform_data" "in" { input = "canary-constant" }\n';
const SECOND = FIRST.replace('"one"', '"two"')
  .replace('resource "terraform_data" "renamed" {}', 'resource "terraform_data" "new_name" {}\nmoved {\n  from = terraform_data.renamed\n  to   = terraform_data.new_name\n}')
  .replace('resource "terraform_data" "forgotten" {}', 'removed {\n  from = terraform_data.forgotten\n  lifecycle {\n    destroy = false\n  }\n}')
  .replace('resource "terraform_data" "gone" {}', 'resource "terraform_data" "added" {}\nimport {\n  to = terraform_data.imported\n  id = "some-id"\n}\nresource "terraform_data" "imported" {}')
  .replace('plain = "canary-plain"', 'plain = "canary-changed"')
  .replace('output "old" { value = "canary-output" }', 'output "new" { value = "canary-output" }');

describe('what a plan says', needsTerraform, () => {
  let folder: TerraformFolder;
  let first: ProcessedPlan;
  let second: ProcessedPlan;

  async function plan(name: string, mode: SanitizeMode, args: readonly string[] = []): Promise<ProcessedPlan> {
    await folder.must(['plan', '-out', `${name}.bin`, ...args]);
    await folder.write(`${name}.json`, await folder.must(['show', '-json', `${name}.bin`]));
    return process(name, mode);
  }
  async function process(name: string, mode: SanitizeMode): Promise<ProcessedPlan> {
    const outFolder = join(folder.path, `${name}-${mode}`);
    await mkdir(outFolder, { recursive: true });
    return processPlan({ planJsonPath: join(folder.path, `${name}.json`), mode, outFolder });
  }
  const text = (file: { readonly path: string }) => readFile(file.path, 'utf8');
  const resources = async (file: { readonly path: string }) => JSON.parse(await text(file)) as StateResources;

  before(async () => {
    folder = await terraformFolder({ 'main.tf': FIRST, 'm/main.tf': MODULE });
    await folder.must(['init']);
    first = await plan('first', 'default');
    await folder.must(['apply', 'first.bin']);
    await folder.write('first.tfstate', await folder.read('terraform.tfstate'));
    await folder.write('main.tf', SECOND);
    second = await plan('second', 'default');
  });
  after(() => folder.remove());

  it('counts resources and outputs that are added, and no resources before', async () => {
    expect(first.delta).toEqual({ addCount: 11, changeCount: 0, deleteCount: 0, importCount: 0, moveCount: 0, forgetCount: 0, resources: 8 });
    expect(first.hasChanges).toBe(true);
    expect(await resources(first.resourcesFile)).toEqual({ resources: [], outputs: [] });
  });

  it('names every kind of change by its exact word', () => {
    const words = Object.fromEntries(second.changes.map((change) => [change.address, [change.action, change.type, change.moved, change.previousAddress]]));

    expect(words).toEqual({
      'terraform_data.a': ['changed', 'terraform_data', false, null],
      'terraform_data.added': ['added', 'terraform_data', false, null],
      'terraform_data.forgotten': ['forget', 'terraform_data', false, null],
      'terraform_data.gone': ['deleted', 'terraform_data', false, null],
      'terraform_data.imported': ['import', 'terraform_data', false, null],
      'terraform_data.new_name': ['moved', 'terraform_data', true, 'terraform_data.renamed'],
      'terraform_data.replaced': ['destroy-Before-create-replaced', 'terraform_data', false, null],
      'output.new': ['added', 'output', false, null],
      'output.old': ['deleted', 'output', false, null],
    });
  });

  it('counts a replacement as one added and one deleted, and the rest by its own counter', () => {
    // Added: `added`, the replacement, output `new`. Deleted: `gone`, the replacement, output `old`.
    expect(second.delta).toEqual({ addCount: 3, changeCount: 1, deleteCount: 3, importCount: 1, moveCount: 1, forgetCount: 1, resources: 8 });
  });

  it('finds nothing to do where nothing changes', async () => {
    await folder.write('main.tf', FIRST);
    const again = await plan('again', 'default');

    expect(again.hasChanges).toBe(false);
    expect(again.changes).toEqual([]);
    expect(again.delta.resources).toBe(8);
    await folder.write('main.tf', SECOND);
  });

  it('counts what stays when only a part is planned', async () => {
    await folder.write('main.tf', FIRST.replace('canary-plain', 'canary-changed'));
    const part = await plan('part', 'default', ['-target=terraform_data.a']);
    await folder.write('main.tf', SECOND);

    expect(part.delta).toMatchObject({ addCount: 0, changeCount: 1, deleteCount: 0, resources: 8 });
  });

  it('takes resources and outputs from before, not as they are going to be', async () => {
    const document = await resources(second.resourcesFile);

    expect(document.resources.map((resource) => resource.address)).toContain('terraform_data.each["q\\"uo$${te}"]');
    expect(document.resources.find((resource) => resource.address === 'module.m[0].terraform_data.in')).toMatchObject({ module: 'module.m[0]', mode: 'managed', name: 'in', provider: 'terraform.io/builtin/terraform', tainted: false });
    expect(document.outputs).toEqual([
      { name: 'big', sensitive: false, value: '12345678901234567891', hash: sanitized('12345678901234567891') },
      { name: 'old', sensitive: false, value: '"canary-output"', hash: sanitized('canary-output') },
      { name: 'secret', sensitive: true, value: null, hash: sanitized('canary-variable') },
    ]);
  });

  it('hides every string by default, wherever the plan repeats it, and keeps numbers to the digit', async () => {
    const json = await text(second.planFile);

    expect(json).not.toContain('canary');
    expect(json).toContain(sanitized('canary-constant'));
    expect(json).toContain('12345678901234567891');
    expect(await text(second.resourcesFile)).not.toMatch(/canary-(?!output)/);
    expect((JSON.parse(json) as { resource_changes: { address: string; change: { actions: string[] } }[] }).resource_changes[0]).toMatchObject({ address: 'terraform_data.a', change: { actions: ['update'] } });
  });

  it('is read from a file only, not from what lies behind a link or in a pipe', async () => {
    await writeFile(join(folder.path, 'elsewhere.json'), '{}');
    await symlink(join(folder.path, 'elsewhere.json'), join(folder.path, 'linked.json'));

    await expect(process('linked', 'default')).rejects.toThrow('the plan as JSON was replaced: linked.json is no regular file');
  });

  it('hides by smart sanitization what is marked, and constants of the configuration', async () => {
    const smart = await process('second', 'smart');
    const json = await text(smart.planFile);
    const planned = JSON.parse(json) as { resource_changes: { address: string; change: { after: { input: Record<string, unknown> } } }[]; output_changes: Record<string, { before: unknown }> };

    const change = planned.resource_changes.find((element) => element.address === 'terraform_data.a');
    expect(change?.change.after.input).toMatchObject({ plain: 'canary-changed', secret: sanitized('canary-variable') });
    expect(planned.output_changes['secret']?.before).toBe(sanitized('canary-variable'));
    expect(json.slice(json.indexOf('"configuration"'))).not.toContain('canary');
    expect(json.slice(0, json.indexOf('"planned_values"'))).not.toContain('canary-variable');
  });

  it('tells the attributes of what changes, hidden as in the plan: as they will be, or as they were of what goes', async () => {
    const of = (plan: ProcessedPlan, address: string) => plan.changes.find((change) => change.address === address)?.values;
    const smart = await process('second', 'smart');

    expect(of(second, 'terraform_data.a')).toContain(`"plain":"${sanitized('canary-changed')}"`);
    expect(of(second, 'terraform_data.gone')).toContain('"input":');
    expect(of(second, 'output.new')).toBeUndefined();
    expect(JSON.stringify(second.changes)).not.toContain('canary');
    expect(of(smart, 'terraform_data.a')).toContain(`"big":12345678901234567891,"plain":"canary-changed","secret":"${sanitized('canary-variable')}"`);
  });

  it('leaves the plan as it is when sanitization is off', async () => {
    const plain = await process('second', 'off');

    expect(await text(plain.planFile)).toBe(await folder.read('second.json'));
  });

  it('writes private files and says their size and hash', async () => {
    const found = await stat(second.planFile.path);

    expect(found.mode & 0o777).toBe(0o600);
    expect(found.size).toBe(second.planFile.bytes);
    expect(second.planFile.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('reads resources after an apply from the state body, with the marks of the plan', async () => {
    const outFolder = join(folder.path, 'state-out');
    await mkdir(outFolder);
    const smart = await process('first', 'smart');

    const { resourcesFile } = await processState({ statePath: join(folder.path, 'first.tfstate'), marks: await readMarks(smart.marksFile.path), mode: 'smart', outFolder, allowSensitiveOutputs: false });
    const document = await resources(resourcesFile);

    expect(document.resources.map((resource) => resource.address).sort()).toEqual([
      'module.m[0].terraform_data.in', 'terraform_data.a', 'terraform_data.each["q\\"uo$${te}"]', 'terraform_data.each["x.y"]', 'terraform_data.forgotten',
      'terraform_data.gone', 'terraform_data.renamed', 'terraform_data.replaced',
    ]);
    const values = document.resources.find((resource) => resource.address === 'terraform_data.a')?.values ?? '';
    expect(values).toContain(`"input":{"big":12345678901234567891,"plain":"canary-plain","secret":"${sanitized('canary-variable')}"}`);
    expect(document.outputs.find((output) => output.name === 'secret')).toEqual({ name: 'secret', sensitive: true, value: null, hash: sanitized('canary-variable') });
    expect(document.outputs.find((output) => output.name === 'big')?.value).toBe('12345678901234567891');
  });

  it('hides every string of a state when smart sanitization lacks the marks', async () => {
    const outFolder = join(folder.path, 'state-unmarked');
    await mkdir(outFolder);

    const { resourcesFile } = await processState({ statePath: join(folder.path, 'first.tfstate'), mode: 'smart', outFolder, allowSensitiveOutputs: true });

    const document = await resources(resourcesFile);
    expect(document.resources.map((resource) => resource.values).join()).not.toContain('canary');
    expect(document.outputs.find((output) => output.name === 'secret')?.value).toBe('"canary-variable"');
  });

  it('reports after a failed apply only the changes that the state shows', async () => {
    const outFolder = join(folder.path, 'apply-out');
    await mkdir(outFolder);
    const half = (await folder.read('first.tfstate')).replace('canary-plain', 'canary-changed');
    await writeFile(join(folder.path, 'half.tfstate'), half);
    const input = { plannedChangesPath: second.changesFile.path, outFolder, beforePath: join(folder.path, 'first.tfstate'), afterPath: join(folder.path, 'half.tfstate') };

    const failed = await processApply({ ...input, succeeded: false });
    const succeeded = await processApply({ ...input, succeeded: true });

    expect(failed.changes.map((change) => [change.address, change.action, change.phase])).toEqual([['terraform_data.a', 'changed', 'apply']]);
    expect(succeeded.changes).toHaveLength(second.changes.length);
  });

  it('takes a destruction as changes that leave nothing', async () => {
    await folder.write('main.tf', FIRST);
    const destroy = await plan('destroy', 'default', ['-destroy']);
    await folder.write('main.tf', SECOND);

    expect(destroy.delta).toMatchObject({ addCount: 0, deleteCount: 11, resources: 0 });
  });

  it('refuses a plan that is cut off', async () => {
    await folder.write('cut.json', (await folder.read('second.json')).slice(0, -20));

    await expect(process('cut', 'default')).rejects.toThrow('not valid JSON');
  });
});
