import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { searchStacks } from '../../../lib/core/stacks/actions/search-stacks.ts';
import { starStack } from '../../../lib/core/stacks/actions/star-stack.ts';
import { starredStacks } from '../../../lib/core/stacks/stack-change-store.ts';
import type { StackSearch } from '../../../lib/core/stacks/stack-search.ts';
import { adminActor, readerActor, strangerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aSpace, aStack, anAccount } from '../../support/stack-builders.ts';

for (const engine of ENGINES) {
  describe(`searching stacks on ${engine}`, () => {
    let app: TestApp;
    const admin = adminActor();

    before(async () => {
      app = await testApp({ engine });
      await anAccount(app);
      await aSpace(app, { id: 'team' });
      await aStack(app, { id: 'alpha', name: 'Alpha network', labels: ['prod', 'eu-west'], state: 'FINISHED' });
      app.clock.advance(1000);
      await aStack(app, { id: 'beta', name: 'beta_100%', spaceId: 'team', administrative: true, state: 'FAILED', lockedBy: 'robin', projectRoot: 'infra' });
      app.clock.advance(1000);
      await aStack(app, { id: 'gamma', name: 'Gamma', labels: ['production'], branch: 'release', state: 'FINISHED', trackedCommit: { hash: 'c0ffee', message: '', authorName: '', authorLogin: null, timestamp: 0, url: '' } });
      app.clock.advance(1000);
      await aStack(app, { id: 'delta', name: 'Delta network', vendorConfig: { vendor: 'opentofu', version: null, workflowTool: 'OPENTOFU', workspace: null, useSmartSanitization: true, externalStateAccessEnabled: false, concise: true } });
    });
    after(() => app.close());

    const found = async (search: StackSearch, actor = admin) => (await searchStacks(app.ports, actor, search)).items.map((stack) => stack.id);
    const by = (field: string, values: readonly string[], exclude = false) => found({ predicates: [{ field, constraint: { stringMatches: values }, exclude }], orderBy: { field: 'id', direction: 'ASC' } });
    const flagged = (field: string, value: boolean) => found({ predicates: [{ field, constraint: { booleanEquals: [value] } }], orderBy: { field: 'id', direction: 'ASC' } });

    it('shows only what the caller can read', async () => {
      expect(await found({}, readerActor(['team']))).toEqual(['beta']);
      expect(await found({}, strangerActor())).toEqual([]);
      expect((await found({ orderBy: { field: 'id', direction: 'ASC' } }, readerActor(['root'])))).toEqual(['alpha', 'delta', 'gamma']);
    });

    it('finds words in name, id and labels, in any case, and takes signs as they are', async () => {
      expect(await found({ fullTextSearch: 'NETWORK', orderBy: { field: 'name', direction: 'asc' } })).toEqual(['alpha', 'delta']);
      expect(await found({ fullTextSearch: 'network prod' })).toEqual(['alpha']);
      expect(await found({ fullTextSearch: '100%' })).toEqual(['beta']);
      expect(await found({ fullTextSearch: '_' })).toEqual(['beta']);
      expect(await found({ fullTextSearch: "'; drop table stacks; --" })).toEqual([]);
    });

    it('keeps what meets every predicate, or leaves it out', async () => {
      expect(await by('name', ['Gamma', 'delta *'])).toEqual(['delta', 'gamma']);
      expect(await by('labels', ['prod'])).toEqual(['alpha']);
      expect(await by('labels', ['prod'], true)).toEqual(['beta', 'delta', 'gamma']);
      expect(await by('project_root', ['infra'])).toEqual(['beta']);
      expect(await by('projectRoot', ['infra'], true)).toEqual(['alpha', 'delta', 'gamma']);
      expect(await by('branch', ['release'])).toEqual(['gamma']);
      expect(await by('commit', ['c0ffee'])).toEqual(['gamma']);
      expect(await by('space', ['team'])).toEqual(['beta']);
      expect(await by('vendor', ['OpenTofu'])).toEqual(['delta']);
      expect(await by('repository', ['network'])).toEqual(['alpha', 'beta', 'delta', 'gamma']);
      expect(await found({ predicates: [{ field: 'state', constraint: { enumEquals: ['FAILED', 'NONE'] } }], orderBy: { field: 'id', direction: 'ASC' } })).toEqual(['beta', 'delta']);
      expect(await flagged('administrative', true)).toEqual(['beta']);
      expect(await flagged('locked', false)).toEqual(['alpha', 'delta', 'gamma']);
      expect(await found({ predicates: [{ field: 'locked', constraint: { booleanEquals: [true] } }, { field: 'name', constraint: { stringMatches: ['Gamma'] } }] })).toEqual([]);
    });

    it('refuses fields, constraints, orders and cursors that it does not know', async () => {
      const predicate = (field: string, constraint: object) => found({ predicates: [{ field, constraint }] });

      await expect(predicate('colour', { stringMatches: ['red'] })).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining('colour') });
      await expect(predicate('locked', { stringMatches: ['true'] })).rejects.toMatchObject({ code: 'INVALID' });
      await expect(predicate('name', {})).rejects.toMatchObject({ code: 'INVALID' });
      await expect(found({ orderBy: { field: 'colour', direction: 'ASC' } })).rejects.toMatchObject({ code: 'INVALID' });
      await expect(found({ orderBy: { field: 'name', direction: 'sideways' } })).rejects.toMatchObject({ code: 'INVALID' });
      await expect(found({ after: 'bogus' })).rejects.toMatchObject({ code: 'INVALID' });
    });

    it('orders by what is asked for', async () => {
      expect(await found({ orderBy: { field: 'createdAt', direction: 'DESC' } })).toEqual(['delta', 'gamma', 'beta', 'alpha']);
      expect(await found({ orderBy: { field: 'name', direction: 'DESC' } })).toEqual(['gamma', 'delta', 'beta', 'alpha']);
    });

    it('puts the caller\'s favourites first', async () => {
      await starStack(app.ports, admin, { id: 'gamma', star: true });
      await starStack(app.ports, admin, { id: 'gamma', star: true });
      await starStack(app.ports, readerActor(), { id: 'delta', star: true });

      expect(await found({ orderBy: { field: 'starred', direction: 'DESC' } })).toEqual(['gamma', 'alpha', 'beta', 'delta']);
      expect(await found({})).toEqual(['gamma', 'alpha', 'beta', 'delta']);
      expect(await starredStacks(app.ports.db.sql, admin.login, ['alpha', 'gamma', 'delta'])).toEqual(new Set(['gamma']));
      await starStack(app.ports, admin, { id: 'gamma', star: false });
      expect(await flagged('starred', true)).toEqual([]);
    });

    it('pages through every order without losing or repeating a stack', async () => {
      for (const field of ['starred', 'name', 'createdAt', 'state', 'stateSetAt', 'space', 'id', 'repository', 'projectRoot', 'lastApplyAt', 'branch']) {
        for (const direction of ['ASC', 'DESC']) {
          const seen: string[] = [];
          let after: string | null = null;
          for (let more = true; more; ) {
            const page = await searchStacks(app.ports, admin, { first: 1, after, orderBy: { field, direction } });
            seen.push(...page.items.map((stack) => stack.id));
            [after, more] = [page.endCursor, page.hasNextPage];
          }
          expect([...seen].sort()).toEqual(['alpha', 'beta', 'delta', 'gamma']);
        }
      }
    });
  });
}
