import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { sweepAudit } from '../../../lib/core/audit/actions/tell-audit.ts';
import { setAuditWebhook } from '../../../lib/core/audit/actions/manage-audit-webhook.ts';
import { openWork } from '../../../lib/core/operations/open-work-store.ts';
import { auditRow } from '../../../lib/core/shared/audit-store.ts';
import { runTick } from '../../../lib/edge/drain/ticks.ts';
import { adminActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aReceiver, type Receiver } from '../../support/receiver.ts';
import { anAccount } from '../../support/stack-builders.ts';

const HOUR_MS = 3_600_000;

for (const engine of ENGINES) {
  describe(`what keeps an installation awake (${engine})`, () => {
    let app: TestApp;
    let receiver: Receiver;
    before(async () => {
      receiver = await aReceiver();
      app = await testApp({ engine, dispatch: async () => {} });
      await anAccount(app);
    });
    after(() => Promise.all([app.close(), receiver.close()]));
    beforeEach(async () => {
      for (const table of ['webhook_deliveries', 'webhooks', 'audit', 'messages'] as const) await app.ports.db.sql.deleteFrom(table).execute();
    });

    const isOpen = async () => (await openWork(app.ports.db.sql, app.clock.now())).open;
    /** Somebody listens to the audit trail, and was told of everything so far. */
    const listening = async (enabled = true) => {
      const input = { enabled, endpoint: receiver.url, includeRuns: false, secret: 's3cr3t' };
      await setAuditWebhook(app.ports, adminActor(), input);
      app.clock.advance(1000);
      await settle();
    };
    const settle = async () => {
      await sweepAudit(app.ports);
      await app.ports.db.sql.deleteFrom('messages').execute();
    };
    /** As a part of a larger statement, which announces nothing. */
    const written = () =>
      app.ports.db.sql.insertInto('audit').values(auditRow(app.ports, adminActor(), { action: 'session.create', resourceType: 'account', resourceId: 'kim' })).execute();
    const told = async () => (await app.ports.db.sql.selectFrom('webhook_deliveries').select('source').execute()).length;

    it('is an entry of the audit trail that the listener was not told of, until it was', async () => {
      await listening();
      expect(await isOpen()).toBe(false);
      const before = await told();
      await written();
      expect(await isOpen()).toBe(true);
      await settle();
      expect(await told()).toBe(before + 1);
      expect(await isOpen()).toBe(false);
    });

    it('is none where nobody listens', async () => {
      await written();
      expect(await isOpen()).toBe(false);
      await listening(false);
      await written();
      expect(await isOpen()).toBe(false);
    });

    it('tells of an entry once, also where it was written a day before the next look', async () => {
      await listening();
      const before = await told();
      await written();
      app.clock.advance(26 * HOUR_MS);
      expect(await isOpen()).toBe(true);
      await settle();
      expect(await told()).toBe(before + 1);

      await settle();
      expect(await told()).toBe(before + 1);
    });

    it('remembers that it told of an entry for as long as it looks back', async () => {
      await listening();
      await written();
      await settle();
      const before = await told();

      for (const [hours, remembered] of [[30, before], [17, before], [30, 0]] as const) {
        app.clock.advance(hours * HOUR_MS);
        await runTick(app.ports, 'retention');
        expect(await isOpen()).toBe(false);
        await settle();
        expect(await told()).toBe(remembered);
      }
    });
  });
}
