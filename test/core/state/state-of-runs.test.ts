import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { beginStateUpload } from '../../../lib/core/state/actions/begin-state-upload.ts';
import { commitStateUpload } from '../../../lib/core/state/actions/commit-state-upload.ts';
import { deleteState } from '../../../lib/core/state/actions/delete-state.ts';
import { listStateVersions } from '../../../lib/core/state/actions/list-state-versions.ts';
import { lockState } from '../../../lib/core/state/actions/lock-state.ts';
import { readState } from '../../../lib/core/state/actions/read-state.ts';
import { unlockState } from '../../../lib/core/state/actions/unlock-state.ts';
import { unlockWorkspaces } from '../../../lib/core/state/actions/unlock-workspaces.ts';
import { RUN_STATES, type RunType } from '../../../lib/core/runs/run-states.ts';
import { accessOf } from '../../../lib/core/state/state-rules.ts';
import { adminActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aStackOfItsOwn } from '../../support/run-builders.ts';
import { announce, aState, callOf, currentBody, heldRun, lockInfo, moveRun, refusalOf, upload, write } from '../../support/state-builders.ts';

describe('what a run may do with the state', () => {
  const statesWith = (type: RunType, kind: 'read' | 'write') => RUN_STATES.filter((state) => accessOf(type, state)[kind]);

  it('lets a proposed run read while it plans, and nothing else', () => {
    expect(statesWith('PROPOSED', 'read')).toEqual(['INITIALIZING', 'PLANNING']);
    expect(statesWith('PROPOSED', 'write')).toEqual([]);
    expect(accessOf('PROPOSED', 'PLANNING').lock).toBe('ignored');
  });

  it('lets runs that may change the stack write while they do', () => {
    for (const type of ['TRACKED', 'DESTROY', 'TASK'] as const) {
      expect(statesWith(type, 'read')).toEqual(['INITIALIZING', 'PLANNING', 'APPLYING', 'PERFORMING', 'DESTROYING']);
      expect(statesWith(type, 'write')).toEqual(['APPLYING', 'PERFORMING', 'DESTROYING']);
    }
  });

  it('has nothing for modules', () => {
    expect(statesWith('TESTING', 'read')).toEqual([]);
  });
});

for (const engine of ENGINES) {
  describe(`the state that runs write (${engine})`, () => {
    let app: TestApp;
    before(async () => void (app = await testApp({ engine })));
    after(() => app.close());

    it('is not there before the first write', async () => {
      const run = await heldRun(app, await aStackOfItsOwn(app), { state: 'PLANNING' });

      expect(await readState(app.ports, callOf(run))).toBeUndefined();
    });

    it('is what was committed last, byte for byte, and each write is a version', async () => {
      const stack = await aStackOfItsOwn(app);
      const run = await heldRun(app, stack, { state: 'APPLYING' });

      const first = await write(app, run, aState({ serial: 1 }));
      const second = await write(app, run, aState({ serial: 2, note: 'zażółć' }));

      const state = await readState(app.ports, callOf(run));
      expect(state?.version).toMatchObject({ id: second, serial: 2, lineage: 'lineage-1', createdBy: `run ${run.id}`, origin: 'run' });
      expect(await currentBody(app, stack)).toBe(aState({ serial: 2, note: 'zażółć' }));
      const history = await listStateVersions(app.ports, adminActor(), { stackId: stack.id });
      expect(history.map((version) => [version.id, version.current])).toEqual([[second, true], [first, false]]);
    });

    it('stays one version when the same content is written again', async () => {
      const run = await heldRun(app, await aStackOfItsOwn(app), { state: 'APPLYING' });
      const first = await write(app, run, aState({ serial: 1 }));

      expect(await beginStateUpload(app.ports, callOf(run), announce(aState({ serial: 1 })))).toEqual({ unchanged: first });
    });

    it('can be committed again when the answer was lost', async () => {
      const stack = await aStackOfItsOwn(app);
      const run = await heldRun(app, stack, { state: 'APPLYING' });
      const begun = await beginStateUpload(app.ports, callOf(run), announce(aState({ serial: 1 })));
      if ('unchanged' in begun) throw new Error('unchanged');
      await upload(app, begun.uploadId, aState({ serial: 1 }));

      const versions = [await commitStateUpload(app.ports, callOf(run), begun.uploadId), await commitStateUpload(app.ports, callOf(run), begun.uploadId)];

      expect(new Set(versions).size).toBe(1);
      expect(await listStateVersions(app.ports, adminActor(), { stackId: stack.id })).toHaveLength(1);
    });

    it('refuses another lineage, a lower serial, and another state with the same serial', async () => {
      const stack = await aStackOfItsOwn(app);
      const run = await heldRun(app, stack, { state: 'APPLYING' });
      await write(app, run, aState({ serial: 5 }));

      for (const body of [aState({ serial: 6, lineage: 'other' }), aState({ serial: 4 }), aState({ serial: 5, note: 'different' })]) {
        expect(await refusalOf(beginStateUpload(app.ports, callOf(run), announce(body)))).toBe('state_conflict');
      }
      expect(await currentBody(app, stack)).toBe(aState({ serial: 5 }));
    });

    it('lets a task force what others may not, and says so in the audit trail', async () => {
      const stack = await aStackOfItsOwn(app);
      await write(app, await heldRun(app, stack, { state: 'APPLYING' }), aState({ serial: 5 }));
      const task = await heldRun(app, stack, { type: 'TASK', state: 'PERFORMING' });

      await write(app, task, aState({ serial: 3, lineage: 'other' }));

      expect(await currentBody(app, stack)).toBe(aState({ serial: 3, lineage: 'other' }));
      const audited = await app.ports.db.sql.selectFrom('audit').select(['action', 'actor']).where('resource_id', '=', stack.id).orderBy('id').execute();
      expect(audited.slice(-1)).toEqual([{ action: 'stack.state-force-write', actor: `run ${task.id}` }]);
    });

    it('refuses to write while planning, and everything to a run that has ended or is another worker’s', async () => {
      const stack = await aStackOfItsOwn(app);
      const planning = await heldRun(app, stack, { state: 'PLANNING' });
      const ended = await heldRun(app, stack, { state: 'FAILED' });

      expect(await refusalOf(write(app, planning, aState({ serial: 1 })))).toBe('state_forbidden');
      expect(await refusalOf(readState(app.ports, callOf(ended)))).toBe('state_forbidden');
      expect(await refusalOf(readState(app.ports, { ...callOf(planning), lease: 2 }))).toBe('stale_lease');
      expect(await refusalOf(readState(app.ports, { ...callOf(planning), workerId: 'another' }))).toBe('stale_lease');
      expect(await refusalOf(readState(app.ports, { ...callOf(planning), runId: 'unknown' }))).toBe('not_found');
    });

    it('refuses the commit of a worker that lost the run after its upload', async () => {
      const stack = await aStackOfItsOwn(app);
      const run = await heldRun(app, stack, { state: 'APPLYING' });
      const begun = await beginStateUpload(app.ports, callOf(run), announce(aState({ serial: 1 })));
      if ('unchanged' in begun) throw new Error('unchanged');
      await upload(app, begun.uploadId, aState({ serial: 1 }));
      await moveRun(app, run, { lease: 2, workerId: 'successor' });

      expect(await refusalOf(commitStateUpload(app.ports, callOf(run), begun.uploadId))).toBe('stale_lease');
      expect(await currentBody(app, stack)).toBeUndefined();
    });

    it('refuses a commit without its body, or with another one', async () => {
      const run = await heldRun(app, await aStackOfItsOwn(app), { state: 'APPLYING' });
      const begun = await beginStateUpload(app.ports, callOf(run), announce(aState({ serial: 1 })));
      if ('unchanged' in begun) throw new Error('unchanged');

      expect(await refusalOf(commitStateUpload(app.ports, callOf(run), begun.uploadId))).toBe('state_conflict');
      await upload(app, begun.uploadId, aState({ serial: 1, note: 'x' }));
      expect(await refusalOf(commitStateUpload(app.ports, callOf(run), begun.uploadId))).toBe('state_conflict');
    });

    it('commits one of ten uploads that race from one base', async () => {
      const stack = await aStackOfItsOwn(app);
      const run = await heldRun(app, stack, { state: 'APPLYING' });
      const bodies = Array.from({ length: 10 }, (_, index) => aState({ serial: index + 1, note: `${index}` }));
      const uploads = await Promise.all(bodies.map(async (body) => {
        const begun = await beginStateUpload(app.ports, callOf(run), announce(body));
        if ('unchanged' in begun) throw new Error('unchanged');
        await upload(app, begun.uploadId, body);
        return begun.uploadId;
      }));

      const outcomes = await Promise.all(uploads.map((id) => refusalOf(commitStateUpload(app.ports, callOf(run), id))));

      expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'state_conflict')).toHaveLength(9);
      expect(await listStateVersions(app.ports, adminActor(), { stackId: stack.id })).toHaveLength(1);
    });

    it('refuses a body beyond 512 MB and nonsense about it before anything is stored', async () => {
      const run = await heldRun(app, await aStackOfItsOwn(app), { state: 'APPLYING' });
      const state = announce(aState({ serial: 1 }));

      expect(await refusalOf(beginStateUpload(app.ports, callOf(run), { ...state, bytes: 512 * 1024 * 1024 + 1 }))).toBe('too_large');
      for (const wrong of [{ bytes: 0 }, { sha256: 'x' }, { md5: '' }, { serial: -1 }, { serial: 1.5 }, { lineage: '' }]) {
        await expect(beginStateUpload(app.ports, callOf(run), { ...state, ...wrong })).rejects.toMatchObject({ code: 'INVALID' });
      }
    });

    it('is gone after a deletion, and anything may be written then', async () => {
      const stack = await aStackOfItsOwn(app);
      const run = await heldRun(app, stack, { state: 'PERFORMING', type: 'TASK' });
      await write(app, run, aState({ serial: 9 }));

      await deleteState(app.ports, callOf(run));
      await deleteState(app.ports, callOf(run));

      expect(await readState(app.ports, callOf(run))).toBeUndefined();
      await write(app, run, aState({ serial: 1, lineage: 'new' }));
      expect(await currentBody(app, stack)).toBe(aState({ serial: 1, lineage: 'new' }));
      expect(await listStateVersions(app.ports, adminActor(), { stackId: stack.id })).toHaveLength(3);
    });

    it('knows one workspace, and none for stacks that keep their state elsewhere', async () => {
      const run = await heldRun(app, await aStackOfItsOwn(app), { state: 'PLANNING' });
      const foreign = await heldRun(app, await aStackOfItsOwn(app, { manageState: false }), { state: 'PLANNING' });

      await expect(readState(app.ports, { ...callOf(run), workspace: 'other' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await refusalOf(readState(app.ports, callOf(foreign)))).toBe('state_forbidden');
    });
  });

  describe(`the lock of a state (${engine})`, () => {
    let app: TestApp;
    before(async () => void (app = await testApp({ engine })));
    after(() => app.close());

    it('is taken by one of ten that race', async () => {
      const stack = await aStackOfItsOwn(app);
      const runs = await Promise.all(Array.from({ length: 10 }, () => heldRun(app, stack, { state: 'PERFORMING', type: 'TASK' })));

      const outcomes = await Promise.all(runs.map((run, index) => lockState(app.ports, callOf(run), lockInfo(`lock-${index}`))));

      const winner = runs[outcomes.findIndex(({ holder }) => holder === null)]?.id ?? 'nobody';
      expect(outcomes.filter(({ holder }) => holder === null)).toHaveLength(1);
      for (const { holder } of outcomes.filter((outcome) => outcome.holder !== null)) expect(holder).toMatchObject({ Who: `run ${winner}`, Operation: 'OperationTypeApply' });
    });

    it('is not taken by a proposed run, which neither waits nor is in the way', async () => {
      const stack = await aStackOfItsOwn(app);
      const applying = await heldRun(app, stack, { state: 'APPLYING' });
      const proposed = await heldRun(app, stack, { type: 'PROPOSED', state: 'PLANNING' });
      await lockState(app.ports, callOf(applying), lockInfo('apply'));

      expect(await lockState(app.ports, callOf(proposed), lockInfo('preview'))).toMatchObject({ holder: null });
      await unlockState(app.ports, callOf(proposed), 'preview');

      await write(app, applying, aState({ serial: 1 }), 'apply');
      expect(await refusalOf(write(app, proposed, aState({ serial: 2 })))).toBe('state_forbidden');
    });

    it('lets only writes with its ID through', async () => {
      const run = await heldRun(app, await aStackOfItsOwn(app), { state: 'APPLYING' });
      await lockState(app.ports, callOf(run), lockInfo('mine'));

      for (const id of [null, 'another']) expect(await refusalOf(write(app, run, aState({ serial: 1 }), id))).toBe('state_conflict');
      await write(app, run, aState({ serial: 1 }), 'mine');
      await unlockState(app.ports, callOf(run), 'mine');
      expect(await refusalOf(write(app, run, aState({ serial: 2 }), 'mine'))).toBe('state_conflict');
      await write(app, run, aState({ serial: 2 }));
    });

    it('of another run keeps writes and deletions out', async () => {
      const stack = await aStackOfItsOwn(app);
      const holder = await heldRun(app, stack, { state: 'APPLYING' });
      const task = await heldRun(app, stack, { type: 'TASK', state: 'PERFORMING' });
      await write(app, holder, aState({ serial: 1 }));
      await lockState(app.ports, callOf(holder), lockInfo('held'));

      expect(await refusalOf(write(app, task, aState({ serial: 2 }), 'held'))).toBe('state_conflict');
      expect(await refusalOf(deleteState(app.ports, callOf(task)))).toBe('state_conflict');
      expect(await refusalOf(unlockState(app.ports, callOf(task), 'held'))).toBe('state_conflict');
      expect(await refusalOf(unlockState(app.ports, callOf(task), undefined))).toBe('state_conflict');
    });

    it('stops counting when its run is parked, ends or is handed over anew, without anything being written', async () => {
      for (const change of [{ state: 'UNCONFIRMED' as const }, { state: 'FAILED' as const }, { lease: 2 }]) {
        const stack = await aStackOfItsOwn(app);
        const run = await heldRun(app, stack, { state: 'PLANNING' });
        await lockState(app.ports, callOf(run), lockInfo('leftover'));
        await moveRun(app, run, change);
        const next = await heldRun(app, stack, { state: 'PERFORMING', type: 'TASK' });

        expect(await lockState(app.ports, callOf(next), lockInfo('next'))).toMatchObject({ holder: null });
      }
    });

    it('is replaced by its own run in a later phase, not within one', async () => {
      const run = await heldRun(app, await aStackOfItsOwn(app), { state: 'PLANNING' });
      await lockState(app.ports, callOf(run), lockInfo('planning'));

      expect((await lockState(app.ports, callOf(run), lockInfo('again'))).holder).toMatchObject({ ID: 'planning' });
      const applying = await moveRun(app, run, { state: 'APPLYING' });
      expect(await lockState(app.ports, callOf(applying), lockInfo('applying'))).toMatchObject({ holder: null });
      await write(app, applying, aState({ serial: 1 }), 'applying');
    });

    it('is freed by its ID or by force, and freeing nothing is no error', async () => {
      const run = await heldRun(app, await aStackOfItsOwn(app), { state: 'PERFORMING', type: 'TASK' });
      await unlockState(app.ports, callOf(run), 'nothing');
      await lockState(app.ports, callOf(run), lockInfo('mine'));

      expect(await refusalOf(unlockState(app.ports, callOf(run), 'another'))).toBe('state_conflict');
      await unlockState(app.ports, callOf(run), undefined);
      expect(await lockState(app.ports, callOf(run), lockInfo('second'))).toMatchObject({ holder: null });
    });

    it('left behind is freed by an administrator, but not while its run is at work', async () => {
      const stack = await aStackOfItsOwn(app);
      const run = await heldRun(app, stack, { state: 'APPLYING' });
      await lockState(app.ports, callOf(run), lockInfo('held'));

      await expect(unlockWorkspaces(app.ports, adminActor(), { stackId: stack.id })).rejects.toMatchObject({ code: 'CONFLICT' });
      await moveRun(app, run, { state: 'FAILED' });
      expect(await unlockWorkspaces(app.ports, adminActor(), { stackId: stack.id })).toMatchObject([{ name: 'default', lock: null }]);
      expect(await unlockWorkspaces(app.ports, adminActor(), { stackId: stack.id })).toEqual([]);
    });
  });
}
