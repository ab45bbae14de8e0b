import { createHmac } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { createDelivery } from '../../../lib/core/webhooks/actions/create-delivery.ts';
import { forgetDeliveries } from '../../../lib/core/webhooks/actions/forget-deliveries.ts';
import { createNamedWebhook, deleteNamedWebhook, deleteWebhookHeaders, setWebhookHeaders, updateNamedWebhook, type NamedWebhookInput } from '../../../lib/core/webhooks/actions/manage-named-webhook.ts';
import { createStackWebhook, deleteStackWebhook, updateStackWebhook } from '../../../lib/core/webhooks/actions/manage-stack-webhook.ts';
import { deliveryContents, listDeliveries, redeliver } from '../../../lib/core/webhooks/actions/read-deliveries.ts';
import { listStackWebhooks, listVisibleWebhooks, readNamedWebhook } from '../../../lib/core/webhooks/actions/read-webhook.ts';
import { testWebhook } from '../../../lib/core/webhooks/actions/test-webhook.ts';
import { findWebhook } from '../../../lib/core/webhooks/webhook-store.ts';
import type { Webhook } from '../../../lib/core/webhooks/webhook.ts';
import { adminActor, readerActor, spaceAdminActor, strangerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aReceiver, type Receiver } from '../../support/receiver.ts';
import { anAccount, aSpace, aStack } from '../../support/stack-builders.ts';

for (const engine of ENGINES) {
  describe(`webhooks (${engine})`, () => {
    let app: TestApp;
    let receiver: Receiver;
    const admin = adminActor();

    before(async () => {
      app = await testApp({ engine });
      await anAccount(app);
      await aSpace(app, { id: 'other' });
      await aStack(app, { id: 'network' });
    });
    after(() => app.close());
    beforeEach(async () => {
      for (const table of ['webhooks', 'audit', 'messages', 'notifications'] as const) await app.ports.db.sql.deleteFrom(table).execute();
      await receiver?.close();
      receiver = await aReceiver();
    });
    after(() => receiver.close());

    const input = (changes: Partial<NamedWebhookInput> = {}): NamedWebhookInput => ({ name: 'Chat Room', enabled: true, endpoint: receiver.url, labels: ['runs'], space: 'root', secret: 's3cr3t', ...changes });
    const create = (changes: Partial<NamedWebhookInput> = {}) => createNamedWebhook(app.ports, admin, input(changes));
    const send = (webhook: Webhook, source: string, changes: object = {}) => createDelivery(app.ports, webhook, { source, event: 'policy', method: 'POST', headers: {}, body: '{"a":1}', ...changes });
    const webhookNow = async (id: string) => (await findWebhook(app.ports.db.sql, id))?.webhook;
    const latest = async (webhook: Webhook) => (await listDeliveries(app.ports, admin, { webhookId: webhook.id }))[0];
    /** Handles what is due, and what comes due within the time. */
    async function drainFor(seconds: number): Promise<void> {
      await app.drain();
      app.clock.advance(seconds * 1000);
      await app.drain();
    }

    it('are named: the id is a slug that stays, and the secret is never kept in the clear', async () => {
      const webhook = await create();
      expect(webhook).toMatchObject({ id: 'chat-room', name: 'Chat Room', labels: ['runs'], headerNames: [], failures: 0 });
      expect((await create()).id).toMatch(/^chat-room-[a-z0-9]{5}$/);
      expect((await updateNamedWebhook(app.ports, admin, { ...input({ name: 'Renamed' }), id: webhook.id })).id).toBe('chat-room');

      const rows = JSON.stringify(await app.ports.db.sql.selectFrom('webhooks').selectAll().execute()) + JSON.stringify(await app.ports.db.sql.selectFrom('audit').selectAll().execute());
      expect(rows).not.toContain('s3cr3t');
    });

    it('are managed by administrators of their space, and seen by its readers', async () => {
      const webhook = await create({ space: 'other' });
      expect(await readNamedWebhook(app.ports, readerActor(['other']), webhook.id)).toBeDefined();
      expect(await readNamedWebhook(app.ports, strangerActor(), webhook.id)).toBeUndefined();
      expect((await listVisibleWebhooks(app.ports, readerActor(['root']))).length).toBe(0);
      await expect(createNamedWebhook(app.ports, readerActor(['root']), input())).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await expect(deleteNamedWebhook(app.ports, readerActor(['other']), { id: webhook.id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await expect(deleteNamedWebhook(app.ports, spaceAdminActor(['root']), { id: webhook.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(updateNamedWebhook(app.ports, spaceAdminActor(['other']), { ...input({ space: 'root' }), id: webhook.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await deleteNamedWebhook(app.ports, spaceAdminActor(['other']), { id: webhook.id })).toMatchObject({ id: webhook.id });
      expect((await app.ports.db.sql.selectFrom('audit').select('action').orderBy('id').execute()).map(({ action }) => action)).toEqual(['named_webhooks_integration.create', 'named_webhooks_integration.delete']);
    });

    it('are refused for addresses that nothing may be sent to, and for names that are none', async () => {
      for (const endpoint of ['https://10.0.0.1/', 'http://169.254.169.254/latest', 'https://[::ffff:10.0.0.1]/', 'ftp://hooks.example.com', 'hooks']) await expect(create({ endpoint })).rejects.toMatchObject({ code: 'INVALID', details: { field: 'endpoint' } });
      await expect(create({ name: ' ' })).rejects.toMatchObject({ code: 'INVALID', details: { field: 'name' } });
      await expect(create({ space: 'nowhere' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('send with their headers and signatures, which headers of a policy do not replace', async () => {
      const webhook = await create();
      await setWebhookHeaders(app.ports, admin, { id: webhook.id, entries: [{ key: 'X-Token', value: 'hidden-1' }, { key: 'X-Room', value: '7' }] });
      await send(webhook, 'a', { method: 'PUT', headers: { 'x-room': '8', 'x-signature-256': 'forged' } });
      await app.drain();

      const [got] = receiver.received;
      expect(got).toMatchObject({ method: 'PUT', body: '{"a":1}' });
      expect(got?.headers).toMatchObject({
        'content-type': 'application/json', 'x-token': 'hidden-1', 'x-room': '8', host: receiver.url.slice(7), 'x-delivery-id': (await latest(webhook))?.id,
        'x-signature-256': `sha256=${createHmac('sha256', 's3cr3t').update('{"a":1}').digest('hex')}`, 'x-signature': `sha1=${createHmac('sha1', 's3cr3t').update('{"a":1}').digest('hex')}`,
      });
      const delivery = await latest(webhook);
      expect(delivery).toMatchObject({ status: 'DELIVERED', statusCode: 200, tries: 1, error: null });
      const contents = await deliveryContents(app.ports, delivery?.id ?? '');
      expect(contents).toMatchObject({ request: { method: 'PUT', body: '{"a":1}' }, response: { status: 200, body: 'answer 200', cut: false } });
      expect(JSON.stringify(contents)).not.toContain('hidden-1');
    });

    it('lose headers by their names, and keep the secret of before when none is given', async () => {
      const webhook = await create();
      await setWebhookHeaders(app.ports, admin, { id: webhook.id, entries: [{ key: 'X-A', value: '1' }, { key: 'X-B', value: '2' }] });
      expect((await deleteWebhookHeaders(app.ports, admin, { id: webhook.id, names: ['x-a', 'x-unknown'] })).headerNames).toEqual(['X-B']);
      await updateNamedWebhook(app.ports, admin, { ...input({ secret: null }), id: webhook.id });
      await send(webhook, 'a');
      await app.drain();
      expect(receiver.received[0]?.headers).toMatchObject({ 'x-b': '2', 'x-signature': expect.stringContaining('sha1=') });
      expect(receiver.received[0]?.headers).not.toHaveProperty('x-a');

      await updateNamedWebhook(app.ports, admin, { ...input({ secret: '' }), id: webhook.id });
      await send(webhook, 'b');
      await app.drain();
      expect(receiver.received[1]?.headers).not.toHaveProperty('x-signature');
    });

    it('are told of one thing once', async () => {
      const webhook = await create();
      const first = await send(webhook, 'a');
      expect(await send(webhook, 'a')).toBeUndefined();
      await app.drain();
      await app.ports.queue.enqueue(app.ports.db.sql, (await import('../../../lib/core/webhooks/webhook-messages.ts')).deliveryDue, { deliveryId: first?.id ?? '', tries: 0 });
      await app.drain();
      expect(receiver.received.length).toBe(1);
    });

    it('try again with the same id where that is asked for and the answer was 5xx', async () => {
      const webhook = await create({ retryOnFailure: true });
      receiver.answer(503, 500, 200);
      await send(webhook, 'a');
      await app.drain();
      expect(await latest(webhook)).toMatchObject({ status: 'PENDING', tries: 1, statusCode: 503 });
      await drainFor(6);
      await drainFor(36);
      expect(receiver.received.length).toBe(3);
      expect(new Set(receiver.received.map(({ headers }) => headers['x-delivery-id'])).size).toBe(1);
      expect(await latest(webhook)).toMatchObject({ status: 'DELIVERED', tries: 3 });
      expect(await webhookNow(webhook.id)).toMatchObject({ failures: 0 });
    });

    it('give up after three more tries, which is one failure; a success forgets it', async () => {
      const webhook = await create({ retryOnFailure: true });
      receiver.answer(500);
      await send(webhook, 'a');
      for (const seconds of [6, 36, 144, 900]) await drainFor(seconds);
      expect(receiver.received.length).toBe(4);
      expect(await latest(webhook)).toMatchObject({ status: 'FAILED', tries: 4, error: 'the endpoint answered with status 500' });
      expect(await webhookNow(webhook.id)).toMatchObject({ failures: 1 });

      receiver.answer(200);
      await send(webhook, 'b');
      await app.drain();
      expect(await webhookNow(webhook.id)).toMatchObject({ failures: 0 });
    });

    it('do not follow redirects: they are failures', async () => {
      const webhook = await create({ retryOnFailure: true });
      receiver.answer(302);
      await send(webhook, 'a');
      await app.drain();
      expect(receiver.received.map(({ path }) => path)).toEqual(['/']);
      expect(await latest(webhook)).toMatchObject({ status: 'FAILED', statusCode: 302 });
    });

    it('are turned off by the tenth failure in a row, and an internal error says so; turned on again they begin anew', async () => {
      const webhook = await create();
      receiver.answer(404);
      for (let n = 0; n < 10; n++) {
        expect(await webhookNow(webhook.id)).toMatchObject({ enabled: true, failures: n });
        await send(webhook, `a${n}`);
        await app.drain();
      }
      expect(await webhookNow(webhook.id)).toMatchObject({ enabled: false, failures: 10 });
      const inbox = await app.ports.db.sql.selectFrom('notifications').selectAll().execute();
      expect(inbox).toEqual([expect.objectContaining({ title: 'Webhook Disabled', severity: 'ERROR', body: expect.stringContaining('"Chat Room" was turned off after 10 failed deliveries in a row; the last: the endpoint answered with status 404') })]);

      await send(webhook, 'late');
      await app.drain();
      expect(receiver.received.length).toBe(10);
      expect(await latest(webhook)).toMatchObject({ status: 'FAILED', error: 'the webhook was turned off' });
      await expect(redeliver(app.ports, admin, { deliveryId: (await latest(webhook))?.id ?? '' })).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await updateNamedWebhook(app.ports, admin, { ...input(), id: webhook.id })).toMatchObject({ enabled: true, failures: 0 });
    });

    it('send a kept delivery once more as one of its own', async () => {
      const webhook = await create();
      receiver.answer(400, 200);
      await send(webhook, 'a', { headers: { 'x-stack': 'network' } });
      await app.drain();
      const failed = await latest(webhook);
      await expect(redeliver(app.ports, readerActor(['root']), { deliveryId: failed?.id ?? '' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
      const again = await redeliver(app.ports, admin, { deliveryId: failed?.id ?? '' });
      await app.drain();
      expect(receiver.received.map(({ body, headers }) => [body, headers['x-stack']])).toEqual([['{"a":1}', 'network'], ['{"a":1}', 'network']]);
      expect(await latest(webhook)).toMatchObject({ id: again.id, status: 'DELIVERED' });
      expect(again.id).not.toBe(failed?.id);
      await expect(redeliver(app.ports, admin, { deliveryId: 'none' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('keep deliveries for a day', async () => {
      const webhook = await create();
      await send(webhook, 'a');
      await app.drain();
      app.clock.advance(24 * 3_600_000);
      await forgetDeliveries(app.ports);
      expect(await latest(webhook)).toBeDefined();
      app.clock.advance(2 * 3_600_000);
      await forgetDeliveries(app.ports);
      expect(await latest(webhook)).toBeUndefined();
    });

    it('can be tested, on or off, which is no failure', async () => {
      const webhook = await create({ enabled: false });
      expect(await testWebhook(app.ports, admin, { id: webhook.id })).toMatchObject({ event: 'test', status: 'DELIVERED', statusCode: 200 });
      expect(receiver.bodies()).toEqual([expect.objectContaining({ account: 'acme', event: 'test', webhook: 'chat-room' })]);
      receiver.answer(500);
      expect(await testWebhook(app.ports, admin, { id: webhook.id })).toMatchObject({ status: 'FAILED', error: 'the endpoint answered with status 500' });
      expect(await webhookNow(webhook.id)).toMatchObject({ failures: 0 });
    });

    it('of a stack have an endpoint that no other of the stack has, and a secret that its readers see', async () => {
      const own = { enabled: true, endpoint: receiver.url, secret: 'shared' };
      const webhook = await createStackWebhook(app.ports, admin, { ...own, stackId: 'network' });
      await expect(createStackWebhook(app.ports, admin, { ...own, stackId: 'network' })).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(createStackWebhook(app.ports, readerActor(['root']), { ...own, stackId: 'network' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
      const second = await createStackWebhook(app.ports, admin, { ...own, endpoint: `${receiver.url}/b`, stackId: 'network' });
      await expect(updateStackWebhook(app.ports, admin, { ...own, stackId: 'network', id: second.id })).rejects.toMatchObject({ code: 'CONFLICT' });
      expect((await listStackWebhooks(app.ports, ['network'])).map(({ id, secret }) => [id, secret])).toEqual([[webhook.id, 'shared'], [second.id, 'shared']]);
      expect(await updateStackWebhook(app.ports, admin, { ...own, enabled: false, secret: 'new', stackId: 'network', id: webhook.id })).toMatchObject({ enabled: false, secret: 'new' });
      await deleteStackWebhook(app.ports, admin, { stackId: 'network', id: webhook.id });
      await expect(deleteStackWebhook(app.ports, admin, { stackId: 'network', id: webhook.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });
}
