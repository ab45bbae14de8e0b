import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { attachContext } from '../../../lib/core/contexts/actions/attach-context.ts';
import { createContext } from '../../../lib/core/contexts/actions/create-context.ts';
import type { ConfigInput } from '../../../lib/core/contexts/config.ts';
import { addStackConfig } from '../../../lib/core/stacks/actions/add-stack-config.ts';
import { composeRunInputs } from '../../../lib/core/stacks/actions/compose-run-inputs.ts';
import type { RunFacts } from '../../../lib/core/stacks/computed-variables.ts';
import { settingsFor } from '../../../lib/core/stacks/run-settings.ts';
import { parseRuntimeConfig } from '../../../lib/core/stacks/runtime-config-yaml.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { adminActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { aStack } from '../../support/stack-builders.ts';

const FACTS: RunFacts = { id: '01RUN', type: 'TRACKED', branch: 'main', commitHash: 'c0ffee', localPreview: false, triggeredBy: null, environmentOverrides: [] };
const variable = (id: string, value: string, writeOnly = false): ConfigInput => ({ id, type: 'ENVIRONMENT_VARIABLE', value, writeOnly });
const file = (id: string, text: string, fileMode?: string): ConfigInput => ({ id, type: 'FILE_MOUNT', value: Buffer.from(text).toString('base64'), writeOnly: true, fileMode });

describe('what a run gets', () => {
  let app: TestApp;
  let stack: Stack;
  const admin = adminActor();

  before(async () => {
    app = await testApp();
  });
  after(() => app.close());
  beforeEach(async () => {
    for (const table of ['config_elements', 'contexts', 'stacks'] as const) await app.ports.db.sql.deleteFrom(table).execute();
    stack = await aStack(app, { labels: ['prod', 'say "hi"'], projectRoot: 'infra' });
  });

  const compose = (yaml?: string, facts: Partial<RunFacts> = {}) =>
    composeRunInputs(app.ports, { stack, settings: settingsFor(stack, yaml === undefined ? undefined : parseRuntimeConfig(yaml)), run: { ...FACTS, ...facts } });
  const valueOf = async (name: string, ...args: Parameters<typeof compose>) => (await compose(...args)).env.find((entry) => entry.name === name)?.value;

  it('is the platform\'s own variables at least', async () => {
    const { env } = await compose();

    expect(Object.fromEntries(env.map(({ name, value }) => [name.replace('TF_VAR_spacelift_', ''), value]))).toEqual({
      TF_IN_AUTOMATION: '1', account_name: 'acme', commit_branch: 'main', commit_sha: 'c0ffee', local_preview: 'false', project_root: 'infra', repository: 'acme/network', run_id: '01RUN',
      run_trigger: 'git commit', run_type: 'TRACKED', space_id: 'root', stack_branch: 'main', stack_id: 'network', stack_labels: 'prod,say "hi"', stack_labels_list: '["prod","say \\"hi\\""]', workspace_root: '/mnt/workspace',
    });
  });

  it('takes each variable from its strongest source', async () => {
    const v = [variable('A', 'context'), variable('B', 'context'), variable('C', 'context'), variable('D', 'context'), variable('E', 'context'), variable('TF_IN_AUTOMATION', 'yes')];
    const context = await createContext(app.ports, admin, { name: 'Weak', configAttachments: v });
    await createContext(app.ports, admin, { name: 'Auto', labels: ['autoattach:prod'], configAttachments: [variable('E', 'auto'), variable('F', 'auto')] });
    await attachContext(app.ports, admin, { contextId: context.id, stackId: stack.id, priority: 1 });
    for (const name of ['A', 'B', 'C']) await addStackConfig(app.ports, admin, { stackId: stack.id, config: variable(name, 'stack') });
    const yaml = 'version: 2\nstack_defaults: {environment: {A: file, B: file}}';
    const overrides = { environmentOverrides: [{ key: 'A', value: 'run' }] };

    const { env } = await compose(yaml, overrides);

    expect(Object.fromEntries(env.filter(({ name }) => !name.startsWith('TF_VAR_')).map(({ name, value }) => [name, value]))).toEqual({
      A: 'run', B: 'file', C: 'stack', D: 'context', E: 'context', F: 'auto', TF_IN_AUTOMATION: 'yes',
    });
  });

  it('lets the stack\'s own variable win over the defaults of a file of version 1, and those over contexts', async () => {
    await createContext(app.ports, admin, { name: 'Auto', labels: ['autoattach:*'], configAttachments: [variable('A', 'auto'), variable('B', 'auto')] });
    await addStackConfig(app.ports, admin, { stackId: stack.id, config: variable('A', 'stack') });
    const yaml = 'stack_defaults: {environment: {A: file, B: file}}';

    expect([await valueOf('A', yaml), await valueOf('B', yaml)]).toEqual(['stack', 'file']);
  });

  it('gives the lowest priority number the last word among contexts', async () => {
    for (const [name, priority] of [['low', 0], ['high', 9]] as const) {
      const context = await createContext(app.ports, admin, { name, configAttachments: [variable('A', name)] });
      await attachContext(app.ports, admin, { contextId: context.id, stackId: stack.id, priority });
    }

    expect(await valueOf('A')).toBe('low');
  });

  it('opens secrets and marks them, leaves prefixes and references to the worker', async () => {
    await addStackConfig(app.ports, admin, { stackId: stack.id, config: variable('ro_TOKEN', 'hunter2', true) });
    await addStackConfig(app.ports, admin, { stackId: stack.id, config: variable('URL', 'https://${HOST}/$${x}') });

    const { env } = await compose();

    expect(env).toContainEqual({ name: 'ro_TOKEN', value: 'hunter2', secret: true });
    expect(env).toContainEqual({ name: 'URL', value: 'https://${HOST}/$${x}', secret: false });
  });

  it('brings mounted files with their mode, the stack\'s before a context\'s', async () => {
    await createContext(app.ports, admin, { name: 'Auto', labels: ['autoattach:*'], configAttachments: [file('a.txt', 'context'), file('b.txt', 'context')] });
    await addStackConfig(app.ports, admin, { stackId: stack.id, config: file('a.txt', 'stack', '0600') });

    expect((await compose()).files.map((entry) => ({ ...entry, content: Buffer.from(entry.content, 'base64').toString() }))).toEqual([
      { path: 'a.txt', content: 'stack', mode: '0600', secret: true },
      { path: 'b.txt', content: 'context', mode: null, secret: true },
    ]);
  });

  it('takes any number of variables, but no more than 20 MB of files', async () => {
    await createContext(app.ports, admin, { name: 'Many', labels: ['autoattach:*'], configAttachments: Array.from({ length: 450 }, (_, i) => variable(`V${i}`, String(i))) });
    expect((await compose()).env.filter(({ name }) => /^V\d+$/.test(name))).toHaveLength(450);

    const large = 'x'.repeat(2_000_000);
    for (let i = 0; i < 11; i++) await addStackConfig(app.ports, admin, { stackId: stack.id, config: file(`large-${i}`, large) });
    await expect(compose()).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining('20 MB') });
  });

  it('runs the hooks of contexts around those of the file', async () => {
    await createContext(app.ports, admin, { name: 'Auto', labels: ['autoattach:*'], hooks: { beforeApply: ['context'], afterApply: ['context'] } });

    const { hooks } = await compose('stack_defaults: {before_apply: [file], after_apply: [file]}');

    expect([hooks.before_apply, hooks.after_apply]).toEqual([['context', 'file'], ['file', 'context']]);
  });
});
