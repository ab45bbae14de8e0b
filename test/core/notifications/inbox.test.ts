import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { dismissNotifications, readInbox, readNotifications, readUndelivered } from '../../../lib/core/notifications/actions/read-inbox.ts';
import { countUnread } from '../../../lib/core/notifications/notification-store.ts';
import { raiseInternalError } from '../../../lib/core/shared/internal-error-store.ts';
import type { InternalError } from '../../../lib/core/shared/internal-error.ts';
import { createNamedWebhook } from '../../../lib/core/webhooks/actions/manage-named-webhook.ts';
import { runTick } from '../../../lib/edge/drain/ticks.ts';
import { adminActor, readerActor, spaceAdminActor, writerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aPolicy, failingEngine, needsEngine } from '../../support/policy-builders.ts';
import { aReceiver } from '../../support/receiver.ts';
import { anAccount, aSpace, aStack } from '../../support/stack-builders.ts';

const fault = (changes: Partial<InternalError> = {}): InternalError => ({ title: 'Invalid Stack Slug Triggered', error: "policy triggered for Stack that doesn't exist", message: 'no stack x', severity: 'ERROR', spaceId: 'root', ...changes });

for (const engine of ENGINES) {
  describe(`the inbox (${engine})`, () => {
    let app: TestApp;
    const admin = adminActor();

    before(async () => {
      app = await testApp({ engine });
      await anAccount(app);
      await aSpace(app, { id: 'team' });
      await aStack(app, { id: 'net', spaceId: 'team' });
    });
    after(() => app.close());
    beforeEach(async () => {
      for (const table of ['policies', 'webhooks', 'messages', 'notifications', 'audit'] as const) await app.ports.db.sql.deleteFrom(table).execute();
    });

    async function raise(changes: Partial<InternalError> = {}): Promise<void> {
      await raiseInternalError(app.ports.db.sql, app.ports, fault(changes));
      await app.drain();
    }
    const read = async (actor = admin, page: Parameters<typeof readInbox>[2] = {}) => (await readInbox(app.ports, actor, page)).items;

    it('gets every internal error', async () => {
      await raise();
      expect(await read()).toEqual([expect.objectContaining({ title: 'Invalid Stack Slug Triggered', body: 'no stack x', severity: 'ERROR', spaceId: 'root', times: 1, readAt: null })]);
    });

    it('counts equal ones within an hour, which are unread again, and lists later ones anew', async () => {
      await raise();
      await readNotifications(app.ports, admin, { ids: (await read()).map(({ id }) => id) });
      app.clock.advance(59 * 60_000);
      await raise();
      await raise({ message: 'no stack y' });
      expect((await read()).map(({ body, times, readAt }) => [body, times, readAt])).toEqual([['no stack y', 1, null], ['no stack x', 2, null]]);
      app.clock.advance(61 * 60_000);
      await raise();
      expect((await read()).length).toBe(3);
    });

    it('is that of the space of the stack it concerns, for those who administer it', async () => {
      await raise({ stackId: 'net', spaceId: 'team' });
      expect((await read(spaceAdminActor(['team']))).map(({ stackId, spaceId }) => [stackId, spaceId])).toEqual([['net', 'team']]);
      expect(await read(spaceAdminActor(['root']))).toEqual([]);
      expect(await read(writerActor(['team']))).toEqual([]);
      expect(await read(readerActor(['team']))).toEqual([]);
      expect([...(await countUnread(app.ports.db.sql, ['net', 'other']))]).toEqual([['net', 1]]);
    });

    it('is read and dismissed by those who have it, and an audit entry says so', async () => {
      await raise({ stackId: 'net', spaceId: 'team' });
      const ids = (await read()).map(({ id }) => id);
      const owner = spaceAdminActor(['team']);
      const stranger = spaceAdminActor(['root']);
      expect(await readNotifications(app.ports, stranger, { ids })).toBe(0);
      expect(await dismissNotifications(app.ports, stranger, { ids })).toBe(0);
      expect(await readNotifications(app.ports, owner, { ids })).toBe(1);
      expect(await readNotifications(app.ports, owner, { ids })).toBe(0);
      expect(await read(owner, { unread: true })).toEqual([]);
      expect((await read(owner))[0]).toMatchObject({ readBy: 'space-admin' });
      expect(await dismissNotifications(app.ports, owner, { ids })).toBe(1);
      expect(await read()).toEqual([]);
      expect((await app.ports.db.sql.selectFrom('audit').select('action').where('resource_type', '=', 'notification').orderBy('id').execute()).map(({ action }) => action)).toEqual(['notification.read', 'notification.dismiss']);
      expect(await readNotifications(app.ports, owner, { ids: [] })).toBe(0);
    });

    it('is read page by page, newest first', async () => {
      for (let n = 0; n < 3; n++) await raise({ message: `m${n}` });
      const first = await readInbox(app.ports, admin, { first: 2 });
      expect([first.items.map(({ body }) => body), first.hasNextPage]).toEqual([['m2', 'm1'], true]);
      expect((await read(admin, { after: first.endCursor })).map(({ body }) => body)).toEqual(['m0']);
    });

    it('is kept for two weeks', async () => {
      await raise();
      app.clock.advance(13 * 86_400_000);
      await runTick(app.ports, 'retention');
      expect((await read()).length).toBe(1);
      app.clock.advance(2 * 86_400_000);
      await runTick(app.ports, 'retention');
      expect(await read()).toEqual([]);
    });

    it('shows what reaches nobody to root administrators only', async () => {
      await expect(readUndelivered(app.ports, spaceAdminActor(['root']), {})).rejects.toMatchObject({ code: 'FORBIDDEN' });
      expect(await readUndelivered(app.ports, admin, {})).toEqual([]);
    });

    describe('and notification policies', needsEngine, () => {
      it('that put something else there replace the entry', async () => {
        await aPolicy(app, 'NOTIFICATION', 'inbox[{"title": "Platform error", "body": e.message, "severity": "WARNING"}] { e := input.internal_error; e.severity == "ERROR" }', { v0: true });
        await raise();
        await raise({ severity: 'WARNING', message: 'mild' });
        expect((await read()).map(({ title, severity, body }) => [title, severity, body])).toEqual([['Invalid Stack Slug Triggered', 'WARNING', 'mild'], ['Platform error', 'WARNING', 'no stack x']]);
      });

      it('send it on beside the entry, with the default body of errors', async () => {
        const receiver = await aReceiver();
        await createNamedWebhook(app.ports, admin, { name: 'hook', enabled: true, endpoint: receiver.url, labels: [], space: 'root' });
        await aPolicy(app, 'NOTIFICATION', 'webhook contains {"endpoint_id": "hook"} if input.internal_error');
        await raise();
        expect(receiver.bodies()).toEqual([{ title: 'Invalid Stack Slug Triggered', body: 'no stack x', error: "policy triggered for Stack that doesn't exist", severity: 'ERROR', account: 'acme' }]);
        expect((await read()).length).toBe(1);
        await receiver.close();
      });

      it('that send nowhere in telling of an error are an entry themselves, and no error that goes round', async () => {
        await aPolicy(app, 'NOTIFICATION', 'webhook contains {"endpoint_id": "nowhere"} if input.internal_error');
        await raise();
        expect((await read()).map(({ title }) => title).sort()).toEqual(['Invalid Stack Slug Triggered', 'Notification Not Sent']);
        expect(await app.queued()).toEqual([]);
      });
    });

    it('hears of policies that cannot be asked, once, and does not ask them about that', async () => {
      const broken = await testApp({ engine, policyEngine: failingEngine({ kind: 'timeout', message: 'too slow' }) });
      await anAccount(broken);
      await aPolicy(broken, 'NOTIFICATION', 'inbox contains {"title": "x", "body": ""} if input.internal_error');
      await raiseInternalError(broken.ports.db.sql, broken.ports, fault());
      await broken.drain();
      expect((await readInbox(broken.ports, admin, {})).items.map(({ title }) => title).sort()).toEqual(['Invalid Stack Slug Triggered', 'Policy Evaluation Failed']);
      await broken.close();
    });
  });
}
