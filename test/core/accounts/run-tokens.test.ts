import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { authenticate } from '../../../lib/core/accounts/actions/authenticate.ts';
import { insertBinding } from '../../../lib/core/accounts/role-binding-store.ts';
import { findRole } from '../../../lib/core/accounts/role-store.ts';
import { apiTokenClaims } from '../../../lib/core/handovers/run-claims.ts';
import { RUN_STATES, type RunState } from '../../../lib/core/runs/run-states.ts';
import { searchRuns } from '../../../lib/core/runs/actions/search-runs.ts';
import type { Run } from '../../../lib/core/runs/run.ts';
import { can, type Actor } from '../../../lib/core/shared/actor.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aStackOfItsOwn, insertTestRun } from '../../support/run-builders.ts';
import { anAccount, aSpace } from '../../support/stack-builders.ts';

const HOUR = 3_600_000;
const remoteIp = '192.0.2.1';

for (const engine of ENGINES) {
  describe(`the API token of a run on ${engine}`, () => {
    let app: TestApp;
    let stack: Stack;
    before(async () => {
      app = await testApp({ engine });
      await anAccount(app);
      await aSpace(app, { id: 'team' });
      await aSpace(app, { id: 'lab', parentId: 'team', inheritEntities: false });
      await aSpace(app, { id: 'other' });
    });
    after(() => app.close());
    beforeEach(async () => {
      stack = await aStackOfItsOwn(app, { spaceId: 'team' });
    });

    const tokenOf = async (run: Pick<Run, 'id' | 'stackId' | 'lease'>, ttlSeconds = 3 * 3600) => (await app.ports.signer.sign(apiTokenClaims(run, app.ports.settings), ttlSeconds)).token;
    const aRun = (changes: Partial<Run> = {}) => insertTestRun(app, stack, { state: 'PLANNING', lease: 1, workerId: 'W', ...changes });
    const callerWith = async (token: string) => authenticate(app.ports, { bearer: token, remoteIp });
    const callerOf = async (run: Run): Promise<Actor> => {
      const actor = await callerWith(await tokenOf(run));
      if (actor === undefined) throw new Error('the token is not good');
      return actor;
    };
    const bind = async (slug: string, spaceId: string) => {
      const role = await findRole(app.ports.db.sql, slug);
      await insertBinding(app.ports.db.sql, { id: app.ports.ids.ulid(), actorType: 'stack', actorId: stack.id, roleId: role?.id ?? '', spaceId, createdAt: app.clock.now() });
    };

    it('makes the run the caller, which without roles reads its own space and no other', async () => {
      const run = await aRun();

      const actor = await callerOf(run);

      expect(actor).toMatchObject({ kind: 'run', id: run.id, login: `run::${stack.id}::${run.id}`, isRootAdmin: false, machine: true, sessionId: null, remoteIp });
      expect([...actor.grants].map(([space, actions]) => [space, [...actions]])).toEqual([['team', ['space:read']]]);
    });

    it('is good in the states in which code of the run is executed, and in no other', async () => {
      const good: RunState[] = [];
      for (const state of RUN_STATES) {
        const run = await insertTestRun(app, stack, { state, lease: 1, type: 'PROPOSED' });
        if ((await callerWith(await tokenOf(run))) !== undefined) good.push(state);
      }

      expect(good.sort()).toEqual(['APPLYING', 'DESTROYING', 'INITIALIZING', 'PERFORMING', 'PLANNING']);
    });

    it('dies with its handover, its time and its run', async () => {
      const run = await aRun({ lease: 2 });
      expect(await callerWith(await tokenOf({ ...run, lease: 1 }))).toBeUndefined();
      expect(await callerWith(await tokenOf({ ...run, stackId: 'another' }))).toBeUndefined();
      expect(await callerWith(await tokenOf({ ...run, id: app.ports.ids.ulid() }))).toBeUndefined();

      const token = await tokenOf(run);
      expect(await callerWith(token)).toBeDefined();
      app.clock.advance(3 * HOUR + 1000);
      expect(await callerWith(token)).toBeUndefined();
    });

    it('is none when its claims are of another kind, or it is for another audience', async () => {
      const run = await aRun();
      const claims = apiTokenClaims(run, app.ports.settings);
      const sign = async (changes: object) => (await app.ports.signer.sign({ ...claims, ...changes }, 60)).token;

      for (const changes of [{ lease: '1' }, { lease: 1.5 }, { lease: undefined }, { stack: 7 }, { sub: `run::${run.id}x` }, { sub: 'run::' }, { aud: 'https://elsewhere.example.com' }]) {
        expect(await callerWith(await sign(changes))).toBeUndefined();
      }
    });

    it('gives what the roles of its stack give, spread over the tree, from one call to the next', async () => {
      const run = await aRun();
      const token = await tokenOf(run);
      await bind('space-writer', 'other');

      const bound = await callerWith(token);
      expect(bound && can(bound, 'stack:add-config', 'other')).toBe(true);
      expect(bound && can(bound, 'space:read', 'root')).toBe(true);
      expect(bound && can(bound, 'stack:add-config', 'team')).toBe(false);

      await app.ports.db.sql.deleteFrom('role_bindings').where('actor_id', '=', stack.id).execute();
      expect([...((await callerWith(token))?.grants.keys() ?? [])]).toEqual(['team']);
    });

    it('makes an administrative stack the administrator of its own space and what lies below, beside its roles', async () => {
      stack = await aStackOfItsOwn(app, { spaceId: 'team', administrative: true });
      await bind('space-reader', 'other');

      const actor = await callerOf(await aRun());

      for (const space of ['team', 'lab']) expect(can(actor, 'stack:create', space)).toBe(true);
      expect(can(actor, 'stack:create', 'other')).toBe(false);
      expect(can(actor, 'space:read', 'other')).toBe(true);
      expect(actor.isRootAdmin).toBe(false);
    });

    it('never opens runs, tasks or states, not even to an administrative stack of the root space', async () => {
      stack = await aStackOfItsOwn(app, { spaceId: 'root', administrative: true });
      const run = await aRun();

      const actor = await callerOf(run);

      expect(actor.isRootAdmin).toBe(true);
      expect(can(actor, 'stack:create', 'team')).toBe(true);
      for (const action of ['run:trigger', 'run:confirm', 'run:comment', 'run:stop-blocking', 'task:create', 'stack:state-download', 'stack:state-read', 'stack:managed-state-import', 'stack:managed-state-rollback', 'stack:upload-local-workspace'] as const) {
        expect([action, can(actor, action, 'root')]).toEqual([action, false]);
      }
      expect((await searchRuns(app.ports, actor, {})).items).toEqual([]);
    });

    it('costs one statement where the stack holds no role', async () => {
      const token = await tokenOf(await aRun());
      let statements = 0;
      const { sql } = app.ports.db;
      const counted = sql.withPlugin({
        transformQuery: ({ node }) => (statements++, node),
        transformResult: async ({ result }) => result,
      });

      await authenticate({ ...app.ports, db: { ...app.ports.db, sql: counted } }, { bearer: token, remoteIp });

      expect(statements).toBe(1);
    });
  });
}
