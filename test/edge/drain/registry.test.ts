import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import * as z from 'zod/mini';
import { json } from '../../../lib/core/ports/json.ts';
import type { Ports } from '../../../lib/core/ports/ports.ts';
import { defineMessage, PermanentFailure, type Envelope } from '../../../lib/core/shared/messages.ts';
import { dispatch } from '../../../lib/edge/drain/handlers.ts';
import { on, registry } from '../../../lib/edge/drain/registry.ts';
import { testApp, type TestApp } from '../../support/app.ts';

const painted = defineMessage({ name: 'fence.painted', queue: 'async', schema: z.object({ fenceId: z.string() }) });
const envelope = (name: string, body: unknown): Envelope => ({ id: 'M', name, queue: 'async', body, receiveCount: 1 });

describe('the registry of message handlers', () => {
  const spans: unknown[] = [];
  const span = <T>(name: string, work: () => Promise<T>, parent?: string): Promise<T> => {
    spans.push({ name, parent });
    return work();
  };
  const ports = { telemetry: { span } } as unknown as Ports;

  it('hands a message to its handler, its body parsed', async () => {
    const got: unknown[] = [];
    const dispatchOne = registry([on(painted, async (given, body, message) => void got.push(given === ports, body, message.id))]);

    await dispatchOne(ports, { ...envelope('fence.painted', { fenceId: 'F', unknown: 'from a newer version' }), traceParent: '00-a-b-01' });

    expect(got).toEqual([true, { fenceId: 'F' }, 'M']);
    expect(spans).toEqual([{ name: 'message fence.painted', parent: '00-a-b-01' }]);
  });

  it('takes a message that nobody handles for one that no repetition mends', async () => {
    await expect(registry([])(ports, envelope('fence.painted', {}))).rejects.toThrow(PermanentFailure);
    await expect(dispatch(ports, envelope('fence.painted', {}))).rejects.toThrow('no handler for message fence.painted');
  });

  for (const body of [null, 'text', [], {}, { fenceId: 7 }]) {
    it(`takes ${JSON.stringify(body)} for a message of unknown shape, and does not call the handler`, async () => {
      let called = false;
      const dispatchOne = registry([on(painted, async () => void (called = true))]);

      await expect(dispatchOne(ports, envelope('fence.painted', body))).rejects.toThrow(PermanentFailure);

      expect(called).toBe(false);
    });
  }

  it('lets a handler\'s failure be tried again', async () => {
    const failure = registry([on(painted, async () => Promise.reject(new Error('away')))])(ports, envelope('fence.painted', { fenceId: 'F' }));

    await expect(failure).rejects.toThrow('away');
    await expect(failure).rejects.not.toThrow(PermanentFailure);
  });
});

describe('a message that nobody can handle', () => {
  let app: TestApp;
  before(async () => void (app = await testApp()));
  after(() => app.close());

  for (const [name, body] of [['fence.painted', {}], ['run.advanced', { runId: 7 }]] as const) {
    it(`goes to the dead letters at once: ${name}`, async () => {
      const now = app.clock.now();
      await app.ports.db.sql
        .insertInto('messages')
        .values({ id: app.ports.ids.ulid(), queue: 'async', type: name, body: json(body), created_at: now, visible_at: now })
        .execute();

      await expect(app.drain()).rejects.toThrow(PermanentFailure);

      expect(await app.queued()).toEqual([]);
      expect(await app.ports.db.sql.selectFrom('dead_letters').select(['type', 'receive_count']).where('type', '=', name).execute()).toEqual([{ type: name, receive_count: 1 }]);
    });
  }
});
