import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { renderTemplate } from '../../lib/launcher/go-template.ts';
import { WorkflowFile } from '../../lib/launcher/workflow-file.ts';
import { testRepository, type TestRepository } from '../support/git.ts';
import { launcherAgainstDouble, type TestLauncher } from '../support/launcher.ts';
import { needsTerraform } from '../support/requirements.ts';
import type { FakeRunInput, PackagePatch } from '../support/worker-server.ts';

/** Terraform under another name, so that what runs is what the file says. */
const WORKFLOW = `
init: ./tool.sh init -input=false
workspaceSelect: ./tool.sh workspace select "{{ .WorkspaceName }}"
workspaceNew: ./tool.sh workspace new "{{ .WorkspaceName }}"
plan: ./tool.sh plan -input=false {{ if not .Lock }}-lock=false {{ end }}{{ if not .Refresh }}-refresh=false {{ end }}{{ range .Targets }}-target='{{ . }}' {{ end }}-out={{ .PlanFileName }}
showState: ./tool.sh show -json
showPlan: ./tool.sh show -json "{{ .PlanFileName }}"
getOutputs: ./tool.sh output -json
apply: ./tool.sh apply -auto-approve -input=false "{{ .PlanFileName }}"
destroy: ./tool.sh destroy -auto-approve -input=false
`;
const TOOL = '#!/bin/sh\necho "tool: $*" >&2\nexec terraform "$@"\n';
const MAIN = 'resource "terraform_data" "a" {\n  input = "a"\n}\nresource "terraform_data" "b" {\n  input = "b"\n}\noutput "a" {\n  value = terraform_data.a.output\n}\n';

describe('a custom workflow tool', needsTerraform, () => {
  let launcher: TestLauncher;
  let repository: TestRepository;
  before(async () => {
    repository = await testRepository();
    await repository.commit({ 'main.tf': MAIN, 'tool.sh': TOOL, '.spacelift/workflow.yml': WORKFLOW });
    launcher = await launcherAgainstDouble();
  });
  after(async () => {
    await launcher.close();
    await repository.remove();
  });

  async function run(files: Readonly<Record<string, string>>, pkg: PackagePatch = {}, input: Omit<FakeRunInput, 'pkg'> = {}) {
    const commit = await repository.commit(files, { branch: `b${Math.trunc(performance.now())}`, from: 'main' });
    const source = { kind: 'git' as const, url: repository.url, username: null, password: null, commit, branch: 'main', submodules: false, sparsePaths: [] };
    const hooks = { before_init: ['chmod +x tool.sh'] };
    const added = launcher.server.addRun({ ...input, pkg: { source, tool: { kind: 'CUSTOM', version: null }, hooks, ...pkg } });
    await launcher.server.released(added);
    return { states: added.states, reports: added.reports, outputs: added.outputs, artifacts: added.artifacts, note: added.releases[0]?.note, log: launcher.server.log(added) };
  }

  it('plans and applies by the lines of the workflow file, on the managed state', async () => {
    const done = await run({ 'note.txt': 'first' });

    expect(done.states).toEqual(['PREPARING', 'INITIALIZING', 'PLANNING', 'APPLYING', 'FINISHED']);
    expect(done.log).toContain('tool: plan -input=false -out=spacelift.plan');
    expect(done.log).toContain('tool: apply -auto-approve -input=false spacelift.plan');
    expect(done.reports).toEqual([expect.objectContaining({ hasChanges: true, delta: expect.objectContaining({ addCount: 3, resources: 2 }) })]);
    expect(launcher.server.state.body?.toString()).toContain('"terraform_data"');
  });

  it('gives targets and a refused lock to the plan', async () => {
    const done = await run({ 'note.txt': 'targets' }, { run: { targets: ['terraform_data.a'] }, env: [{ name: 'SPACELIFT_DISABLE_STATE_LOCK', value: 'true', secret: false }] }, { decision: 'finish' });

    expect(done.log).toContain('tool: plan -input=false -lock=false -target=terraform_data.a -out=spacelift.plan');
  });

  it('reads resources and outputs of external state from what the tool shows', async () => {
    const done = await run({ 'backend.tf': 'terraform {\n  backend "local" {}\n}\n' }, { state: { managed: false }, stack: { vendorConfig: { workspace: 'blue' } } });

    expect(done.states.at(-1)).toBe('FINISHED');
    expect(done.log).toContain('tool: workspace new blue');
    const { resources, outputs } = JSON.parse((done.outputs.at(-1) as { inline: { resources: string } }).inline.resources) as {
      readonly resources: readonly { readonly address: string }[];
      readonly outputs: readonly { readonly name: string; readonly value: string }[];
    };
    expect(resources.map(({ address }) => address).sort()).toEqual(['terraform_data.a', 'terraform_data.b']);
    expect(outputs).toEqual([expect.objectContaining({ name: 'a', value: '"a"' })]);
  });

  it('without its file, or with commands missing, fails the run and says which', async () => {
    const bare = await run({ '.spacelift/workflow.yml': 'init: ./tool.sh init\nplan: ""\n' });
    expect(bare.states.at(-1)).toBe('FAILED');
    expect(bare.log + String(bare.note)).toContain('.spacelift/workflow.yml lacks commands: workspaceSelect, workspaceNew, plan, showState, showPlan, getOutputs, apply, destroy');
  });

  it('that is not on the worker fails the phase with the shell’s word', async () => {
    const done = await run({ '.spacelift/workflow.yml': WORKFLOW.replace('./tool.sh init', 'no-such-tool init') });
    expect(done.states.at(-1)).toBe('FAILED');
    expect(done.log).toMatch(/no-such-tool: (?:not found|Permission denied)/);
    expect(done.log + String(done.note)).toContain('initialization failed: exit status 127');
  });
});

describe('a workflow file', () => {
  it('names an unknown parameter of a template with the command that has it', () => {
    const file = new WorkflowFile(WORKFLOW.replace('{{ .WorkspaceName }}', '{{ .Workspace }}'));
    expect(() => file.line('workspaceSelect', { WorkspaceName: 'x', Lock: true, Refresh: true, PlanFileName: 'p', Targets: [] })).toThrow(
      '.spacelift/workflow.yml, command workspaceSelect: unknown .Workspace; known are .WorkspaceName, .Lock, .Refresh, .PlanFileName, .Targets',
    );
  });

  it('that is no YAML or no map is refused', () => {
    expect(() => new WorkflowFile('init: [')).toThrow('.spacelift/workflow.yml is no YAML');
    expect(() => new WorkflowFile('- init')).toThrow('.spacelift/workflow.yml must be a map of commands');
  });
});

describe('a template of a workflow command', () => {
  const values = { Name: 'blue', Yes: true, No: false, List: ['a', 'b'], None: [] };
  const cases: readonly (readonly [template: string, filled: string])[] = [
    ['plain', 'plain'],
    ['{{.Name}}-{{ .Name }}', 'blue-blue'],
    ['{{ if .Yes }}y{{ else }}n{{ end }}', 'y'],
    ['{{ if not .Yes }}y{{ else if .No }}m{{ else }}n{{ end }}', 'n'],
    ['{{ range .List }}[{{ . }}]{{ end }}', '[a][b]'],
    ['{{ range .None }}x{{ else }}none{{ end }}', 'none'],
    ['{{ if and .Yes .List }}both{{ end }}{{ if or .No .None }}either{{ end }}', 'both'],
    ['{{ if eq .Name "blue" "green" }}yes{{ end }}{{ if ne .Name "blue" }}no{{ end }}', 'yes'],
    ['a  {{- /* gone */ -}}  b', 'ab'],
    ['{{ range .List }}{{ $.Name }}{{ . }} {{ end }}', 'bluea blueb '],
    ['{{ .List }} {{ .Yes }} {{ len .List }}', '[a b] true 2'],
  ];
  for (const [template, filled] of cases) it(`${template} gives ${filled}`, () => expect(renderTemplate(template, values)).toBe(filled));

  for (const [template, message] of [
    ['{{ if .Yes }}', 'a block without {{end}}'],
    ['{{ end }}', 'without a beginning'],
    ['{{ .Name', '{{ without }}'],
    ['{{ . }}', 'outside of a range'],
    ['{{ printf "%s" .Name }}', 'unknown function printf'],
    ['{{ range .Name }}{{ end }}', 'no list'],
  ] as const) it(`${template} is refused: ${message}`, () => expect(() => renderTemplate(template, values)).toThrow(message));
});
