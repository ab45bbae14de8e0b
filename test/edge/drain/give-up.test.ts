import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { consume } from '../../../lib/adapters/embedded/postgres-queue.ts';
import { planReported } from '../../../lib/core/handovers/handover-messages.ts';
import { runAdvanced } from '../../../lib/core/runs/run-messages.ts';
import { findRun, historyOf } from '../../../lib/core/runs/run-store.ts';
import { PermanentFailure } from '../../../lib/core/shared/messages.ts';
import { GIVE_UP, giveUp } from '../../../lib/edge/drain/give-up.ts';
import { bury, deadLetterKey } from '../../../lib/edge/drain/dead-letters.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { eventually } from '../../support/eventually.ts';
import { insertTestRun } from '../../support/run-builders.ts';
import { aStack, anAccount } from '../../support/stack-builders.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';

describe('giving a message up', () => {
  let app: TestApp;
  let stack: Stack;
  before(async () => {
    app = await testApp();
    await anAccount(app);
    stack = await aStack(app);
  });
  after(() => app.close());

  const aRun = () => insertTestRun(app, stack);
  const stateOf = async (id: string) => (await findRun(app.ports.db.sql, id))?.state;

  it('fails the run that waited for it, with the reason in its history', async () => {
    const run = await aRun();

    await giveUp(app.ports, { id: 'M', name: runAdvanced.name, body: { runId: run.id, stackId: stack.id, stateVersion: 0 } });

    expect(await stateOf(run.id)).toBe('FAILED');
    expect((await historyOf(app.ports.db.sql, run.id))[0]?.note).toContain('its message run.advanced (M)');
  });

  it('does nothing to a run that has ended, is gone, or cannot be read from the message', async () => {
    const run = await insertTestRun(app, stack, { state: 'FINISHED' });

    for (const body of [{ runId: run.id, stackId: stack.id, stateVersion: 0 }, { runId: 'gone', stackId: 's', stateVersion: 0 }, null, 'text']) await giveUp(app.ports, { id: 'M', name: runAdvanced.name, body });

    expect(await stateOf(run.id)).toBe('FINISHED');
  });

  it('has an action for every message that somebody waits for, and none for what a tick mends', () => {
    expect([...GIVE_UP.keys()].sort()).toEqual([planReported.name, runAdvanced.name].sort());
  });

  it('happens on one machine too, once the queue has given up', async () => {
    const run = await aRun();
    await app.ports.queue.enqueue(app.ports.db.sql, runAdvanced, { runId: run.id, stackId: stack.id, stateVersion: 0 });
    const consumer = consume({
      sql: app.ports.db.sql, clock: app.clock, ids: app.ports.ids, telemetry: app.ports.telemetry, concurrency: 1,
      dispatch: () => Promise.reject(new PermanentFailure('never')),
      giveUp: (message) => giveUp(app.ports, message),
    });

    await eventually('the run has failed', async () => (await stateOf(run.id)) === 'FAILED');
    await consumer.stop();
  });

  it('keeps a record once, whoever asks how often, and only the kind of a defect', async () => {
    const text = JSON.stringify({ id: 'X', type: 'pool.changed', hops: 0, body: { poolId: 'P' } });
    const record = { messageId: 'sqs/1', queue: 'asyncFifo' as const, text, receiveCount: 10, sentAt: app.clock.now() };

    for (let times = 0; times < 2; times++) await bury(app.ports, record, new TypeError('password hunter2'));

    const kept = await app.ports.objects.get('large-queue-messages', deadLetterKey('asyncFifo', 'sqs/1'));
    expect(JSON.parse(kept?.toString() ?? '')).toMatchObject({ error: 'failed with TypeError', body: text });
    const rows = await app.ports.db.sql.selectFrom('dead_letters').select(['id', 'error']).where('id', '=', 'X').execute();
    expect(rows).toEqual([{ id: 'X', error: 'failed with TypeError' }]);
  });
});
