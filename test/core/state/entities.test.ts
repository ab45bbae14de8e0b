import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { entityValues } from '../../../lib/core/state/actions/entity-values.ts';
import { extractState } from '../../../lib/core/state/actions/extract-state.ts';
import { importState } from '../../../lib/core/state/actions/import-state.ts';
import { listEntities } from '../../../lib/core/state/actions/list-entities.ts';
import { listOutputs } from '../../../lib/core/state/actions/list-outputs.ts';
import { saveStateResources } from '../../../lib/core/state/actions/save-state-resources.ts';
import { groupEntities, searchEntities } from '../../../lib/core/state/actions/search-entities.ts';
import { countResources } from '../../../lib/core/state/entity-store.ts';
import { outputsOfStack } from '../../../lib/core/state/output-store.ts';
import type { Run } from '../../../lib/core/runs/run.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { sanitized } from '../../../lib/protocol/sanitize.ts';
import type { Change, StateOutput, StateResource, StateResources } from '../../../lib/protocol/worker-api.ts';
import { adminActor, readerActor, strangerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aStackOfItsOwn } from '../../support/run-builders.ts';
import { heldRun } from '../../support/state-builders.ts';

const resource = (address: string, changes: Partial<StateResource> = {}): StateResource => {
  const parts = address.split('.');
  const module = address.startsWith('module.') ? parts.slice(0, -2).join('.') : '';
  return { address, mode: 'managed', type: parts.at(-2) ?? '', name: parts.at(-1) ?? '', module, provider: 'terraform.io/builtin/terraform', tainted: false, values: `{"at":"${address}"}`, ...changes };
};
const output = (name: string, changes: Partial<StateOutput> = {}): StateOutput => ({ name, sensitive: false, value: `"${name}"`, hash: sanitized(name), ...changes });
const change = (address: string, changes: Partial<Change> = {}): Change => ({ action: 'changed', phase: 'apply', moved: false, address, previousAddress: null, name: '', type: 'terraform_data', provider: null, ...changes });

for (const engine of ENGINES) {
  describe(`what a stack holds (${engine})`, () => {
    let app: TestApp;
    before(async () => void (app = await testApp({ engine })));
    after(() => app.close());

    async function report(run: Run, phase: 'plan' | 'apply', document: Partial<StateResources>, changes?: readonly Change[]): Promise<string> {
      const artifactKey = `runs/${run.id}/${phase}-${app.ports.ids.ulid()}`;
      await app.ports.objects.put('documents', artifactKey, Buffer.from(JSON.stringify({ resources: [], outputs: [], ...document })));
      const changesKey = changes === undefined ? null : `${artifactKey}-changes`;
      if (changesKey !== null) await app.ports.objects.put('documents', changesKey, Buffer.from(JSON.stringify(changes)));
      await saveStateResources(app.ports, { run: { ...run, changesKey, applyChangesKey: phase === 'apply' ? changesKey : null }, phase, artifactKey });
      return artifactKey;
    }
    const list = (stack: Stack) => listEntities(app.ports, stack);
    const addresses = async (stack: Stack) => (await list(stack)).map(({ address }) => address);
    const applying = (stack: Stack) => heldRun(app, stack, { state: 'APPLYING' });

    it('is what the last apply reported, with values kept by place', async () => {
      const stack = await aStackOfItsOwn(app);
      const run = await applying(stack);

      await report(run, 'apply', {
        resources: [resource('terraform_data.a', { values: '{"n":12345678901234567891,"s":"zażółć \\"q\\""}' }), resource('data.x.y', { mode: 'data', tainted: true })],
        outputs: [output('url'), output('token', { sensitive: true, value: null })],
      });

      const entities = await list(stack);
      const values = await entityValues(app.ports, entities);
      expect(entities.map((entity) => [entity.kind, entity.address, entity.type, entity.mode, entity.tainted, entity.sensitive, values.get(entity.id)])).toEqual([
        ['resource', 'data.x.y', 'x', 'data', true, false, '{"at":"data.x.y"}'],
        ['output', 'output.token', 'output', null, false, true, undefined],
        ['output', 'output.url', 'output', null, false, false, '"url"'],
        ['resource', 'terraform_data.a', 'terraform_data', 'managed', false, false, '{"n":12345678901234567891,"s":"zażółć \\"q\\""}'],
      ]);
      expect(entities.every((entity) => entity.creatorRunId === run.id && entity.parentId === '')).toBe(true);
      expect((await countResources(app.ports.db.sql, [stack.id])).get(stack.id)).toBe(1);
    });

    it('shows modules around resources, those without resources of their own as phantoms', async () => {
      const stack = await aStackOfItsOwn(app);

      await report(await applying(stack), 'apply', { resources: [resource('module.a.module.b.terraform_data.c'), resource('module.d.terraform_data.e')] });

      const entities = await list(stack);
      const idOf = (address: string) => entities.find((entity) => entity.address === address)?.id;
      expect(entities.map(({ address, kind, name, phantom }) => [address, kind, name, phantom])).toEqual([
        ['module.a', 'module', 'a', true],
        ['module.a.module.b', 'module', 'b', false],
        ['module.a.module.b.terraform_data.c', 'resource', 'c', false],
        ['module.d', 'module', 'd', false],
        ['module.d.terraform_data.e', 'resource', 'e', false],
      ]);
      expect(entities.map(({ parentId }) => parentId)).toEqual(['', idOf('module.a'), idOf('module.a.module.b'), '', idOf('module.d')]);
    });

    it('remembers who created and who last changed each thing, over changes and moves', async () => {
      const stack = await aStackOfItsOwn(app);
      const first = await applying(stack);
      await report(first, 'apply', { resources: [resource('t.a'), resource('t.b'), resource('t.old')] }, [change('t.a'), change('t.b'), change('t.old')]);
      const before = await list(stack);
      app.clock.advance(60_000);

      const second = await applying(stack);
      await report(second, 'apply', { resources: [resource('t.a'), resource('t.b'), resource('t.new'), resource('t.fresh')] }, [change('t.b'), change('t.new', { action: 'moved', moved: true, previousAddress: 't.old' }), change('t.fresh', { action: 'added' })]);

      const entities = await list(stack);
      expect(entities.map((entity) => [entity.address, entity.creatorRunId, entity.updaterRunId])).toEqual([
        ['t.a', first.id, first.id],
        ['t.b', first.id, second.id],
        ['t.fresh', second.id, second.id],
        ['t.new', first.id, second.id],
      ]);
      expect(entities[0]).toMatchObject({ id: before[0]?.id, updatedAt: before[0]?.updatedAt });
      expect(entities[1]?.updatedAt).toEqual(app.clock.now());
    });

    it('tells what a task touched by what is different afterwards', async () => {
      const stack = await aStackOfItsOwn(app);
      const run = await applying(stack);
      await report(run, 'apply', { resources: [resource('t.a'), resource('t.b')] }, [change('t.a'), change('t.b')]);
      const task = await heldRun(app, stack, { type: 'TASK', state: 'PERFORMING' });

      await report(task, 'apply', { resources: [resource('t.a'), resource('t.b', { values: '{"changed":1}' })] });

      expect((await list(stack)).map((entity) => [entity.address, entity.updaterRunId])).toEqual([['t.a', run.id], ['t.b', task.id]]);
    });

    it('follows the plan of a tracked run, never a proposed one', async () => {
      const stack = await aStackOfItsOwn(app);
      await report(await applying(stack), 'apply', { resources: [resource('t.a')] });
      const proposed = await heldRun(app, stack, { type: 'PROPOSED', state: 'PLANNING' });
      const tracked = await heldRun(app, stack, { state: 'PLANNING' });

      await report(proposed, 'plan', { resources: [] });
      expect(await addresses(stack)).toEqual(['t.a']);
      await report(tracked, 'plan', { resources: [resource('t.gone-elsewhere')] });
      expect(await addresses(stack)).toEqual(['t.gone-elsewhere']);
      await report(proposed, 'apply', { resources: [] });
      expect(await addresses(stack)).toEqual(['t.gone-elsewhere']);
    });

    it('is not set back by a report that comes late', async () => {
      const stack = await aStackOfItsOwn(app);
      const earlier = await applying(stack);
      const run = await applying(stack);
      await report(run, 'apply', { resources: [resource('t.after')] });

      await report(run, 'plan', { resources: [resource('t.before')] });
      await report(earlier, 'apply', { resources: [resource('t.earlier')] });

      expect(await addresses(stack)).toEqual(['t.after']);
    });

    it('stays as it is when a report is handled twice, or its document is gone', async () => {
      const stack = await aStackOfItsOwn(app);
      const run = await applying(stack);
      const artifactKey = await report(run, 'apply', { resources: [resource('t.a')], outputs: [output('o')] });
      const once = await list(stack);

      await saveStateResources(app.ports, { run, phase: 'apply', artifactKey });
      await saveStateResources(app.ports, { run, phase: 'apply', artifactKey: 'runs/none' });

      expect((await list(stack)).map(({ id }) => id)).toEqual(once.map(({ id }) => id));
      expect((await entityValues(app.ports, await list(stack))).size).toBe(2);
    });

    it('throws away documents that nothing points to any more', async () => {
      const stack = await aStackOfItsOwn(app);
      const first = await report(await applying(stack), 'apply', { resources: [resource('t.a')] });
      const second = await report(await applying(stack), 'apply', { resources: [resource('t.a')] });

      expect(await app.ports.objects.stat('documents', first)).toBeUndefined();
      expect(await app.ports.objects.stat('documents', second)).toBeDefined();
    });

    it('keeps the ids of things, and apart those of two stacks with one slug', async () => {
      const stack = await aStackOfItsOwn(app);
      await report(await applying(stack), 'apply', { resources: [resource('t.a')] });
      const [before] = await list(stack);
      await app.ports.db.sql.updateTable('stacks').set({ id: `${stack.id}-renamed` }).where('id', '=', stack.id).execute();
      const renamed = { ...stack, id: `${stack.id}-renamed` };
      app.clock.advance(1000);
      const namesake = await aStackOfItsOwn(app, { id: stack.id, name: 'namesake' });

      await report(await applying(renamed), 'apply', { resources: [resource('t.a')] });
      await report(await applying(namesake), 'apply', { resources: [resource('t.a')] });

      expect((await list(renamed))[0]?.id).toBe(before?.id);
      expect((await list(namesake))[0]?.id).not.toBe(before?.id);
    });

    describe('outputs', () => {
      it('are those of the last apply, large ones too; planning does not touch them', async () => {
        const stack = await aStackOfItsOwn(app);
        const run = await applying(stack);
        const large = JSON.stringify('x'.repeat(100_000));
        await report(run, 'apply', { outputs: [output('big', { value: large }), output('number', { value: '12345678901234567891' })] });

        await report(await heldRun(app, stack, { state: 'PLANNING' }), 'plan', { outputs: [output('other')] });

        expect(await listOutputs(app.ports, stack.id)).toEqual([
          { id: 'big', description: null, sensitive: false, value: large },
          { id: 'number', description: null, sensitive: false, value: '12345678901234567891' },
        ]);
        expect((await outputsOfStack(app.ports.db.sql, stack.id)).map(({ runId }) => runId)).toEqual([run.id, run.id]);
      });

      it('that are sensitive never show; a value sent along is kept encrypted, and taken out of the document', async () => {
        const stack = await aStackOfItsOwn(app, { sensitiveOutputUpload: true });
        const run = await applying(stack);

        const artifactKey = await report(run, 'apply', { resources: [resource('t.a')], outputs: [output('token', { sensitive: true, value: '"canary"', hash: sanitized('canary') })] });

        expect(await listOutputs(app.ports, stack.id)).toEqual([{ id: 'token', description: null, sensitive: true, value: null }]);
        const [stored] = await outputsOfStack(app.ports.db.sql, stack.id);
        expect(stored).toMatchObject({ value: null, hash: sanitized('canary') });
        expect(stored?.ciphertext).toEqual(expect.any(String));
        expect(await app.ports.objects.stat('documents', artifactKey)).toBeUndefined();
        expect((await app.ports.objects.get('documents', `${artifactKey}-clean`))?.toString()).not.toContain('canary');
        expect((await entityValues(app.ports, await list(stack))).size).toBe(1);
      });

      it('that are sensitive are not kept at all where the stack’s owner does not want it', async () => {
        const stack = await aStackOfItsOwn(app, { sensitiveOutputUpload: false });
        await app.ports.db.sql.updateTable('stacks').set({ sensitive_output_upload: false }).where('id', '=', stack.id).execute();

        await report(await applying(stack), 'apply', { outputs: [output('token', { sensitive: true, value: '"canary"' })] });

        expect((await outputsOfStack(app.ports.db.sql, stack.id))[0]).toMatchObject({ value: null, ciphertext: null, objectKey: null });
      });

      it('of a task or an import feed no dependants', async () => {
        const stack = await aStackOfItsOwn(app);

        await report(await heldRun(app, stack, { type: 'TASK', state: 'PERFORMING' }), 'apply', { outputs: [output('o')] });

        expect((await outputsOfStack(app.ports.db.sql, stack.id))[0]).toMatchObject({ name: 'o', runId: null });
      });
    });

    describe('after an import', () => {
      const BODY = `{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"l","outputs":{"n":{"value":12345678901234567891,"type":"number"},"s":{"value":"canary","type":"string","sensitive":true}},
        "resources":[{"module":"module.m[\\"a.b\\"]","mode":"managed","type":"t","name":"x","provider":"provider[\\"registry.terraform.io/hashicorp/t\\"]","instances":[
          {"index_key":0,"status":"tainted","attributes":{"big":9007199254740993,"secret":"canary"}},{"index_key":1,"attributes":{"secret":null}},{"deposed":"aabbccdd","index_key":0,"attributes":{}}]}]}`;

      it('is read from the body, every string hashed and every number kept', async () => {
        const stack = await aStackOfItsOwn(app);
        await app.ports.db.sql.updateTable('stacks').set({ locked_by: 'admin' }).where('id', '=', stack.id).execute();

        await importState(app.ports, adminActor(), { stackId: stack.id, state: BODY });
        await app.drain();

        const entities = await list(stack);
        const values = await entityValues(app.ports, entities);
        expect(entities.map((entity) => [entity.address, entity.provider, entity.tainted, entity.creatorRunId, values.get(entity.id)])).toEqual([
          ['module.m["a.b"]', null, false, null, undefined],
          ['module.m["a.b"].t.x[0]', 'registry.terraform.io/hashicorp/t', true, null, `{"big":9007199254740993,"secret":"${sanitized('canary')}"}`],
          ['module.m["a.b"].t.x[1]', 'registry.terraform.io/hashicorp/t', false, null, '{"secret":null}'],
          ['output.n', null, false, null, '12345678901234567891'],
          ['output.s', null, false, null, undefined],
        ]);
        expect(await listOutputs(app.ports, stack.id)).toEqual([
          { id: 'n', description: null, sensitive: false, value: '12345678901234567891' },
          { id: 's', description: null, sensitive: true, value: null },
        ]);
      });

      it('stays as it was when the body cannot be read, or something newer stands there', async () => {
        const stack = await aStackOfItsOwn(app);
        await app.ports.db.sql.updateTable('stacks').set({ locked_by: 'admin' }).where('id', '=', stack.id).execute();
        const first = await importState(app.ports, adminActor(), { stackId: stack.id, state: BODY });
        await importState(app.ports, adminActor(), { stackId: stack.id, state: '{"serial":5,"lineage":"l","encrypted_data":"x"}' });

        await extractState(app.ports, { stackId: stack.id, versionId: first.id });
        await app.drain();

        expect(await list(stack)).toEqual([]);
      });
    });

    describe('searching', () => {
      it('finds by every field, over the stacks that the caller may see, in pages', async () => {
        const hidden = await aStackOfItsOwn(app);
        const stack = await aStackOfItsOwn(app, { name: 'searched' });
        await report(await applying(hidden), 'apply', { resources: [resource('aws_s3_bucket.hidden')] });
        await report(await applying(stack), 'apply', { resources: ['aws_s3_bucket.a', 'aws_s3_bucket.b', 'aws_sqs_queue.c', 'aws_sqs_queue.d%_'].map((address) => resource(address, { provider: 'registry.terraform.io/hashicorp/aws' })), outputs: [output('o')] });
        const within = { field: 'stack', constraint: { stringMatches: [stack.id] } };
        const find = async (input: Parameters<typeof searchEntities>[2]) => (await searchEntities(app.ports, adminActor(), { ...input, predicates: [within, ...(input.predicates ?? [])] })).items.map(({ address }) => address);

        expect(await find({})).toEqual(['aws_s3_bucket.a', 'aws_s3_bucket.b', 'aws_sqs_queue.c', 'aws_sqs_queue.d%_', 'output.o']);
        expect(await find({ predicates: [{ field: 'type', constraint: { stringMatches: ['AWS_s3*'] } }] })).toEqual(['aws_s3_bucket.a', 'aws_s3_bucket.b']);
        expect(await find({ predicates: [{ field: 'provider', exclude: true, constraint: { stringMatches: ['*hashicorp/aws'] } }] })).toEqual(['output.o']);
        expect(await find({ predicates: [{ field: 'drifted', constraint: { booleanEquals: [true] } }] })).toEqual([]);
        expect(await find({ fullTextSearch: 'd%_' })).toEqual(['aws_sqs_queue.d%_']);
        await expect(find({ predicates: [{ field: 'nonsense', constraint: { stringMatches: ['x'] } }] })).rejects.toMatchObject({ code: 'INVALID' });

        const pageOf = (input: Parameters<typeof searchEntities>[2]) => searchEntities(app.ports, adminActor(), { ...input, predicates: [within] });
        const first = await pageOf({ first: 2 });
        const second = await pageOf({ first: 2, after: first.endCursor });
        expect([first.hasNextPage, second.items.map(({ address }) => address)]).toEqual([true, ['aws_sqs_queue.c', 'aws_sqs_queue.d%_']]);
        expect((await pageOf({ last: 2, before: second.startCursor })).items.map(({ address }) => address)).toEqual(['aws_s3_bucket.a', 'aws_s3_bucket.b']);

        expect((await searchEntities(app.ports, strangerActor(), {})).items).toEqual([]);
        expect((await searchEntities(app.ports, readerActor(['elsewhere']), {})).items).toEqual([]);
        expect(await groupEntities(app.ports, adminActor(), { predicates: [within] }, 'type')).toEqual([{ id: 'aws_s3_bucket', count: 2, stackName: null }, { id: 'aws_sqs_queue', count: 2, stackName: null }]);
        expect(await groupEntities(app.ports, adminActor(), { predicates: [within] }, 'stack')).toEqual([{ id: stack.id, count: 4, stackName: 'searched' }]);
      });
    });
  });
}
