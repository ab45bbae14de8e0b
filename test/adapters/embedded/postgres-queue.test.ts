import { describe } from 'node:test';
import { acknowledge, MAX_RECEIVES, receive, refuse, VISIBILITY_MS, type Received } from '../../../lib/adapters/embedded/postgres-queue.ts';
import { randomIds } from '../../../lib/adapters/embedded/random-ids.ts';
import { kyselyDatabase } from '../../../lib/adapters/sql/kysely-database.ts';
import { outbox } from '../../../lib/adapters/sql/outbox.ts';
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
  });
}
