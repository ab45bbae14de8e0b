import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { dropUnusedObjects } from '../../../lib/core/stacks/actions/drop-unused-objects.ts';
import { addContextConfig } from '../../../lib/core/contexts/actions/add-context-config.ts';
import { attachContext } from '../../../lib/core/contexts/actions/attach-context.ts';
import { createContext } from '../../../lib/core/contexts/actions/create-context.ts';
import { deleteContext } from '../../../lib/core/contexts/actions/delete-context.ts';
import { deleteContextConfig } from '../../../lib/core/contexts/actions/delete-context-config.ts';
import { detachContext } from '../../../lib/core/contexts/actions/detach-context.ts';
import { showConfigOf } from '../../../lib/core/contexts/actions/list-config.ts';
import { listAttachableContexts, listVisibleContexts, readContext, searchContexts } from '../../../lib/core/contexts/actions/read-context.ts';
import { openConfig } from '../../../lib/core/contexts/actions/seal-config.ts';
import { updateContext } from '../../../lib/core/contexts/actions/update-context.ts';
import { stacksOfContext } from '../../../lib/core/contexts/attachment-store.ts';
import { findConfig } from '../../../lib/core/contexts/config-store.ts';
import { contextsOfStack } from '../../../lib/core/contexts/context-store.ts';
import { sha256 } from '../../../lib/core/shared/text.ts';
import { listSpaces } from '../../../lib/core/spaces/space-store.ts';
import { adminActor, readerActor, spaceAdminActor, writerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { aSpace, aStack, anAccount } from '../../support/stack-builders.ts';

describe('contexts', () => {
  let app: TestApp;
  const admin = adminActor();

  before(async () => {
    app = await testApp();
    await anAccount(app);
    await aSpace(app, { id: 'team', inheritEntities: true });
    await aSpace(app, { id: 'lab', parentId: 'team', inheritEntities: false });
  });
  after(() => app.close());
  beforeEach(async () => {
    for (const table of ['config_elements', 'contexts', 'stacks'] as const) await app.ports.db.sql.deleteFrom(table).execute();
  });

  const ofStack = async (id: string, labels: readonly string[] = [], spaceId = 'root') =>
    (await contextsOfStack(app.ports.db.sql, { id, labels, spaceId }, await listSpaces(app.ports.db.sql))).map(({ context, isAutoattached }) => (isAutoattached ? `auto ${context.id}` : context.id));

  it('get the slug of their name, with a random end when it is taken', async () => {
    const first = await createContext(app.ports, admin, { name: 'AWS: Production' });
    const second = await createContext(app.ports, admin, { name: 'aws production' });

    expect(first.id).toBe('aws-production');
    expect(second.id).toMatch(/^aws-production-[a-z0-9]{5}$/);
  });

  it('come with elements and attachments, or not at all', async () => {
    const stack = await aStack(app);
    const input = { name: 'Whole', hooks: { beforePlan: ['echo a'] }, configAttachments: [{ id: 'A', type: 'ENVIRONMENT_VARIABLE', value: '1', writeOnly: false }] as const };

    await expect(createContext(app.ports, admin, { ...input, stackAttachments: [{ stack: 'missing', priority: 0 }] })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await listVisibleContexts(app.ports, admin)).toEqual([]);

    const context = await createContext(app.ports, admin, { ...input, stackAttachments: [{ stack: stack.id, priority: 3 }] });
    expect(context.hooks.beforePlan).toEqual(['echo a']);
    expect(await ofStack(stack.id)).toEqual(['whole']);
    expect(await showConfigOf(app.ports, [{ type: 'context', id: context.id }])).toEqual([expect.objectContaining({ name: 'A', value: '1' })]);
  });

  it('are made, changed and deleted by administrators of their space', async () => {
    const lead = spaceAdminActor(['team']);
    const context = await createContext(app.ports, lead, { name: 'Ours', space: 'team' });

    await expect(createContext(app.ports, writerActor(['team']), { name: 'Theirs', space: 'team' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(createContext(app.ports, lead, { name: 'Elsewhere', space: 'root' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(deleteContext(app.ports, readerActor(['lab']), { id: context.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(addContextConfig(app.ports, readerActor(['team']), { contextId: context.id, config: { id: 'A', type: 'ENVIRONMENT_VARIABLE', value: '1', writeOnly: false } })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await readContext(app.ports, readerActor(['lab']), context.id)).toBeUndefined();
    await deleteContext(app.ports, lead, { id: context.id });
    expect(await readContext(app.ports, admin, context.id)).toBeUndefined();
  });

  it('refuse an empty name and an empty hook', async () => {
    await expect(createContext(app.ports, admin, { name: ' ' })).rejects.toMatchObject({ code: 'INVALID' });
    await expect(createContext(app.ports, admin, { name: 'x', hooks: { afterRun: ['  '] } })).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('keep values encrypted, bound to their element, and show secrets to nobody', async () => {
    const context = await createContext(app.ports, admin, { name: 'Secrets' });
    const shown = await addContextConfig(app.ports, admin, { contextId: context.id, config: { id: 'TOKEN', type: 'ENVIRONMENT_VARIABLE', value: 'hunter2', writeOnly: true, description: 'of the host' } });
    await addContextConfig(app.ports, admin, { contextId: context.id, config: { id: 'OTHER', type: 'ENVIRONMENT_VARIABLE', value: 'other', writeOnly: true } });

    expect(shown).toMatchObject({ name: 'TOKEN', value: null, writeOnly: true, checksum: sha256('hunter2'), description: 'of the host' });
    const rows = await app.ports.db.sql.selectFrom('config_elements').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain('hunter2');
    const [owner, mine, theirs] = [{ type: 'context', id: context.id } as const, rows.find((row) => row.name === 'TOKEN'), rows.find((row) => row.name === 'OTHER')];
    const sealed = await findConfig(app.ports.db.sql, owner, 'TOKEN');
    expect(sealed && (await openConfig(app.ports, sealed)).toString()).toBe('hunter2');
    await app.ports.db.sql.updateTable('config_elements').set({ ciphertext: theirs?.ciphertext ?? null }).where('id', '=', mine?.id ?? '').execute();
    const swapped = await findConfig(app.ports.db.sql, owner, 'TOKEN');
    await expect(swapped && openConfig(app.ports, swapped)).rejects.toThrow();
    expect(JSON.stringify(await app.ports.db.sql.selectFrom('audit').selectAll().execute())).not.toContain('hunter2');
  });

  it('keep large files as objects; one that was replaced or removed stays for an hour, for who has just read its row', async () => {
    const context = await createContext(app.ports, admin, { name: 'Files' });
    const content = app.ports.ids.random(100_000);
    const config = { id: 'big.bin', type: 'FILE_MOUNT', value: content.toString('base64'), writeOnly: false, fileMode: '755' } as const;
    const shown = await addContextConfig(app.ports, admin, { contextId: context.id, config });
    expect(shown).toMatchObject({ value: config.value, fileMode: '755', checksum: sha256(config.value) });
    const objects = () => app.ports.objects.list('documents', 'config/');
    expect(await objects()).toHaveLength(1);

    await addContextConfig(app.ports, admin, { contextId: context.id, config: { ...config, value: app.ports.ids.random(90_000).toString('base64') } });
    expect(await objects()).toHaveLength(2);
    app.clock.advance(3_599_000);
    await dropUnusedObjects(app.ports);
    expect(await objects()).toHaveLength(2);
    app.clock.advance(1_000);
    await dropUnusedObjects(app.ports);
    expect(await objects()).toHaveLength(1);
    expect(await deleteContextConfig(app.ports, admin, { contextId: context.id, name: 'big.bin' })).toMatchObject({ name: 'big.bin' });
    app.clock.advance(3_600_000);
    await dropUnusedObjects(app.ports);
    expect(await objects()).toEqual([]);
    await expect(deleteContextConfig(app.ports, admin, { contextId: context.id, name: 'big.bin' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('leave their elements at an update, unless it replaces them', async () => {
    const context = await createContext(app.ports, admin, { name: 'Kept', configAttachments: [{ id: 'A', type: 'ENVIRONMENT_VARIABLE', value: '1', writeOnly: false }] });
    const names = async () => (await showConfigOf(app.ports, [{ type: 'context', id: context.id }])).map((element) => element.name);
    const b = { id: 'B', type: 'ENVIRONMENT_VARIABLE', value: '2', writeOnly: false } as const;

    await updateContext(app.ports, admin, { id: context.id, name: 'Renamed' });
    expect(await readContext(app.ports, admin, context.id)).toMatchObject({ id: 'kept', name: 'Renamed' });
    expect(await names()).toEqual(['A']);
    await updateContext(app.ports, admin, { id: context.id, name: 'Renamed', configAttachments: [b] });
    expect(await names()).toEqual(['A', 'B']);
    await updateContext(app.ports, admin, { id: context.id, name: 'Renamed', configAttachments: [b], replaceConfigElements: true });
    expect(await names()).toEqual(['B']);
  });

  it('go on a stack once, if its space can use them', async () => {
    const [own, inherited, foreign] = [await createContext(app.ports, admin, { name: 'Own', space: 'team' }), await createContext(app.ports, admin, { name: 'Inherited' }), await createContext(app.ports, admin, { name: 'Foreign', space: 'lab' })];
    const stack = await aStack(app, { spaceId: 'team' });

    await attachContext(app.ports, admin, { contextId: own.id, stackId: stack.id, priority: 5 });
    await attachContext(app.ports, admin, { contextId: inherited.id, stackId: stack.id });

    expect(await ofStack(stack.id, [], 'team')).toEqual(['inherited', 'own']);
    await expect(attachContext(app.ports, admin, { contextId: foreign.id, stackId: stack.id })).rejects.toMatchObject({ code: 'INVALID' });
    await expect(attachContext(app.ports, admin, { contextId: own.id, stackId: stack.id })).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(attachContext(app.ports, admin, { contextId: own.id, stackId: stack.id, priority: -1 })).rejects.toMatchObject({ code: 'INVALID' });
    await expect(attachContext(app.ports, writerActor(['root', 'team']), { contextId: inherited.id, stackId: stack.id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect((await listAttachableContexts(app.ports, admin, 'team')).map((context) => context.id)).toEqual(['inherited', 'own']);
  });

  it('come off a stack by the id of the attachment', async () => {
    const context = await createContext(app.ports, admin, { name: 'Passing' });
    const stack = await aStack(app);
    const attachment = await attachContext(app.ports, admin, { contextId: context.id, stackId: stack.id, priority: 2 });

    expect(await detachContext(app.ports, admin, { id: attachment.id })).toEqual(attachment);
    expect(await ofStack(stack.id)).toEqual([]);
    await expect(detachContext(app.ports, admin, { id: attachment.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('attach themselves by label, where the space allows it, after those attached by people', async () => {
    await createContext(app.ports, admin, { name: 'b all', labels: ['autoattach:*'] });
    await createContext(app.ports, admin, { name: 'a prod', labels: ['autoattach:prod'] });
    await createContext(app.ports, admin, { name: 'c prod', labels: ['autoattach:prod'] });
    const c = await readContext(app.ports, admin, 'c-prod');
    const stack = await aStack(app, { labels: ['prod'], spaceId: 'team' });
    await aStack(app, { id: 'hidden', labels: ['prod'], spaceId: 'lab' });
    await attachContext(app.ports, admin, { contextId: 'c-prod', stackId: stack.id, priority: 7 });

    expect(await ofStack(stack.id, ['prod'], 'team')).toEqual(['c-prod', 'auto a-prod', 'auto b-all']);
    expect(await ofStack('hidden', ['prod'], 'lab')).toEqual([]);
    expect(c && (await stacksOfContext(app.ports.db.sql, c, await listSpaces(app.ports.db.sql))).map((attachment) => attachment.stackId)).toEqual([stack.id]);
  });

  it('cannot leave a space while a stack needs them', async () => {
    const context = await createContext(app.ports, admin, { name: 'Needed' });
    const stack = await aStack(app);
    await attachContext(app.ports, admin, { contextId: context.id, stackId: stack.id });

    await expect(updateContext(app.ports, admin, { id: context.id, name: 'Needed', space: 'lab' })).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining(stack.id) });
    expect((await readContext(app.ports, admin, context.id))?.spaceId).toBe('root');
  });

  it('take everything along when they are deleted', async () => {
    const stack = await aStack(app);
    const context = await createContext(app.ports, admin, { name: 'Gone', configAttachments: [{ id: 'f', type: 'FILE_MOUNT', value: app.ports.ids.random(60_000).toString('base64'), writeOnly: true }], stackAttachments: [{ stack: stack.id, priority: 0 }] });

    await deleteContext(app.ports, admin, { id: context.id });

    expect(await ofStack(stack.id)).toEqual([]);
    expect(await app.ports.db.sql.selectFrom('config_elements').select('id').execute()).toEqual([]);
    app.clock.advance(3_600_000);
    await dropUnusedObjects(app.ports);
    expect(await app.ports.objects.list('documents', 'config/')).toEqual([]);
  });

  it('are listed page by page, and found by name and label', async () => {
    for (const name of ['One', 'Two', 'Three']) await createContext(app.ports, admin, { name, labels: name === 'Two' ? ['blue'] : [] });

    const first = await searchContexts(app.ports, admin, { first: 2 });
    expect(first).toMatchObject({ hasNextPage: true, items: [{ id: 'one' }, { id: 'three' }] });
    expect((await searchContexts(app.ports, admin, { first: 2, after: first.endCursor })).items.map((context) => context.id)).toEqual(['two']);
    expect((await searchContexts(app.ports, admin, { fullTextSearch: 'BLU' })).items.map((context) => context.id)).toEqual(['two']);
    expect((await searchContexts(app.ports, admin, { fullTextSearch: '%' })).items).toEqual([]);
  });
});
