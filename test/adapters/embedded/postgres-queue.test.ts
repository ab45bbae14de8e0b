import { describe, it } from 'node:test';
import { expect } from 'expect';
import * as z from 'zod/mini';
import { acknowledge, MAX_RECEIVES, receive, refuse, VISIBILITY_MS, type Received } from '../../../lib/adapters/embedded/postgres-queue.ts';
import { randomIds } from '../../../lib/adapters/system/random-ids.ts';
import { kyselyDatabase } from '../../../lib/adapters/sql/kysely-database.ts';
import { outbox } from '../../../lib/adapters/sql/outbox.ts';
import { defineMessage } from '../../../lib/core/shared/messages.ts';
import { queueContract } from '../../contracts/queue.ts';
import { ENGINES, openTestDatabase } from '../../support/database.ts';
import { fakeClock } from '../../support/fake-clock.ts';

for (const engine of ENGINES) {
  describe(`the queue table on ${engine}`, () => {
    queueContract(async () => {
      const database = await openTestDatabase(engine);
      const clock = fakeClock();
      const ids = randomIds(clock);
      const db = kyselyDatabase(database.kysely, { log: () => {} });
      const needs = { sql: db.sql, clock, ids };
      return {
        db,
        clock,
        queue: outbox({ clock, ids }, () => {}),
        visibilityMs: VISIBILITY_MS,
        maxReceives: MAX_RECEIVES,
        receive: (limit) => receive(needs, limit),
        acknowledge: (message) => acknowledge(needs, message as Received),
        refuse: (message, error) => refuse(needs, message as Received, error),
        deadLetters: () => db.sql.selectFrom('dead_letters').select(['type', 'error']).execute(),
        close: () => database.close(),
      };
    });

    describe('removing what was handled with the next look', () => {
      const step = defineMessage<{ n: number }>({ name: 'step', queue: 'asyncFifo', schema: z.object({ n: z.number() }), orderedBy: () => 'one' });
      const withSteps = async (work: (needs: Parameters<typeof receive>[0] & { readonly clock: ReturnType<typeof fakeClock> }) => Promise<void>) => {
        const database = await openTestDatabase(engine);
        const clock = fakeClock();
        const needs = { sql: database.kysely, clock, ids: randomIds(clock) };
        try {
          for (const n of [1, 2, 3]) await outbox(needs, () => {}).enqueue(needs.sql, step, { n });
          await work(needs);
        } finally {
          await database.close();
        }
      };

      it('gives the next message of the group at once', () =>
        withSteps(async (needs) => {
          const first = await receive(needs, 10);
          const second = await receive(needs, 10, first);

          expect([...first, ...second].map(({ body }) => body)).toEqual([{ n: 1 }, { n: 2 }]);
          expect(await needs.sql.selectFrom('messages').select('id').execute()).toHaveLength(2);
        }));

      it('leaves a message, and its group behind it, to the consumer that received it since', () =>
        withSteps(async (needs) => {
          const late = await receive(needs, 10);
          needs.clock.advance(VISIBILITY_MS + 1);
          const current = await receive(needs, 10);
          needs.clock.advance(VISIBILITY_MS / 2);

          expect(await receive(needs, 10, late)).toEqual([]);
          expect((await receive(needs, 10, current)).map(({ body }) => body)).toEqual([{ n: 2 }]);
        }));

      it('leaves a message that was put back, and takes it anew', () =>
        withSteps(async (needs) => {
          const [message] = await receive(needs, 10);
          if (message === undefined) throw new Error('nothing was received');
          await refuse(needs, message, new Error('not yet'));
          needs.clock.advance(60_000);

          expect((await receive(needs, 10, [message])).map(({ body, receiveCount }) => [body, receiveCount])).toEqual([[{ n: 1 }, 2]]);
        }));
    });
  });
}
