import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { sweepRepositories } from '../../../lib/core/vcs/actions/sweep-repositories.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aStack, anAccount, REPOSITORY_URL } from '../../support/stack-builders.ts';

for (const engine of ENGINES) {
  describe(`sweeping repositories on ${engine}`, () => {
    let app: TestApp;
    before(async () => {
      app = await testApp({ engine });
      await anAccount(app);
      await aStack(app);
    });
    after(() => app.close());

    const sweep = async (minutesLater: number) => {
      app.clock.advance(minutesLater * 60_000);
      await app.ports.db.sql.deleteFrom('messages').execute();
      await sweepRepositories(app.ports);
      return (await app.queued()).map(({ name, body }) => [name, (body as { url: string }).url]);
    };
    const look = [['repository.changed', REPOSITORY_URL]];

    it('looks at every repository once an hour', async () => {
      expect(await sweep(0)).toEqual(look);
      expect(await sweep(30)).toEqual([]);
      expect(await sweep(31)).toEqual(look);
    });

    it('looks again after ten minutes where the last look failed', async () => {
      await app.ports.db.sql.updateTable('git_repositories').set({ error: 'no route to host', error_at: app.clock.now() }).execute();

      expect(await sweep(9)).toEqual([]);
      expect(await sweep(2)).toEqual(look);
      expect(await sweep(2)).toEqual([]);
    });
  });
}
