import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { noticeRepository } from '../../../lib/core/vcs/actions/notice-repository.ts';
import { pollRepositories } from '../../../lib/core/vcs/actions/poll-repositories.ts';
import { abandonLook, claimRepository, finishLook, LOOK_LEASE_MS, renewClaim, seenHeads } from '../../../lib/core/vcs/repository-store.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { callCounter } from '../../support/call-counter.ts';
import { ENGINES } from '../../support/database.ts';
import { aStack } from '../../support/stack-builders.ts';

const A = 'https://git.example.com/acme/a.git';
const B = 'https://git.example.com/acme/b.git';

for (const engine of ENGINES) {
  describe(`polling repositories, on ${engine}`, () => {
    let app: TestApp;

    before(async () => {
      app = await testApp({ engine });
      await aStack(app, { id: 'one', repositoryUrl: A });
      await aStack(app, { id: 'two', repositoryUrl: A });
      await aStack(app, { id: 'three', repositoryUrl: B });
      await aStack(app, { id: 'leaving', repositoryUrl: 'https://git.example.com/acme/leaving.git', deleting: true });
    });
    after(() => app.close());

    const poll = async () => [...(await pollRepositories(app.ports, { everySeconds: 60 }))].sort();

    it('asks once for each repository that a stack follows', async () => {
      expect(await poll()).toEqual([A, B]);
      expect(await app.queued()).toMatchObject([A, B].map(() => ({ name: 'repository.changed', body: { cause: { kind: 'poll' } } })));
    });

    it('asks again only when the time has come, a little early included', async () => {
      app.clock.advance(30_000);
      expect(await poll()).toEqual([]);
      app.clock.advance(29_000);
      expect(await poll()).toEqual([A, B]);
    });

    it('shares repositories out between two polls at once', async () => {
      app.clock.advance(60_000);

      const both = await Promise.all([poll(), poll()]);

      expect(both.flat().sort()).toEqual([A, B]);
    });

    it('costs as many statements for many repositories as for one', async () => {
      for (let n = 0; n < 20; n++) await aStack(app, { id: `many-${n}`, repositoryUrl: `https://git.example.com/many/${n}.git` });
      app.clock.advance(120_000);
      const calls = callCounter(app.ports);

      expect(await calls.during(() => pollRepositories(calls.ports, { everySeconds: 60 }))).toMatchObject({ sql: 2 });
    });

    it('can be asked for by who begins to follow a repository', async () => {
      await app.ports.db.transaction((tx) => noticeRepository(app.ports, { url: B, tx }));

      expect((await app.queued()).at(-1)).toMatchObject({ body: { url: B, cause: { kind: 'api' } } });
    });
  });

  describe(`the turn to look at a repository, on ${engine}`, () => {
    let app: TestApp;

    before(async () => {
      app = await testApp({ engine });
    });
    after(() => app.close());

    const sql = () => app.ports.db.sql;
    const claim = (holder: string) => claimRepository(sql(), A, holder, app.clock.now());
    const finish = (holder: string, moved: Record<string, string> = {}, deleted: readonly string[] = []) =>
      finishLook(sql(), A, holder, { seenAt: app.clock.now(), moved: Object.entries(moved).map(([branch, after]) => ({ branch, after })), deleted });

    it('goes to one of ten', async () => {
      const claims = await Promise.all(Array.from({ length: 10 }, (_, index) => claim(`holder-${index}`)));

      const held = claims.findIndex((one) => one.held);
      expect(claims.filter((one) => one.held).length).toBe(1);
      expect(claims.filter((one) => !one.held && one.isFirstToAsk).length).toBe(1);
      expect(await finish(`holder-${held}`, { main: '1', side: '2' })).toBe('again');
      expect(await finish(`holder-${held}`)).toBe('done');
    });

    it('ends with what was seen, and starts from there', async () => {
      expect(await claim('next')).toMatchObject({ held: true, seenAt: app.clock.now() });

      expect(await finish('next', { main: '3', topic: '4' }, ['side'])).toBe('done');

      expect(Object.fromEntries(await seenHeads(sql(), A))).toEqual({ main: '3', topic: '4' });
    });

    it('is lost to another when it runs out, and what was seen then is not recorded', async () => {
      await claim('slow');
      app.clock.advance(LOOK_LEASE_MS);
      expect(await claim('quick')).toMatchObject({ held: true });

      expect(await finish('slow', { main: 'stale' })).toBeUndefined();
      expect(await renewClaim(sql(), A, 'slow', app.clock.now())).toBe(false);
      expect(await renewClaim(sql(), A, 'quick', app.clock.now())).toBe(true);
      expect((await seenHeads(sql(), A)).get('main')).toBe('3');
      expect(await finish('quick')).toBe('done');
    });

    it('is free again after a look that failed', async () => {
      await claim('failing');
      await abandonLook(sql(), A, 'failing', 'the host is away', app.clock.now());

      expect(await claim('other')).toMatchObject({ held: true });
    });

    it('keeps thousands of branches', async () => {
      const many = Object.fromEntries(Array.from({ length: 6000 }, (_, index) => [`branch-${index}`, `hash-${index}`]));
      await finish('other', many);

      expect((await seenHeads(sql(), A)).size).toBe(6002);
    });
  });
}
