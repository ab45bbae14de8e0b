import { describe, it } from 'node:test';
import { expect } from 'expect';
import { settingsFor } from '../../../lib/core/stacks/run-settings.ts';
import { parseRuntimeConfig, parseSettingsBlock } from '../../../lib/core/stacks/runtime-config-yaml.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { hookLists } from '../../../lib/core/shared/hooks.ts';

const STACK = {
  id: 'network', labels: [], projectRoot: 'own', runnerImage: 'own/image', gitSparseCheckoutPaths: [],
  hooks: hookLists({ beforeInit: ['own'] }),
  vendorConfig: { vendor: 'terraform', version: '1.4.0', workflowTool: 'TERRAFORM_FOSS', workspace: null, useSmartSanitization: false, externalStateAccessEnabled: false },
} as unknown as Stack;

const file = (version: 1 | 2, more: string) => parseRuntimeConfig(`version: ${version}\n${more}`);
const DEFAULTS = 'stack_defaults:\n  project_root: defaults\n  before_init: [defaults]\n  after_init: [defaults]\n  environment: {A: defaults, B: defaults}\n';
const ENTRY = 'stacks:\n  network:\n    before_init: [entry]\n    environment: {A: entry}\n';

describe('the settings of a run', () => {
  it('are the stack\'s without a file', () => {
    expect(settingsFor(STACK, undefined)).toMatchObject({
      projectRoot: 'own', runnerImage: 'own/image', runnerImageSource: 'stack', tool: { kind: 'TERRAFORM_FOSS', constraint: '1.4.0' }, hooks: { beforeInit: ['own'] }, environment: {}, environmentDefaults: {},
    });
  });

  it('rank entry, defaults, stack in version 2', () => {
    const settings = settingsFor(STACK, file(2, DEFAULTS + ENTRY));

    expect(settings).toMatchObject({ projectRoot: 'defaults', hooks: { beforeInit: ['entry'], afterInit: ['defaults'] } });
    expect([settings.environment, settings.environmentDefaults]).toEqual([{ A: 'entry', B: 'defaults' }, {}]);
  });

  it('rank entry, stack, defaults in version 1, where what the stack leaves empty counts as unset', () => {
    const settings = settingsFor(STACK, file(1, DEFAULTS + ENTRY));

    expect(settings).toMatchObject({ projectRoot: 'own', hooks: { beforeInit: ['entry'], afterInit: ['defaults'] } });
    expect([settings.environment, settings.environmentDefaults]).toEqual([{ A: 'entry' }, { A: 'defaults', B: 'defaults' }]);
  });

  it('apply the defaults to a stack that the file does not list', () => {
    expect(settingsFor({ ...STACK, id: 'other' }, file(2, DEFAULTS + ENTRY)).hooks.beforeInit).toEqual(['defaults']);
  });

  it('let a block for this run rank above all', () => {
    const settings = settingsFor(STACK, file(2, DEFAULTS + ENTRY), parseSettingsBlock('before_init: []\nenvironment: {A: custom}\nrunner_image: custom/image\n', 'custom'));

    expect(settings).toMatchObject({ hooks: { beforeInit: [] }, runnerImage: 'custom/image', runnerImageSource: 'runtime', environment: { A: 'custom', B: 'defaults' } });
  });

  it('pass over the file of a stack with the label for it', () => {
    expect(settingsFor({ ...STACK, labels: ['feature:ignore_runtime_config'] }, file(2, DEFAULTS), parseSettingsBlock('after_init: [custom]', 'custom')).hooks).toMatchObject({ beforeInit: ['own'], afterInit: ['custom'] });
  });

  it('choose tool and version by their own keys', () => {
    const tool = (text: string, stack = STACK) => settingsFor(stack, file(2, `stack_defaults:\n${text}`)).tool;
    const tofu = { ...STACK, vendorConfig: { ...STACK.vendorConfig, vendor: 'opentofu', workflowTool: 'OPENTOFU', version: '1.8.x' } } as Stack;

    expect(tool('  terraform_version: 1.5.x\n')).toEqual({ kind: 'TERRAFORM_FOSS', constraint: '1.5.x' });
    expect(tool('  terraform_workflow_tool: OPEN_TOFU\n  opentofu_version: 1.9.x\n')).toEqual({ kind: 'OPEN_TOFU', constraint: '1.9.x' });
    expect(tool('  terraform_workflow_tool: OPEN_TOFU\n  terraform_version: 1.6.0\n')).toEqual({ kind: 'OPEN_TOFU', constraint: '1.6.0' });
    expect(tool('  terraform_version: 1.5.x\n', tofu)).toEqual({ kind: 'OPEN_TOFU', constraint: '1.8.x' });
  });

  it('trim the project root', () => {
    expect(settingsFor(STACK, file(2, 'stack_defaults: {project_root: /infra/}')).projectRoot).toBe('infra');
    expect(settingsFor(STACK, file(2, 'stack_defaults: {project_root: "."}')).projectRoot).toBe('');
  });
});
