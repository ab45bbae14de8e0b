import { describe, it } from 'node:test';
import { expect } from 'expect';
import { parseRuntimeConfig, parseSettingsBlock, settingsBlockText } from '../../../lib/core/stacks/runtime-config-yaml.ts';

function refusal(text: string): { readonly message: string; readonly details: object } {
  try {
    parseRuntimeConfig(text);
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID' });
    return error as { message: string; details: object };
  }
  throw new Error('the file was taken');
}

describe('the configuration file of a repository', () => {
  it('may be empty, or hold nothing that is known', () => {
    for (const text of ['', '# nothing', 'version: 1', 'module_version: 1.2.3\nunknown: {a: 1}\ntests: []', 'stacks:', 'stack_defaults: ~']) {
      expect(parseRuntimeConfig(text)).toEqual({ version: 1, stackDefaults: {}, stacks: expect.any(Map) });
    }
  });

  it('gives settings to all stacks and to single ones', () => {
    const file = parseRuntimeConfig(`
version: "2"
stack_defaults:
  before_init: [terraform fmt -check]
  environment: {RETRIES: 3, VERBOSE: true, NOTHING: , RATIO: 1.50}
stacks:
  network:
    project_root: infra/network
    runner_image: example/image:1
    terraform_version: 1.5
    terraform_workflow_tool: OPEN_TOFU
    git_sparse_checkout_paths: [infra]
    something_new: yes
`);

    expect(file.version).toBe(2);
    expect(file.stackDefaults).toEqual({ beforeInit: ['terraform fmt -check'], environment: { RETRIES: '3', VERBOSE: 'true', NOTHING: '', RATIO: '1.50' } });
    expect(file.stacks.get('network')).toEqual({
      projectRoot: 'infra/network', runnerImage: 'example/image:1', terraformVersion: '1.5', terraformWorkflowTool: 'OPEN_TOFU', gitSparseCheckoutPaths: ['infra'],
    });
  });

  it('can share parts by anchors and merge keys, own keys winning', () => {
    const file = parseRuntimeConfig(`
shared: &shared
  before_plan: &plan [one, two]
  environment: &env {A: shared, B: shared}
stacks:
  a:
    <<: *shared
    environment:
      <<: *env
      B: own
  b:
    <<: [{project_root: b}, *shared]
    before_plan: [zero]
    after_plan: *plan
`);

    expect(file.stacks.get('a')).toEqual({ beforePlan: ['one', 'two'], environment: { A: 'shared', B: 'own' } });
    expect(file.stacks.get('b')).toEqual({ projectRoot: 'b', beforePlan: ['zero'], afterPlan: ['one', 'two'], environment: { A: 'shared', B: 'shared' } });
  });

  it('keeps an empty list apart from an absent one', () => {
    expect(parseRuntimeConfig('stack_defaults:\n  before_init: []').stackDefaults).toEqual({ beforeInit: [] });
  });

  it('is refused with file, line and key', () => {
    expect(refusal('stacks:\n  network:\n    before_init: terraform fmt\n')).toMatchObject({
      message: '.spacelift/config.yml, line 3, stacks.network.before_init: must be a list of strings',
      details: { file: '.spacelift/config.yml', line: 3, key: 'stacks.network.before_init' },
    });
    expect(refusal('version: 3').message).toBe('.spacelift/config.yml, line 1, version: must be 1 or 2, not 3');
    expect(refusal('stack_defaults:\n  environment:\n    A: [1]\n').message).toBe('.spacelift/config.yml, line 3, stack_defaults.environment.A: must be a string');
    expect(refusal('stack_defaults:\n  environment:\n    "A B": 1\n').message).toContain('line 3, stack_defaults.environment.A B');
    expect(refusal('stack_defaults:\n  environment:\n    A: |\n      one\n      two\n').message).toContain('no line break');
    expect(refusal('stacks: [a]').message).toContain('line 1, stacks: must be a map');
    expect(refusal('stacks:\n  a: text').message).toContain('line 2, stacks.a: must be a map');
    expect(refusal('stacks:\n  a:\n    terraform_workflow_tool: PULUMI').message).toContain('line 3, stacks.a.terraform_workflow_tool');
    expect(refusal('stacks:\n  a:\n    project_root: ../b').message).toContain('must not leave the repository');
    expect(refusal('stacks:\n  a:\n    after_run:\n      - ok\n      - " "\n').message).toContain('line 5, stacks.a.after_run[1]: must not be empty');
  });

  it('is refused when it is no YAML, naming the line', () => {
    expect(refusal('version: 1\nstacks: {a: [}\n').message).toMatch(/^\.spacelift\/config\.yml, line 2: /);
    expect(refusal('a: 1\na: 2').message).toMatch(/line 2/);
    expect(refusal('- a\n- b').message).toContain('must be a map');
    expect(refusal('x: *missing').message).toMatch(/line 1/);
  });

  it('is refused when it is made to exhaust memory', () => {
    expect(refusal(`x: "${'a'.repeat(256 * 1024)}"`).message).toContain('256 KiB');
    expect(refusal(`x: ${'['.repeat(100)}${']'.repeat(100)}`).message).toContain('deeply');
    expect(refusal(`a: &a [1]\nb: [${'*a,'.repeat(1100)}*a]`).message).toContain('aliases');
    const levels = Array.from({ length: 9 }, (_, level) => `l${level + 1}: &l${level + 1} {<<: [${Array(100).fill(`*l${level}`).join(',')}]}`);
    expect(parseRuntimeConfig(['l0: &l0 {project_root: deep}', ...levels, 'stack_defaults: *l9'].join('\n')).stackDefaults).toEqual({ projectRoot: 'deep' });
    expect(parseRuntimeConfig('stack_defaults: &me {<<: *me, project_root: a}').stackDefaults).toEqual({ projectRoot: 'a' });
  });
});

describe('a settings block for one run', () => {
  it('is bare, and reads back what was written', () => {
    const block = { beforePlan: ['echo "a: b"', "it's"], environment: { A_B: 'x: y' }, projectRoot: 'infra', terraformVersion: '1.5' };

    expect(parseSettingsBlock(settingsBlockText(block), 'runtimeConfig')).toEqual(block);
    expect(() => parseSettingsBlock('before_plan: x', 'runtimeConfig')).toThrow(/^runtimeConfig, line 1, before_plan: must be a list/);
  });
});
