// The managed state against what must not become part of it: other lineages, older serials, writes out of turn, other backends.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { eventually } from '../support/eventually.ts';
import type { FollowedRun, Platform, TestStack } from '../support/platform.ts';
import { PLATFORMS } from '../support/platforms.ts';
import { needsTerraform } from '../support/requirements.ts';

const main = (value = 'a') => `resource "terraform_data" "a" {\n  input = "${value}"\n}\n`;

/** Changes the pulled state by a sed expression and pushes it over the current one, as far as the tool is concerned. */
const pushChanged = (expression: string, options = '') => `terraform state pull > changed.json && sed -i '${expression}' changed.json && terraform state push -force ${options} changed.json`;
const OTHER_LINEAGE = 's/"lineage": "[^"]*"/"lineage": "00000000-1111-2222-3333-444444444444"/';
const OLDER = 's/"serial": [0-9]*/"serial": 0/; s/"terraform_version": "[^"]*"/"terraform_version": "1.0.0"/';
const NEWER = 's/"serial": [0-9]*/"serial": 1000/';

interface Version {
  readonly id: string;
  readonly serial: number;
  readonly lineage: string;
  readonly current: boolean;
  readonly imported: boolean;
  readonly rollback: boolean;
}

for (const on of PLATFORMS) describe(`a managed state (${on.name})`, { ...needsTerraform, ...on.needs, timeout: on.within(240_000) }, () => {
  let platform: Platform;
  before(async () => {
    platform = await on.start();
  });
  after(() => platform.stop());

  const versions = async (stack: TestStack): Promise<readonly Version[]> => (await stack.query<{ managedStateVersions: readonly Version[] }>('managedStateVersions { id serial lineage current imported rollback }')).managedStateVersions;

  /** A stack that was applied once. */
  async function applied(name: string, input: Readonly<Record<string, unknown>> = {}): Promise<TestStack> {
    const stack = await platform.stack(name, { 'main.tf': main() }, { autodeploy: true });
    const { state, note } = await stack.run();
    expect({ state, note }).toEqual({ state: 'FINISHED', note: null });
    if (Object.keys(input).length > 0) await update(stack, name, input);
    return stack;
  }

  async function update(stack: TestStack, name: string, input: Readonly<Record<string, unknown>>): Promise<void> {
    const whole = { name, administrative: false, branch: 'main', repository: name, namespace: 'test', provider: 'GIT', repositoryURL: stack.repository.url, vendorConfig: { terraform: {} }, autodeploy: true, ...platform.always, ...input };
    await platform.api.query('mutation ($id: ID!, $input: StackInput!) { stackUpdate(id: $id, input: $input) { id } }', { id: stack.id, input: whole });
  }

  const mutate = (document: string, variables: Readonly<Record<string, unknown>>) => platform.api.query(document, variables);
  const lock = (stack: TestStack) => mutate('mutation ($id: ID!) { stackLock(id: $id) { id } }', { id: stack.id });
  const importState = (stack: TestStack, state: string) => mutate('mutation ($id: ID!, $state: String!) { stackManagedStateImport(stackId: $id, state: $state) }', { id: stack.id, state });
  const rollBack = (stack: TestStack, version: string) => mutate('mutation ($id: ID!, $version: String!) { stackManagedStateRollback(stackId: $id, managedStateVersionId: $version) { id } }', { id: stack.id, version });

  const text = (run: FollowedRun) => run.lines.join('\n');

  describe('is not overwritten by a run', () => {
    it('with a state of another lineage', async () => {
      const stack = await applied('other-lineage', { afterApply: [pushChanged(OTHER_LINEAGE)] });
      const [before] = await versions(stack);

      const run = await stack.runOf(await stack.push({ 'main.tf': main('b') }));

      expect(run).toMatchObject({ state: 'FAILED', note: expect.stringContaining('applying failed: exit status 1') });
      expect(text(run)).toMatch(/Failed to (write|persist) state|HTTP error: 409/i);
      const [current] = await versions(stack);
      expect(current).toMatchObject({ lineage: before?.lineage, current: true });
    });

    it('with one of an older serial', async () => {
      const stack = await applied('older-serial', { afterApply: [pushChanged(OLDER)] });
      const [before] = await versions(stack);

      const run = await stack.runOf(await stack.push({ 'main.tf': main('b') }));

      expect(run.state).toBe('FAILED');
      expect(text(run)).toMatch(/409/);
      const [current] = await versions(stack);
      expect(current?.serial).toBeGreaterThan(before?.serial ?? 0);
    });

    it('but a task may force what it pushes, and that is on record', async () => {
      const stack = await applied('forced');

      expect((await stack.task(pushChanged(OTHER_LINEAGE))).state).toBe('FINISHED');

      expect((await versions(stack))[0]).toMatchObject({ lineage: '00000000-1111-2222-3333-444444444444', current: true });
    });

    it('of the proposed kind, whatever its hooks try', async () => {
      const stack = await applied('proposed', { beforePlan: [pushChanged(NEWER)] });
      const before = await versions(stack);

      const run = await stack.run('PROPOSED');

      expect(run).toMatchObject({ state: 'FAILED', note: 'planning failed: exit status 1' });
      expect(text(run)).toMatch(/403/);
      expect(await versions(stack)).toEqual(before);
    });

    it('that is only planning', async () => {
      const stack = await applied('planning', { beforeInit: ['true'], afterPlan: [pushChanged(NEWER, '-lock=false')] });
      const before = await versions(stack);

      const run = await stack.runOf(await stack.push({ 'main.tf': main('b') }));

      expect(run).toMatchObject({ state: 'FAILED', states: expect.not.arrayContaining(['APPLYING']) });
      expect(text(run)).toMatch(/403/);
      expect(await versions(stack)).toEqual(before);
    });
  });

  it('keeps for rescue what a run could not write, names it, and lets an administrator import it', async () => {
    const behindItsBack = `terraform force-unlock -force the-lock && ${pushChanged(NEWER, '-lock=false')}`;
    const stack = await applied('rescued');
    const resource = `resource "terraform_data" "made" {\n  input = "made but not recorded"\n  provisioner "local-exec" {\n    command = <<-EOT\n      ${behindItsBack}\n    EOT\n  }\n}\n`;

    const run = await stack.runOf(await stack.push({ 'main.tf': main() + resource }));

    expect(run.state).toBe('FAILED');
    expect(text(run)).toContain('The state in errored.tfstate could not be saved: ');
    expect(text(run)).toContain('serial');
    const kept = /import .*?\b([0-9A-HJKMNP-TV-Z]{26})\b/.exec(`${run.note}`)?.[1] ?? '';
    expect(kept).not.toBe('');
    expect(text(run)).toContain(kept);
    const [current] = await versions(stack);
    expect(current?.serial).toBeGreaterThanOrEqual(1000);

    await expect(importState(stack, kept)).rejects.toThrow('lock stack "rescued" first');
    await lock(stack);
    await importState(stack, kept);

    expect((await versions(stack))[0]).toMatchObject({ serial: (current?.serial ?? 0) + 1, lineage: current?.lineage, imported: true, current: true });
    const { entities } = await eventually('the resources of the imported state', async () => {
      const seen = await stack.query<{ entities: { address: string }[] }>('entities { address }');
      return seen.entities.some(({ address }) => address === 'terraform_data.made') && seen;
    });
    expect(entities.map(({ address }) => address)).toContain('terraform_data.a');
  });

  it('is imported only into a quiet stack that the caller has locked, and only when it is a state', async () => {
    const stack = await applied('imported', { autodeploy: false });
    const state = JSON.stringify({ version: 4, terraform_version: '1.5.7', serial: 1, lineage: 'from-elsewhere', outputs: {}, resources: [] });

    await expect(importState(stack, state)).rejects.toThrow(/^lock stack "[a-z-]+" first, so that no run changes the state meanwhile$/);
    await lock(stack);
    await expect(importState(stack, '{"version": 4}')).rejects.toThrow(/serial|lineage/);
    await expect(importState(stack, '{"version": 4, "serial": "one", "lineage": "x"}')).rejects.toThrow(/serial/);
    await expect(importState(stack, '{ no json')).rejects.toThrow(/JSON/);
    await expect(importState(stack, 'nothing-uploaded')).rejects.toThrow('there is no uploaded state with the id "nothing-uploaded"');
    const waiting = await stack.run();
    if (waiting.state !== 'FINISHED') {
      await expect(importState(stack, state)).rejects.toThrow(waiting.id);
      await stack.act('runDiscard', waiting.id);
    }

    await importState(stack, state);

    const [current, older] = await versions(stack);
    expect(current).toMatchObject({ imported: true, lineage: 'from-elsewhere', current: true });
    expect(current?.serial).toBeGreaterThan(older?.serial ?? 0);
  });

  it('is rolled back only to a version it had, and not while a run waits', async () => {
    const stack = await applied('rolled-back');
    expect((await stack.runOf(await stack.push({ 'main.tf': main('b') }))).state).toBe('FINISHED');
    await update(stack, 'rolled-back', { autodeploy: false });
    const [current, first] = await versions(stack);
    if (current === undefined || first === undefined) throw new Error('two runs wrote the state');

    await expect(rollBack(stack, first.id)).rejects.toThrow(/^lock stack "[a-z-]+" first, so that no run changes the state meanwhile$/);
    await lock(stack);
    await expect(rollBack(stack, current.id)).rejects.toThrow('this version is the current one already');
    await expect(rollBack(stack, '01HZX0000000000000000000ZZ')).rejects.toThrow('has no state version 01HZX0000000000000000000ZZ');
    const other = await applied('other-history');
    await expect(rollBack(stack, (await versions(other))[0]?.id ?? '')).rejects.toThrow('has no state version');
    const waiting = await stack.runOf(await stack.push({ 'main.tf': main('c') }));
    expect(waiting.state).toBe('UNCONFIRMED');
    await expect(rollBack(stack, first.id)).rejects.toThrow(waiting.id);
    await stack.act('runDiscard', waiting.id);

    await rollBack(stack, first.id);

    expect((await versions(stack))[0]).toMatchObject({ rollback: true, lineage: first.lineage, serial: current.serial + 1, current: true });
    expect(await stack.query('isStateRollback')).toEqual({ isStateRollback: true });
  });

  describe('is the only backend of its stack', () => {
    /** A state that somebody else keeps, empty so far. */
    let other: Server;
    let elsewhere: string;
    before(async () => {
      other = createServer((_request, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
      await once(other, 'listening');
      elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}/state`;
    });
    after(() => void other.close());

    const refused = async (name: string, files: Readonly<Record<string, string>>, words: RegExp, variables: Readonly<Record<string, string>> = {}) => {
      const stack = await platform.stack(name, { 'main.tf': main(), ...files }, { autodeploy: true });
      for (const [variable, value] of Object.entries(variables)) await stack.setVariable(variable, value);
      const run = await stack.run();
      expect(run).toMatchObject({ state: 'FAILED', states: expect.not.arrayContaining(['PLANNING']) });
      expect(text(run).replace(/[│╷╵\s]+/g, ' ')).toMatch(words);
      expect(await versions(stack)).toEqual([]);
    };

    it('so a backend block of the configuration is refused', () => refused('own-backend', { 'backend.tf': 'terraform {\n  backend "local" {}\n}\n' }, /Error: Duplicate backend configuration/));

    it('so is a cloud block', () => refused('cloud', { 'cloud.tf': 'terraform {\n  cloud {\n    organization = "acme"\n    workspaces {\n      name = "x"\n    }\n  }\n}\n' }, /Error: .*(backend|cloud)/i));

    it('so is a backend in an override file, which the tool itself takes without a word', () =>
      refused('override', { 'somewhere_override.tf': 'terraform {\n  backend "local" {}\n}\n' }, /the configuration sets up backend "local" instead of the managed state; remove its backend or cloud block \(look into \*_override\.tf files\), or create the stack with external state/));

    it('so is an http backend of another address in an override file', () =>
      refused('other-http', { 'override.tf': `terraform {\n  backend "http" {\n    address = "${elsewhere}"\n  }\n}\n` }, /sets up another backend instead of the managed state/));

    it('so is another address given to init through the environment', () =>
      refused('arguments', {}, /sets up another backend instead of the managed state/, { TF_CLI_ARGS_init: `-backend-config=address=${elsewhere}` }));

    it('so is a file of the name that the platform uses', () => refused('same-name', { 'managed_state_backend.tf': '# mine\n' }, /the repository holds a file managed_state_backend\.tf/));
  });
});
