import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { importState } from '../../../lib/core/state/actions/import-state.ts';
import { listStateVersions } from '../../../lib/core/state/actions/list-state-versions.ts';
import { lockState } from '../../../lib/core/state/actions/lock-state.ts';
import { rollbackState } from '../../../lib/core/state/actions/rollback-state.ts';
import { requireSeed, seedState } from '../../../lib/core/state/actions/seed-state.ts';
import { stateDownloadUrl } from '../../../lib/core/state/actions/state-download-url.ts';
import { stateUploadUrl } from '../../../lib/core/state/actions/state-upload-url.ts';
import { sweepStateUploads } from '../../../lib/core/state/actions/sweep-state-uploads.ts';
import { beginStateUpload } from '../../../lib/core/state/actions/begin-state-upload.ts';
import { stacksOnRollback } from '../../../lib/core/state/state-store.ts';
import type { Actor } from '../../../lib/core/shared/actor.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { adminActor, readerActor, spaceAdminActor, strangerActor, writerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { aStackOfItsOwn, insertTestRun } from '../../support/run-builders.ts';
import { announce, aState, callOf, currentBody, heldRun, lockInfo, moveRun, upload, write } from '../../support/state-builders.ts';

const DAY = 86_400_000;
const admin = spaceAdminActor();

describe('a state put in place by hand', () => {
  let app: TestApp;
  before(async () => void (app = await testApp()));
  after(() => app.close());

  /** A stack whose state was written by a run that ended, locked by `admin`. */
  async function lockedStack(changes: Partial<Stack> = {}, ...bodies: readonly string[]): Promise<Stack> {
    const stack = await aStackOfItsOwn(app, changes);
    await app.ports.db.sql.updateTable('stacks').set({ locked_by: admin.login }).where('id', '=', stack.id).execute();
    if (bodies.length > 0) {
      const run = await heldRun(app, stack, { state: 'APPLYING' });
      for (const body of bodies) await write(app, run, body);
      await moveRun(app, run, { state: 'FINISHED' });
    }
    return stack;
  }
  const uploaded = async (body: string, actor: Actor = admin): Promise<string> => {
    const { objectId } = await stateUploadUrl(app.ports, actor);
    await app.ports.objects.put('uploads', `states/${objectId}`, Buffer.from(body));
    return objectId;
  };
  const versions = (stack: Stack) => listStateVersions(app.ports, admin, { stackId: stack.id });

  describe('importing', () => {
    it('makes a version with a serial above the current one and its own lineage', async () => {
      const stack = await lockedStack({}, aState({ serial: 7 }));

      const version = await importState(app.ports, admin, { stackId: stack.id, state: aState({ serial: 3, lineage: 'theirs' }) });

      expect(version).toMatchObject({ serial: 8, lineage: 'theirs', origin: 'import', createdBy: admin.login });
      expect(await currentBody(app, stack)).toBe(aState({ serial: 8, lineage: 'theirs' }));
    });

    it('keeps a serial that is higher already, and every other byte', async () => {
      const stack = await lockedStack({}, aState({ serial: 7 }));
      const body = '{ "version": 4, "big": 12345678901234567891,\n "serial" : 90, "lineage":"l", "x": 1.0, "resources": [], "outputs": {} }';

      await importState(app.ports, admin, { stackId: stack.id, state: await uploaded(body) });

      expect(await currentBody(app, stack)).toBe(body);
    });

    it('changes nothing of a state but its serial, numbers above 2^53 included', async () => {
      const stack = await lockedStack({}, aState({ serial: 7 }));
      const body = '{\n  "version": 4,\n  "serial": 1,\n  "lineage": "l",\n  "outputs": {"n": {"value": 12345678901234567891, "type": "number"}},\n  "resources": [], "serials": {"serial": 1}\n}\n';

      await importState(app.ports, admin, { stackId: stack.id, state: body });

      expect(await currentBody(app, stack)).toBe(body.replace('"serial": 1,', '"serial": 8,'));
    });

    it('takes an encrypted state as it is', async () => {
      const stack = await lockedStack({}, aState({ serial: 7 }));
      const body = '{"serial":2,"lineage":"secret","meta":{"key_provider.pbkdf2.k":"e30="},"encrypted_data":"q83v","encryption_version":"v0"}';

      const version = await importState(app.ports, admin, { stackId: stack.id, state: body });

      expect(version).toMatchObject({ serial: 2, lineage: 'secret' });
      expect(await currentBody(app, stack)).toBe(body);
    });

    it('takes version 3, and nothing that is no state', async () => {
      const stack = await lockedStack();

      for (const bad of ['{}', '{"version":2,"serial":1,"lineage":"a"}', '{"version":4,"serial":"1","lineage":"a"}', '{"version":4,"serial":1.5,"lineage":"a"}', '{"version":4,"serial":1,"lineage":""}', '{"version":4,"serial":1', '{"version":4,"serial":99999999999999999999,"lineage":"a"}']) {
        await expect(importState(app.ports, admin, { stackId: stack.id, state: bad })).rejects.toMatchObject({ code: 'INVALID' });
      }
      await importState(app.ports, admin, { stackId: stack.id, state: '{"version":3,"serial":1,"lineage":"a","modules":[]}' });
      expect(await versions(stack)).toHaveLength(1);
    });

    it('needs the right, the caller’s own lock, no run in between and a free state', async () => {
      const state = aState({ serial: 1 });
      const stack = await lockedStack();
      const refused = (actor: Actor, code: string, stackId = stack.id) => expect(importState(app.ports, actor, { stackId, state })).rejects.toMatchObject({ code });

      await refused(strangerActor(), 'NOT_FOUND');
      await refused(writerActor(), 'FORBIDDEN');
      await refused(adminActor(), 'CONFLICT');
      await refused(admin, 'CONFLICT', (await aStackOfItsOwn(app)).id);
      await refused(admin, 'NOT_FOUND', 'no-such-stack');
      await refused(admin, 'INVALID', (await lockedStack({ manageState: false })).id);

      for (const changes of [{ state: 'QUEUED' }, { state: 'UNCONFIRMED' }, { type: 'TASK', state: 'READY' }] as const) {
        const busy = await lockedStack();
        const run = await insertTestRun(app, busy, changes);
        await refused(admin, 'CONFLICT', busy.id);
        await moveRun(app, run, { state: 'DISCARDED' });
        await insertTestRun(app, busy, { type: 'PROPOSED', state: 'PLANNING' });
        await importState(app.ports, admin, { stackId: busy.id, state });
      }
    });

    it('uses an upload once, in time, and only for who made it', async () => {
      const stack = await lockedStack();
      const own = await uploaded(aState({ serial: 1 }));
      const late = await uploaded(aState({ serial: 1 }));
      const empty = (await stateUploadUrl(app.ports, admin)).objectId;
      const foreign = await uploaded(aState({ serial: 1 }), adminActor());
      const using = (state: string) => importState(app.ports, admin, { stackId: stack.id, state });

      await using(own);
      await expect(using(own)).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(using(empty)).rejects.toMatchObject({ code: 'INVALID' });
      await expect(using(foreign)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(using('no-such-upload')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      app.clock.advance(DAY);
      await expect(using(late)).rejects.toMatchObject({ code: 'INVALID' });
    });

    it('refuses a text over 4 MB', async () => {
      const stack = await lockedStack();

      await expect(importState(app.ports, admin, { stackId: stack.id, state: aState({ serial: 1, note: 'x'.repeat(4 * 1024 * 1024) }) })).rejects.toMatchObject({ code: 'TOO_LARGE' });
    });

    it('takes what a failed run of the same stack could not write, for thirty days', async () => {
      const stack = await lockedStack();
      const run = await insertTestRun(app, stack, { state: 'FAILED' });
      const artifact = app.ports.ids.ulid();
      const now = app.ports.clock.now();
      await app.ports.objects.put('states', `rescue/${artifact}`, Buffer.from(aState({ serial: 4, lineage: 'rescued' })));
      await app.ports.db.sql.insertInto('artifacts').values({ id: artifact, run_id: run.id, lease: 1, kind: 'errored-state', bucket: 'states', object_key: `rescue/${artifact}`, bytes: 1, sha256: '', created_at: now, completed_at: now }).execute();

      await expect(importState(app.ports, admin, { stackId: (await lockedStack()).id, state: artifact })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await importState(app.ports, admin, { stackId: stack.id, state: artifact })).toMatchObject({ lineage: 'rescued', serial: 4 });
      app.clock.advance(31 * DAY);
      await expect(importState(app.ports, admin, { stackId: stack.id, state: artifact })).rejects.toMatchObject({ code: 'INVALID' });
    });

    it('lets one of five at once through', async () => {
      const stack = await lockedStack({}, aState({ serial: 1 }));

      const outcomes = await Promise.allSettled(Array.from({ length: 5 }, (_, index) => importState(app.ports, admin, { stackId: stack.id, state: aState({ serial: 1, note: `${index}` }) })));

      const through = outcomes.filter(({ status }) => status === 'fulfilled').length;
      expect(through).toBeGreaterThanOrEqual(1);
      expect((await versions(stack)).map(({ serial }) => serial)).toEqual(Array.from({ length: through + 1 }, (_, index) => through + 1 - index));
    });
  });

  describe('rolling back', () => {
    it('copies an older version on top, marked as a rollback until the next write', async () => {
      const stack = await lockedStack({}, aState({ serial: 1, note: 'old' }), aState({ serial: 2, note: 'new' }));
      const [, old] = await versions(stack);

      const version = await rollbackState(app.ports, admin, { stackId: stack.id, versionId: old?.id ?? '' });

      expect(version).toMatchObject({ serial: 3, origin: 'rollback', createdBy: admin.login });
      expect(await currentBody(app, stack)).toBe(aState({ serial: 3, note: 'old' }));
      expect([...(await stacksOnRollback(app.ports.db.sql, [stack.id]))]).toEqual([stack.id]);
      await write(app, await heldRun(app, stack, { state: 'APPLYING' }), aState({ serial: 4 }));
      expect([...(await stacksOnRollback(app.ports.db.sql, [stack.id]))]).toEqual([]);
    });

    it('refuses the current version, one of another stack and an unknown one', async () => {
      const stack = await lockedStack({}, aState({ serial: 1 }));
      const other = await lockedStack({}, aState({ serial: 1 }), aState({ serial: 2 }));
      const idsOf = async (of: Stack) => (await versions(of)).map(({ id }) => id);
      const rolling = (versionId = '', actor = admin) => rollbackState(app.ports, actor, { stackId: stack.id, versionId });

      await expect(rolling((await idsOf(stack))[0])).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(rolling((await idsOf(other))[1])).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(rolling('unknown')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(rolling((await idsOf(stack))[0], writerActor())).rejects.toMatchObject({ code: 'FORBIDDEN' });
    });

    it('needs the lock, and no run that may write', async () => {
      const stack = await lockedStack({}, aState({ serial: 1 }), aState({ serial: 2 }));
      const versionId = (await versions(stack))[1]?.id ?? '';
      const run = await heldRun(app, stack, { state: 'PLANNING' });
      await lockState(app.ports, callOf(run), lockInfo('held'));

      await expect(rollbackState(app.ports, admin, { stackId: stack.id, versionId })).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(rollbackState(app.ports, adminActor(), { stackId: stack.id, versionId })).rejects.toMatchObject({ code: 'CONFLICT' });
    });

    it('refuses a version that has expired, which the daily sweep removes with its body', async () => {
      const stack = await lockedStack({}, aState({ serial: 1 }), aState({ serial: 2 }));
      const [current, old] = await versions(stack);
      app.clock.advance(31 * DAY);

      await expect(rollbackState(app.ports, admin, { stackId: stack.id, versionId: old?.id ?? '' })).rejects.toMatchObject({ code: 'INVALID' });
      await sweepStateUploads(app.ports);

      expect((await versions(stack)).map(({ id }) => id)).toEqual([current?.id]);
      expect(await app.ports.objects.stat('states', old?.objectKey ?? '')).toBeUndefined();
      expect(await app.ports.objects.stat('states', current?.objectKey ?? '')).toBeDefined();
    });
  });

  describe('seeding a new stack', () => {
    it('begins with the uploaded state as it is', async () => {
      const stack = await aStackOfItsOwn(app);
      const objectId = await uploaded(aState({ serial: 12 }));

      await requireSeed(app.ports, admin, objectId);
      const version = await seedState(app.ports, admin, { stackId: stack.id, objectId });

      expect(version).toMatchObject({ serial: 12, origin: 'import' });
      expect(await currentBody(app, stack)).toBe(aState({ serial: 12 }));
    });

    it('refuses a stack that has a state, and an upload that is no state', async () => {
      const stack = await lockedStack({}, aState({ serial: 1 }));

      await expect(seedState(app.ports, admin, { stackId: stack.id, objectId: await uploaded(aState({ serial: 1 })) })).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(requireSeed(app.ports, admin, await uploaded('hello'))).rejects.toMatchObject({ code: 'INVALID' });
    });

    it('lets only those upload who could use it', async () => {
      await expect(stateUploadUrl(app.ports, writerActor())).rejects.toMatchObject({ code: 'FORBIDDEN' });
    });
  });

  describe('downloading', () => {
    it('gives an address for five minutes while external access is on, and notes who asked', async () => {
      const vendorConfig = { vendor: 'terraform', version: null, workflowTool: 'TERRAFORM_FOSS', workspace: null, useSmartSanitization: false, externalStateAccessEnabled: true } as const;
      const stack = await lockedStack({ vendorConfig }, aState({ serial: 1 }));

      const { url } = await stateDownloadUrl(app.ports, writerActor(), { stackId: stack.id });

      const { pathname, search } = new URL(url);
      expect(app.urls.verify('GET', `${pathname}${search}`)).toMatchObject({ bucket: 'states' });
      app.clock.advance(301_000);
      expect(app.urls.verify('GET', `${pathname}${search}`)).toBe('expired');
      const rows = await app.ports.db.sql.selectFrom('audit').select(['action', 'actor']).where('resource_id', '=', stack.id).where('action', '=', 'stack.state-download').execute();
      expect(rows).toEqual([{ action: 'stack.state-download', actor: 'writer' }]);
      await expect(stateDownloadUrl(app.ports, readerActor(), { stackId: stack.id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    });

    it('refuses while external access is off, and when there is no state', async () => {
      const stack = await lockedStack({}, aState({ serial: 1 }));

      await expect(stateDownloadUrl(app.ports, admin, { stackId: stack.id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    });
  });

  describe('the history', () => {
    it('comes newest first in pages of thirty, to those who may read states', async () => {
      const stack = await lockedStack({}, ...Array.from({ length: 32 }, (_, index) => aState({ serial: index + 1 })));

      const first = await versions(stack);
      const second = await listStateVersions(app.ports, writerActor(), { stackId: stack.id, before: first.at(-1)?.id });

      expect(first.map(({ serial }) => serial)).toEqual(Array.from({ length: 30 }, (_, index) => 32 - index));
      expect(second.map(({ serial, current }) => [serial, current])).toEqual([[2, false], [1, false]]);
      await expect(listStateVersions(app.ports, readerActor(), { stackId: stack.id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    });
  });

  describe('the daily sweep', () => {
    it('removes uploads that were never committed after a day', async () => {
      const stack = await aStackOfItsOwn(app);
      const run = await heldRun(app, stack, { state: 'APPLYING' });
      const begun = await beginStateUpload(app.ports, callOf(run), announce(aState({ serial: 1 })));
      if ('unchanged' in begun) throw new Error('unchanged');
      await upload(app, begun.uploadId, aState({ serial: 1 }));

      await sweepStateUploads(app.ports);
      const early = await app.ports.db.sql.selectFrom('state_uploads').select('object_key').where('id', '=', begun.uploadId).executeTakeFirst();
      app.clock.advance(DAY + 3_600_000);
      await sweepStateUploads(app.ports);

      expect(early).toBeDefined();
      expect(await app.ports.objects.stat('states', early?.object_key ?? '')).toBeUndefined();
      expect(await app.ports.db.sql.selectFrom('state_uploads').select('id').where('id', '=', begun.uploadId).execute()).toEqual([]);
    });

    it('keeps the states of a deleted stack for thirty days', async () => {
      const stack = await aStackOfItsOwn(app, { id: 'to-be-deleted' });
      const version = await seedState(app.ports, admin, { stackId: stack.id, objectId: await uploaded(aState({ serial: 1 })) });
      await app.drain();
      await app.ports.db.sql.deleteFrom('stacks').where('id', '=', stack.id).execute();

      await sweepStateUploads(app.ports);
      app.clock.advance(29 * DAY);
      await sweepStateUploads(app.ports);
      expect(await app.ports.objects.stat('states', version.objectKey)).toBeDefined();
      app.clock.advance(2 * DAY);
      await sweepStateUploads(app.ports);
      expect(await app.ports.objects.stat('states', version.objectKey)).toBeUndefined();
      expect(await app.ports.db.sql.selectFrom('state_workspaces').select('id').where('stack_id', 'is', null).execute()).toEqual([]);
    });
  });
});
