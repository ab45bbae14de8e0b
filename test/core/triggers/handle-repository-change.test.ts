import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'expect';
import { gitVcs } from '../../../lib/adapters/vcs/git-vcs.ts';
import type { Sql } from '../../../lib/core/ports/database.ts';
import { json } from '../../../lib/core/ports/json.ts';
import type { Ports } from '../../../lib/core/ports/ports.ts';
import { listIgnoredTriggers } from '../../../lib/core/runs/ignored-trigger-store.ts';
import { listProposedRuns, listTrackedRuns } from '../../../lib/core/runs/run-list-store.ts';
import { unavailable } from '../../../lib/core/shared/errors.ts';
import { getStack } from '../../../lib/core/stacks/stack-store.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { handleRepositoryChange } from '../../../lib/core/triggers/actions/handle-repository-change.ts';
import { claimRepository, failedLook, LOOK_LEASE_MS, seenHeads } from '../../../lib/core/vcs/repository-store.ts';
import { repositoryChanged, type LookCause } from '../../../lib/core/vcs/vcs-messages.ts';
import { on, registry } from '../../../lib/edge/drain/registry.ts';
import { gitHookRoutes } from '../../../lib/edge/http/git-hook.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { senderTo } from '../../support/edge-requests.ts';
import { gitServer, testRepository, type TestRepository } from '../../support/git.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { aStack } from '../../support/stack-builders.ts';

const look = registry([on(repositoryChanged, handleRepositoryChange)]);
const onlyLooks: typeof look = async (ports, message) => {
  if (message.name === repositoryChanged.name) await look(ports, message);
};

/** Lets something happen before the first insertion is executed, after everything that is asked for beside it. */
function insertingAfter(sql: Sql, happens: () => Promise<void>): Sql {
  let waited: Promise<void> | undefined;
  const later = <B extends object>(builder: B): B =>
    new Proxy(builder, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        const call = (...args: unknown[]): unknown => Reflect.apply(member, target, args);
        if (typeof name === 'string' && name.startsWith('execute')) return async (...args: unknown[]) => (await (waited ??= delay(200).then(happens)), call(...args));
        return (...args: unknown[]) => later(call(...args) as object);
      },
    });
  return new Proxy(sql, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => (name === 'insertInto' && waited === undefined ? later(Reflect.apply(member, target, args) as object) : (Reflect.apply(member, target, args) as unknown));
    },
  });
}

describe('a change in a repository', () => {
  let app: TestApp;
  let url: string;
  let stackIds: number;
  let count = 0;

  before(async () => {
    app = await testApp({ dispatch: onlyLooks });
  });
  after(() => app.close());
  beforeEach(async () => {
    url = `https://git.example.com/acme/repository-${++count}.git`;
    stackIds = 0;
    await app.ports.db.sql.deleteFrom('messages').execute();
  });

  const cause = (kind: LookCause['kind'] = 'hook'): LookCause => ({ kind, at: app.clock.now().toISOString(), subject: 'network' });
  const see = (kind: LookCause['kind'] = 'hook', ports: Ports = app.ports) => handleRepositoryChange(ports, { url, cause: cause(kind) });
  const newStack = (changes: Partial<Stack> = {}) => aStack(app, { id: `stack-${count}-${++stackIds}`, repositoryUrl: url, ...changes });
  const tracked = async (stack: Stack) => (await listTrackedRuns(app.ports.db.sql, stack.id)).toReversed();
  const proposed = async (stack: Stack) => (await listProposedRuns(app.ports.db.sql, stack.id)).toReversed();
  const push = (
    branch: string,
    files: Record<string, string> = { 'main.tf': String(Math.floor(app.ports.ids.random(4).readUInt32BE())) },
    from = 'main',
  ) => app.vcs.push(url, branch, files, { from });
  /** A stack whose repository has been looked at. */
  async function followed(changes: Partial<Stack> = {}): Promise<Stack> {
    const stack = await newStack(changes);
    await see('poll');
    return stack;
  }

  it('on the tracked branch makes a tracked run that says where it comes from', async () => {
    const stack = await followed();
    const hash = push('main');

    await see();

    const [run, ...more] = await tracked(stack);
    expect(more).toEqual([]);
    expect(run).toMatchObject({ type: 'TRACKED', state: 'QUEUED', branch: 'main', triggeredBy: null, commit: expect.objectContaining({ hash }) });
    expect(run?.causes).toEqual([
      { kind: 'delivery', at: app.clock.now().toISOString(), text: 'the git hook was called', subject: 'network' },
      { kind: 'push', at: app.clock.now().toISOString(), text: `${hash.slice(0, 8)} was pushed to main`, subject: hash },
    ]);
    expect(await app.queued()).toEqual([expect.objectContaining({ name: 'run.advanced', group: stack.id })]);
  });

  it('on the tracked branch moves the tracked commit', async () => {
    const stack = await followed();
    const hash = push('main');

    await see();

    expect(await getStack(app.ports.db.sql, stack.id)).toMatchObject({
      trackedCommit: { hash },
      branchHead: { hash },
      trackedCommitSetBy: 'system::git',
    });
  });

  it('on another branch makes a proposed run and leaves the tracked commit', async () => {
    const stack = await followed();
    const { trackedCommit } = await getStack(app.ports.db.sql, stack.id);
    const hash = push('feature');

    await see();

    expect(await proposed(stack)).toMatchObject([{ type: 'PROPOSED', branch: 'feature', commit: { hash } }]);
    expect(await tracked(stack)).toEqual([]);
    expect((await getStack(app.ports.db.sql, stack.id)).trackedCommit).toEqual(trackedCommit);
  });

  it('reaches every stack that it concerns, each by its own branch and project root', async () => {
    const network = await followed({ projectRoot: 'network' });
    const dns = await followed({ projectRoot: 'dns' });
    const staging = await followed({ branch: 'staging', projectRoot: 'network' });
    push('main', { 'network/a.tf': '1' });

    await see();

    expect([(await tracked(network)).length, (await tracked(dns)).length, (await tracked(staging)).length]).toEqual([1, 0, 0]);
    expect((await proposed(staging)).length).toBe(1);
  });

  it('outside the project root leaves an ignored trigger with its reason, on the tracked branch only', async () => {
    const stack = await followed({ projectRoot: 'network' });
    const hash = push('main', { 'docs/a.md': '1' });
    push('feature', { 'docs/b.md': '1' });

    await see();

    expect([...(await tracked(stack)), ...(await proposed(stack))]).toEqual([]);
    expect(await listIgnoredTriggers(app.ports.db.sql, stack.id)).toMatchObject([
      { commitHash: hash, branch: 'main', reason: 'outside project root' },
    ]);
    expect(await getStack(app.ports.db.sql, stack.id)).toMatchObject({ branchHead: { hash } });
    expect((await getStack(app.ports.db.sql, stack.id)).trackedCommit?.hash).not.toBe(hash);
  });

  it('for a disabled stack makes no run and says so', async () => {
    const stack = await followed({ isDisabled: true });
    push('main');

    await see();

    expect(await tracked(stack)).toEqual([]);
    expect(await listIgnoredTriggers(app.ports.db.sql, stack.id)).toMatchObject([{ reason: 'stack is disabled' }]);
  });

  it('for a stack that is being deleted does nothing', async () => {
    const stack = await followed({ deleting: true });
    push('main');

    await see();

    expect(await tracked(stack)).toEqual([]);
  });

  it('for a locked stack makes the run all the same', async () => {
    const stack = await followed({ lockedBy: 'someone', lockedAt: app.clock.now() });
    push('main');

    await see();

    expect((await tracked(stack)).length).toBe(1);
  });

  it('told twice makes one run', async () => {
    const stack = await followed();
    push('main');
    push('feature');

    await see();
    await see();
    await see('poll');

    expect([(await tracked(stack)).length, (await proposed(stack)).length]).toEqual([1, 1]);
  });

  it('told again after a crash before it was recorded makes one run', async () => {
    const stack = await followed();
    const seen = await seenHeads(app.ports.db.sql, url);
    push('main');
    push('feature');
    await see();

    // As if the process had died between the runs and the note of what was seen.
    for (const [name, hash] of seen)
      await app.ports.db.sql.updateTable('git_branches').set({ hash }).where('url', '=', url).where('name', '=', name).execute();
    await app.ports.db.sql.deleteFrom('git_branches').where('url', '=', url).where('name', '=', 'feature').execute();
    await see();

    expect([(await tracked(stack)).length, (await proposed(stack)).length]).toEqual([1, 1]);
  });

  it('back to an earlier commit by force makes another run of it, and told again none', async () => {
    const stack = await followed();
    const a = push('main');
    await see();
    push('main');
    await see();

    app.vcs.setBranch(url, 'main', a);
    await see();
    await see();

    expect((await tracked(stack)).map((run) => run.commit.hash === a)).toEqual([true, false, true]);
  });

  it('away from and back to the commit of the last run leaves an ignored trigger', async () => {
    const stack = await followed({ projectRoot: 'network' });
    const a = push('main', { 'network/a.tf': '1' });
    await see();
    push('main', { 'docs/x.md': '1' });
    await see();
    app.vcs.setBranch(url, 'main', a);

    await see();

    expect((await tracked(stack)).length).toBe(1);
    expect((await listIgnoredTriggers(app.ports.db.sql, stack.id)).map(({ reason }) => reason)).toEqual([
      'outside project root',
      'outside project root',
    ]);
  });

  it('on a branch ends the older previews of that branch', async () => {
    const stack = await followed();
    push('feature');
    push('other');
    await see();
    push('feature', undefined, 'feature');

    await see();

    expect((await proposed(stack)).map(({ branch, state }) => [branch, state])).toEqual([
      ['feature', 'CANCELED'],
      ['other', 'QUEUED'],
      ['feature', 'QUEUED'],
    ]);
  });

  it('that deletes a branch cancels its waiting previews and starts nothing', async () => {
    const stack = await followed();
    push('feature');
    await see();
    app.vcs.deleteBranch(url, 'feature');

    await see();

    expect((await proposed(stack)).map(({ state }) => state)).toEqual(['CANCELED']);
    expect(await seenHeads(app.ports.db.sql, url)).not.toContain('feature');
  });

  it('that brings a deleted branch back with its old commit makes no second preview', async () => {
    const stack = await followed();
    const hash = push('feature');
    await see();
    app.vcs.deleteBranch(url, 'feature');
    await see();
    app.vcs.setBranch(url, 'feature', hash);

    await see();

    expect((await proposed(stack)).length).toBe(1);
  });

  it('found by a poll names the poll as its cause', async () => {
    const stack = await followed();
    push('main');

    await see('poll');

    expect((await tracked(stack))[0]?.causes[0]).toMatchObject({ kind: 'poll', text: 'the repository was polled' });
  });

  describe('the first time the repository is seen', () => {
    it('gives stacks the head of their branch to start from, and no run', async () => {
      const stack = await newStack();
      push('feature');

      await see('poll');

      const head = (await app.vcs.heads({ provider: 'GIT', url: url })).get('main');
      expect(await getStack(app.ports.db.sql, stack.id)).toMatchObject({ trackedCommit: { hash: head }, branchHead: { hash: head } });
      expect([...(await tracked(stack)), ...(await proposed(stack))]).toEqual([]);
    });

    it('makes a run for the tracked branch when it moved since the stack was created', async () => {
      const stack = await newStack();
      const created = await app.vcs.commit({ provider: 'GIT', url: url }, { branch: 'main' });
      await app.ports.db.sql
        .updateTable('stacks')
        .set({ branch_head: json(created) })
        .where('id', '=', stack.id)
        .execute();
      const hash = push('main');

      await see();

      expect(await tracked(stack)).toMatchObject([{ commit: { hash } }]);
    });

    it('makes a run for the tracked branch when the hook is called and the stack tracks another commit, or none', async () => {
      const stack = await newStack();
      const hash = push('main');

      await see('hook');

      expect(await tracked(stack)).toMatchObject([{ commit: { hash } }]);
      expect(await getStack(app.ports.db.sql, stack.id)).toMatchObject({ trackedCommit: { hash } });
    });

    it('makes no run for a stack that was created at that head, hook or not', async () => {
      const stack = await newStack();
      const head = await app.vcs.commit({ provider: 'GIT', url: url }, { branch: 'main' });
      await app.ports.db.sql
        .updateTable('stacks')
        .set({ branch_head: json(head) })
        .where('id', '=', stack.id)
        .execute();

      await see('hook');

      expect(await tracked(stack)).toEqual([]);
      expect((await getStack(app.ports.db.sql, stack.id)).trackedCommit?.hash).toBe(head.hash);
    });
  });

  describe('seen by two at once', () => {
    it('makes one run of each kind', async () => {
      const stack = await followed();
      push('main');
      push('feature');

      await Promise.all(Array.from({ length: 10 }, () => see()));
      await app.drain();

      expect([(await tracked(stack)).length, (await proposed(stack)).length]).toEqual([1, 1]);
    });

    it('is looked at once more, so that a push during a look is not missed', async () => {
      const stack = await followed();
      push('main');
      let late: string | undefined;
      const vcs = {
        ...app.vcs,
        async fetch(...args: Parameters<typeof app.vcs.fetch>) {
          if (late === undefined) {
            // The heads are read already: this push would be missed.
            late = push('main');
            await see();
          }
          return app.vcs.fetch(...args);
        },
      };

      await see('hook', { ...app.ports, vcs });

      expect((await tracked(stack)).map((run) => run.commit.hash)).toContain(late);
    });

    it('and another look ends while this one takes its turn, is compared with what that one has seen', async () => {
      await followed();
      push('short-lived');
      app.clock.advance(1000);
      const inBetween = async () => {
        await see();
        app.vcs.deleteBranch(url, 'short-lived');
      };

      await see('hook', { ...app.ports, db: { ...app.ports.db, sql: insertingAfter(app.ports.db.sql, inBetween) } });

      expect([...(await seenHeads(app.ports.db.sql, url)).keys()]).toEqual(['main']);
    });

    it('and one of them dies, is looked at by the other when its turn has run out', async () => {
      const stack = await followed();
      push('main');
      await claimRepository(app.ports.db.sql, url, 'dead', app.clock.now());

      await see();
      await see();
      expect(await tracked(stack)).toEqual([]);
      expect((await app.queued()).filter(({ name }) => name === 'repository.changed')).toMatchObject([
        { visibleAt: new Date(app.clock.now().getTime() + LOOK_LEASE_MS) },
      ]);

      app.clock.advance(LOOK_LEASE_MS);
      await app.drain();
      expect((await tracked(stack)).length).toBe(1);
    });
  });

  describe('that cannot be seen', () => {
    const failing = (error: Error): Ports => ({ ...app.ports, vcs: { ...app.vcs, heads: () => Promise.reject(error) } });
    const error = async () => (await failedLook(app.ports.db.sql, url))?.error;

    it('because the host is away is tried again when the hook was called, and left to the next poll otherwise', async () => {
      await followed();

      await expect(see('hook', failing(unavailable('the host is away')))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await see('poll', failing(unavailable('the host is away')));

      expect(await failedLook(app.ports.db.sql, url)).toEqual({ at: app.clock.now(), error: 'the host is away' });
    });

    it('because the repository is gone is noted, and seen again when it is back', async () => {
      const stack = await followed();
      app.vcs.forget(url);
      await see();
      expect(await error()).toContain('was not found');

      app.vcs.push(url, 'main', { 'main.tf': 'again' });
      await see();

      expect((await tracked(stack)).length).toBe(1);
      expect(await error()).toBeUndefined();
    });

    it('because a pushed commit is gone again leaves the other branches their runs', async () => {
      const stack = await followed();
      const gone = push('gone');
      push('kept');
      const vcs: Ports['vcs'] = {
        ...app.vcs,
        changedFiles: (repository, range) => app.vcs.changedFiles(repository, range.after === gone ? { after: 'missing' } : range),
      };

      await see('hook', { ...app.ports, vcs });

      expect((await proposed(stack)).map(({ branch }) => branch)).toEqual(['kept']);
    });
  });
});

for (const engine of ENGINES) {
  for (const transport of ['file', 'http'] as const) {
    describe(`a push to a real ${transport} repository, on ${engine}`, () => {
      let app: TestApp;
      let ports: Ports;
      let repository: TestRepository;
      let server: Awaited<ReturnType<typeof gitServer>>;
      let folder: Awaited<ReturnType<typeof scratchFolder>>;
      let stack: Stack;

      before(async () => {
        [app, repository, server, folder] = await Promise.all([
          testApp({ engine, dispatch: (_ports, message) => onlyLooks(ports, message) }),
          testRepository(),
          gitServer(),
          scratchFolder('mirrors'),
        ]);
        ports = { ...app.ports, vcs: gitVcs({ folder: folder.path, allowLocal: true, telemetry: app.ports.telemetry }) };
        await repository.commit({ 'main.tf': 'one' });
        const url = transport === 'file' ? repository.url : server.url(repository);
        stack = await aStack({ ports }, { repositoryUrl: url });
        await callHook();
        await app.drain();
      });
      after(async () => {
        await app.close();
        await Promise.all([server.close(), repository.remove(), folder.remove()]);
      });

      const callHook = () => senderTo(gitHookRoutes(ports), app)('POST', `/webhooks/git/${stack.gitHookToken}`);
      const commits = async () => (await listTrackedRuns(ports.db.sql, stack.id)).map((run) => run.commit.hash);

      it('gives one run for two calls of the hook at once', async () => {
        const hash = await repository.commit({ 'main.tf': 'two' }, { message: 'Second\n\nbody', author: 'Grace Hopper <grace@example.com>' });

        await Promise.all([callHook(), callHook(), callHook()]);
        await Promise.all([app.drain(), app.drain()]);

        const [run] = await listTrackedRuns(ports.db.sql, stack.id);
        expect((await commits()).filter((commit) => commit === hash)).toEqual([hash]);
        expect(run).toMatchObject({ title: 'Second', commit: { hash, authorName: 'Grace Hopper', message: 'Second\n\nbody' } });
      });

      it('to a branch gives a preview, judged by where the branch left the tracked one', async () => {
        const hash = await repository.commit({ 'side.tf': '1' }, { branch: 'feature/side', from: 'main' });

        await callHook();
        await app.drain();

        expect(await listProposedRuns(ports.db.sql, stack.id)).toMatchObject([{ branch: 'feature/side', commit: { hash } }]);
      });

      it('by force back to an earlier commit gives another run of it', async () => {
        const [latest] = await commits();
        const newer = await repository.commit({ 'main.tf': 'three' });
        await callHook();
        await app.drain();
        await repository.setBranch('main', latest ?? '');

        await callHook();
        await app.drain();
        await callHook();
        await app.drain();

        expect((await commits()).slice(0, 3)).toEqual([latest, newer, latest]);
      });
    });
  }
}
