import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { attachContext } from '../../../lib/core/contexts/actions/attach-context.ts';
import { createContext } from '../../../lib/core/contexts/actions/create-context.ts';
import { saveAccountSettings } from '../../../lib/core/accounts/account-store.ts';
import { createSpace } from '../../../lib/core/spaces/actions/create-space.ts';
import { deleteSpace } from '../../../lib/core/spaces/actions/delete-space.ts';
import { listVisibleSpaces, readSpace } from '../../../lib/core/spaces/actions/list-visible-spaces.ts';
import { updateSpace } from '../../../lib/core/spaces/actions/update-space.ts';
import { adminActor, readerActor, spaceAdminActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { aStack, anAccount } from '../../support/stack-builders.ts';

describe('the tree of spaces', () => {
  let app: TestApp;
  const admin = adminActor();
  const input = (name: string, changes: object = {}) => ({ name, description: '', parentSpace: 'root', inheritEntities: true, ...changes });

  before(async () => {
    app = await testApp();
  });
  after(() => app.close());
  beforeEach(async () => {
    for (const table of ['context_attachments', 'contexts', 'stacks'] as const) await app.ports.db.sql.deleteFrom(table).execute();
    await app.ports.db.sql.deleteFrom('spaces').where('id', '<>', 'root').execute();
    await anAccount(app);
    await saveAccountSettings(app.ports.db.sql, {});
  });

  it('begins with the root alone', async () => {
    expect((await listVisibleSpaces(app.ports, admin)).map((space) => space.id)).toEqual(['root']);
  });

  it('takes a space below another; its id is the slug with a unique part', async () => {
    const space = await createSpace(app.ports, admin, input('Network Team', { labels: ['a', 'a', 'b'] }));

    expect(space.id).toMatch(/^network-team-[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(await readSpace(app.ports, admin, space.id)).toEqual(space);
    expect(space.labels).toEqual(['a', 'b']);
  });

  it('writes an audit entry with every change', async () => {
    const space = await createSpace(app.ports, admin, input('Audited'));
    await deleteSpace(app.ports, admin, { id: space.id });

    const entries = await app.ports.db.sql.selectFrom('audit').select(['action', 'actor']).where('resource_id', '=', space.id).orderBy('id').execute();
    expect(entries).toEqual([{ action: 'space.create', actor: 'admin' }, { action: 'space.delete', actor: 'admin' }]);
  });

  it('shows nobody a space that they cannot read', async () => {
    const hidden = await createSpace(app.ports, admin, input('Hidden', { inheritEntities: false }));
    const seen = await createSpace(app.ports, admin, input('Seen'));
    const reader = readerActor([seen.id]);

    expect((await listVisibleSpaces(app.ports, reader)).map((space) => space.id)).toEqual([seen.id]);
    expect(await readSpace(app.ports, reader, hidden.id)).toBeUndefined();
    await expect(createSpace(app.ports, reader, input('Below', { parentSpace: hidden.id }))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is managed by root administrators only, until the account lets administrators of a space manage what is below it', async () => {
    const team = await createSpace(app.ports, admin, input('Team'));
    const lead = spaceAdminActor([team.id]);
    await expect(createSpace(app.ports, lead, input('Below', { parentSpace: team.id }))).rejects.toMatchObject({ code: 'FORBIDDEN' });

    await saveAccountSettings(app.ports.db.sql, { spaceAdminsManageChildren: true });
    const below = await createSpace(app.ports, lead, input('Below', { parentSpace: team.id, inheritEntities: false }));

    expect(below.inheritEntities).toBe(true);
    await expect(updateSpace(app.ports, lead, { id: team.id, ...input('Mine') })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('refuses an empty name, an unknown parent and a change of the root', async () => {
    await expect(createSpace(app.ports, admin, input('  '))).rejects.toMatchObject({ code: 'INVALID' });
    await expect(createSpace(app.ports, admin, input('Orphan', { parentSpace: 'nowhere' }))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(updateSpace(app.ports, admin, { id: 'root', ...input('Other') })).rejects.toMatchObject({ code: 'INVALID' });
    await expect(deleteSpace(app.ports, admin, { id: 'root' })).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('never lies below itself', async () => {
    const upper = await createSpace(app.ports, admin, input('Upper'));
    const lower = await createSpace(app.ports, admin, input('Lower', { parentSpace: upper.id }));

    await expect(updateSpace(app.ports, admin, { id: upper.id, ...input('Upper', { parentSpace: lower.id }) })).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('is deleted only when empty, and says what it holds', async () => {
    const space = await createSpace(app.ports, admin, input('Full'));
    await aStack(app, { spaceId: space.id });

    await expect(deleteSpace(app.ports, admin, { id: space.id })).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('1 stack') });
  });

  it('can be deleted after a pool that was in it', async () => {
    const space = await createSpace(app.ports, admin, input('Former'));
    const at = app.clock.now();
    const pool = { id: 'gone', name: 'gone', space_id: space.id, certificate: '', certificate_id: '', spki_sha256: '', public_key: '', certificate_issued_at: at, created_at: at, updated_at: at };
    await app.ports.db.sql.insertInto('worker_pools').values(pool).execute();
    await expect(deleteSpace(app.ports, admin, { id: space.id })).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('1 worker pool') });

    await app.ports.db.sql.updateTable('worker_pools').set({ deleted_at: at }).execute();
    await deleteSpace(app.ports, admin, { id: space.id });

    expect(await readSpace(app.ports, admin, space.id)).toBeUndefined();
  });

  it('keeps a change from breaking an attachment', async () => {
    const space = await createSpace(app.ports, admin, input('Inheriting'));
    const stack = await aStack(app, { spaceId: space.id });
    const context = await createContext(app.ports, admin, { name: 'Shared' });
    await attachContext(app.ports, admin, { contextId: context.id, stackId: stack.id });

    await expect(updateSpace(app.ports, admin, { id: space.id, ...input('Inheriting', { inheritEntities: false }) })).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('shared') });
    expect((await readSpace(app.ports, admin, space.id))?.inheritEntities).toBe(true);
  });
});
