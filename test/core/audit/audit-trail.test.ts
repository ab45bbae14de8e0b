import { createHmac } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { deleteAuditHeaders, deleteAuditWebhook, readAuditWebhook, setAuditHeaders, setAuditWebhook, type AuditWebhookInput } from '../../../lib/core/audit/actions/manage-audit-webhook.ts';
import { searchAuditTrail } from '../../../lib/core/audit/actions/search-audit-trail.ts';
import { createContext } from '../../../lib/core/contexts/actions/create-context.ts';
import { prioritizeRun } from '../../../lib/core/runs/actions/prioritize-run.ts';
import { runTick } from '../../../lib/edge/drain/ticks.ts';
import type { Actor } from '../../../lib/core/shared/actor.ts';
import { adminActor, spaceAdminActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aReceiver, type Receiver } from '../../support/receiver.ts';
import { aStackOfItsOwn, insertTestRun, aPool } from '../../support/run-builders.ts';
import { anAccount } from '../../support/stack-builders.ts';

for (const engine of ENGINES) {
  describe(`the audit trail (${engine})`, () => {
    let app: TestApp;
    let receiver: Receiver;
    const admin = adminActor({ login: 'admin::kim', remoteIp: '10.0.0.9', roles: ['space-admin'] });
    const calling = (mutation: string, args: object): Actor => ({ ...admin, call: { mutation, args: { ...args } } });

    before(async () => {
      app = await testApp({ engine });
      await anAccount(app);
    });
    after(() => app.close());
    beforeEach(async () => {
      for (const table of ['webhooks', 'audit', 'messages', 'notifications', 'contexts'] as const) await app.ports.db.sql.deleteFrom(table).execute();
      await receiver?.close();
      receiver = await aReceiver();
    });
    after(() => receiver.close());

    const input = (changes: Partial<AuditWebhookInput> = {}): AuditWebhookInput => ({ enabled: true, endpoint: receiver.url, includeRuns: false, secret: 's3cr3t', ...changes });
    const set = (changes: Partial<AuditWebhookInput> = {}) => setAuditWebhook(app.ports, calling('auditTrailSetWebhook', {}), input(changes));
    const aContext = (name: string, actor: Actor = calling('contextCreateV2', { Input: { Name: name } })) => createContext(app.ports, actor, { name, labels: [] });
    const search = async (question: Parameters<typeof searchAuditTrail>[2]) => (await searchAuditTrail(app.ports, admin, question)).items;

    it('is sent as the receiver expects it, signed', async () => {
      await set({ customHeaders: { entries: [{ key: 'X-Team', value: 'platform' }] } });
      receiver.received.length = 0;
      await aContext('Net');
      await app.drain();

      expect(receiver.bodies()).toEqual([
        {
          account: 'acme', action: 'context.create', actor: 'admin::kim', actor_roles: ['space-admin'], context: { mutation: 'contextCreateV2' }, data: { ID: 'net', args: { Input: { Name: 'Net' } } },
          remoteIP: '10.0.0.9', timestamp: app.clock.now().getTime(),
        },
      ]);
      const [got] = receiver.received;
      expect(got?.headers).toMatchObject({ 'x-team': 'platform', 'x-signature-256': `sha256=${createHmac('sha256', 's3cr3t').update(got?.body ?? '').digest('hex')}` });
    });

    it('names no roles of somebody who holds none, and no mutation where there was none', async () => {
      await set();
      receiver.received.length = 0;
      await aContext('plain', adminActor());
      await app.drain();
      expect(receiver.bodies()[0]).not.toHaveProperty('actor_roles');
      expect(receiver.bodies()[0]).toMatchObject({ context: {}, data: { ID: 'plain', args: { name: 'plain' } } });
    });

    it('goes nowhere without a webhook, and nothing is announced', async () => {
      await aContext('quiet');
      expect(await app.queued()).toEqual([]);
    });

    it('goes only where a test is answered with 2xx, which is the first entry there', async () => {
      for (const status of [500, 302, 404]) {
        receiver.answer(status);
        await expect(set()).rejects.toMatchObject({ code: 'INVALID', details: { field: 'endpoint' } });
      }
      expect(await readAuditWebhook(app.ports, admin)).toBeUndefined();
      await expect(set({ endpoint: 'https://10.0.0.1/' })).rejects.toMatchObject({ code: 'INVALID' });
      receiver.answer(204);
      receiver.received.length = 0;
      await set();
      await app.drain();
      await runTick(app.ports, 'tick');
      await app.drain();
      expect(receiver.bodies().map(({ action }) => action)).toEqual(['audit_trail_webhook.set']);
      expect((await search({})).map(({ action }) => action)).toEqual(['audit_trail_webhook.set']);
    });

    it('tells the endpoint before it is turned off or deleted, and not after', async () => {
      await set();
      await set({ enabled: false, secret: '' });
      await aContext('unheard');
      await app.drain();
      expect(receiver.bodies().map(({ action }) => action)).toEqual(['audit_trail_webhook.set', 'audit_trail_webhook.set']);

      await set();
      receiver.received.length = 0;
      receiver.answer(500);
      await deleteAuditWebhook(app.ports, admin);
      await aContext('unheard-too');
      await app.drain();
      expect(receiver.bodies().map(({ action }) => action)).toEqual(['audit_trail_webhook.delete']);
      expect(receiver.received[0]?.headers).toHaveProperty('x-signature-256');
      await expect(deleteAuditWebhook(app.ports, admin)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('takes and loses headers', async () => {
      await set();
      expect((await setAuditHeaders(app.ports, admin, { entries: [{ key: 'X-A', value: '1' }, { key: 'X-B', value: '2' }] })).headerNames).toEqual(['X-A', 'X-B']);
      expect((await deleteAuditHeaders(app.ports, admin, { names: ['x-a'] })).headerNames).toEqual(['X-B']);
      expect(receiver.received.at(-1)?.headers).toMatchObject({ 'x-b': '2' });
      await expect(setAuditHeaders(app.ports, admin, { entries: [{ key: 'Host', value: '1' }] })).rejects.toMatchObject({ code: 'INVALID' });
    });

    it('is for root administrators', async () => {
      const other = spaceAdminActor(['root']);
      for (const work of [readAuditWebhook(app.ports, other), setAuditWebhook(app.ports, other, input()), deleteAuditWebhook(app.ports, other), searchAuditTrail(app.ports, other, {})]) {
        await expect(work).rejects.toMatchObject({ code: 'FORBIDDEN' });
      }
    });

    it('is tried for a day, whatever the setting and the answer; then the inbox says so', async () => {
      await set({ retryOnFailure: false });
      receiver.received.length = 0;
      receiver.answer(400);
      await aContext('stubborn');
      await app.drain();
      for (let minutes = 0; minutes < 25 * 60; minutes += 16) {
        app.clock.advance(16 * 60_000);
        await app.drain();
      }
      expect(receiver.received.length).toBeGreaterThan(80);
      expect(new Set(receiver.received.map(({ headers }) => headers['x-delivery-id'])).size).toBe(1);
      expect(await app.ports.db.sql.selectFrom('notifications').select(['title', 'severity']).execute()).toEqual([{ title: 'Audit Trail Not Delivered', severity: 'ERROR' }]);
      expect(await readAuditWebhook(app.ports, admin)).toMatchObject({ enabled: true });
    });

    it('reaches the webhook by the tick where an entry is part of a larger statement, once', async () => {
      await set();
      const stack = await aStackOfItsOwn(app, { workerPoolId: await aPool(app) });
      const run = await insertTestRun(app, stack);
      receiver.received.length = 0;
      await prioritizeRun(app.ports, calling('runPrioritizeSet', { Run: run.id }), { stackId: stack.id, runId: run.id, prioritize: true });
      for (let n = 0; n < 2; n++) {
        await runTick(app.ports, 'tick');
        await app.drain();
      }
      expect(receiver.bodies()).toEqual([expect.objectContaining({ action: 'run.prioritize', context: { mutation: 'runPrioritizeSet' } })]);
    });

    it('is found by what clients ask for', async () => {
      await aContext('alpha');
      app.clock.advance(1_000);
      await aContext('beta', { ...calling('contextCreateV2', {}), login: 'api::01H', roles: [] });
      app.clock.advance(1_000);
      await createContext(app.ports, adminActor({ login: 'admin::zed' }), { name: 'gamma', labels: [] });
      const ids = async (question: Parameters<typeof search>[0]) => (await search(question)).map(({ resourceId }) => resourceId);
      const where = (field: string, constraint: object, exclude = false) => ids({ predicates: [{ field, exclude, constraint }] });

      expect(await ids({})).toEqual(['gamma', 'beta', 'alpha']);
      expect(await ids({ orderBy: { field: 'createdAt', direction: 'ASC' } })).toEqual(['alpha', 'beta', 'gamma']);
      expect(await where('actor', { enumEquals: ['api::01H'] })).toEqual(['beta']);
      expect(await where('actor', { stringMatches: ['ADMIN::*'] })).toEqual(['gamma', 'alpha']);
      expect(await where('actor', { stringMatches: ['admin::*'] }, true)).toEqual(['beta']);
      expect(await where('action', { stringMatches: ['context.*'] })).toHaveLength(3);
      expect(await where('action', { stringMatches: ['context_create'] })).toEqual([]);
      expect(await where('eventType', { enumEquals: ['contextCreateV2'] })).toEqual(['beta', 'alpha']);
      expect(await where('eventType', { enumEquals: ['context.create'] })).toEqual(['gamma']);
      expect(await where('resourceType', { enumEquals: ['CONTEXT'] })).toHaveLength(3);
      expect(await where('resourceId', { enumEquals: ['alpha', 'gamma'] })).toEqual(['gamma', 'alpha']);
      expect(await where('createdAt', { enumEquals: [`${Math.floor(app.clock.now().getTime() / 1000)}`] })).toEqual(['gamma']);
      expect(await ids({ fullTextSearch: 'ZED' })).toEqual(['gamma']);
      await expect(where('colour', { enumEquals: [] })).rejects.toMatchObject({ code: 'INVALID' });
      await expect(where('actor', { booleanEquals: [true] })).rejects.toMatchObject({ code: 'INVALID' });
      await expect(ids({ orderBy: { field: 'actor', direction: 'ASC' } })).rejects.toMatchObject({ code: 'INVALID' });
    });

    it('is read page by page, in both directions', async () => {
      for (let n = 0; n < 5; n++) await aContext(`c${n}`);
      const page = async (question: Parameters<typeof search>[0]) => {
        const { items, endCursor, startCursor, hasNextPage, hasPreviousPage } = await searchAuditTrail(app.ports, admin, question);
        return { ids: items.map(({ resourceId }) => resourceId), endCursor, startCursor, hasNextPage, hasPreviousPage };
      };
      const first = await page({ first: 2 });
      expect(first).toMatchObject({ ids: ['c4', 'c3'], hasNextPage: true, hasPreviousPage: false });
      const second = await page({ first: 2, after: first.endCursor });
      expect(second).toMatchObject({ ids: ['c2', 'c1'], hasNextPage: true, hasPreviousPage: true });
      expect(await page({ first: 2, after: second.endCursor })).toMatchObject({ ids: ['c0'], hasNextPage: false });
      expect(await page({ last: 2, before: second.startCursor })).toMatchObject({ ids: ['c4', 'c3'], hasPreviousPage: false });
    });

    it('is kept for thirty days', async () => {
      await aContext('old');
      app.clock.advance(29 * 86_400_000);
      await aContext('young');
      await runTick(app.ports, 'retention');
      expect(await search({})).toHaveLength(2);
      app.clock.advance(2 * 86_400_000);
      await runTick(app.ports, 'retention');
      expect((await search({})).map(({ resourceId }) => resourceId)).toEqual(['young']);
    });
  });
}
