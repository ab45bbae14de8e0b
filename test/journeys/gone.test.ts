// Commits, branches and repositories that are no longer there: whoever asks is told which, and no run waits for them for ever.
import { rename, rm } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expect } from 'expect';
import { gitServer, testRepository, type GitServer, type TestRepository } from '../support/git.ts';
import type { Platform, TestStack } from '../support/platform.ts';
import { PLATFORMS } from '../support/platforms.ts';
import { needsTerraform } from '../support/requirements.ts';

const MAIN = 'resource "terraform_data" "a" {\n  input = "a"\n}\n';
const NOWHERE = '0123456789012345678901234567890123456789';

for (const on of PLATFORMS) describe(`sources that are gone (${on.name})`, { ...needsTerraform, ...on.needs, timeout: on.within(180_000) }, () => {
  let platform: Platform;
  let host: GitServer;
  /** Set, the host takes requests and never answers them. */
  let silent = false;
  const repositories: TestRepository[] = [];

  before(async () => {
    host = await gitServer({ answer: () => silent });
    platform = await on.start();
  });
  after(async () => {
    silent = false;
    await platform.stop();
    await host.close();
    for (const repository of repositories) await repository.remove();
  });

  /** A stack whose repository is served over HTTP, so that the server has a mirror of it. */
  async function mirrored(name: string): Promise<{ readonly stack: TestStack; readonly repository: TestRepository; readonly url: string; readonly first: string }> {
    const repository = await testRepository({ name, allowAnyCommit: true });
    repositories.push(repository);
    const first = await repository.commit({ 'main.tf': MAIN });
    const url = host.url(repository);
    return { stack: await platform.stack(name, { 'main.tf': MAIN }, { repositoryURL: url, autodeploy: true }), repository, url, first };
  }

  /** Forgets everything that no branch leads to. */
  async function prune(repository: Pick<TestRepository, 'git'>): Promise<void> {
    await repository.git('reflog', 'expire', '--expire=now', '--all');
    await repository.git('gc', '--quiet', '--prune=now');
  }

  const sync = (stack: TestStack) => platform.api.query('mutation ($id: ID!) { stackSyncCommit(id: $id) { id } }', { id: stack.id });

  it('a repository that is gone: triggers that need it are refused with its address, runs of a known commit fail with it', async () => {
    const stack = await platform.stack('gone-repository', { 'main.tf': MAIN }, { autodeploy: true });
    expect((await stack.run()).state).toBe('FINISHED');
    const folder = fileURLToPath(stack.repository.localUrl);
    await rename(folder, `${folder}.away`);

    const failed = await stack.run();

    expect(failed).toMatchObject({ state: 'FAILED', note: expect.stringContaining(stack.repository.url) });
    expect(failed.lines.at(-1)).toContain(failed.note);
    await expect(stack.trigger('TRACKED', NOWHERE)).rejects.toThrow(`repository ${stack.repository.url} does not exist`);
    await expect(sync(stack)).rejects.toThrow(stack.repository.url);
    await expect(platform.stack('another', { 'main.tf': MAIN }, { repositoryURL: `${stack.repository.url}.nowhere` })).rejects.toThrow(`${stack.repository.url}.nowhere`);

    await rename(`${folder}.away`, folder);
    expect((await stack.run()).state).toBe('FINISHED');
  });

  it('a branch that is gone: a stack on it cannot be made or follow it, and says which branch', async () => {
    const { stack, repository, url } = await mirrored('gone-branch');
    await repository.deleteBranch('main');

    await expect(sync(stack)).rejects.toThrow(`stack has 1 error: branch: there is no branch "main" in ${url}`);
    await expect(platform.stack('on-gone-branch', { 'main.tf': MAIN }, { repositoryURL: url })).rejects.toThrow(`there is no branch "main" in ${url}`);
  });

  it('a commit that never was: the trigger is refused and names it', async () => {
    const { stack, url } = await mirrored('no-commit');

    await expect(stack.trigger('TRACKED', NOWHERE)).rejects.toThrow(`commit ${NOWHERE} is not in repository ${url}`);
    await expect(stack.trigger('PROPOSED', 'not-a-hash')).rejects.toThrow(/not-a-hash/);
    expect(await stack.query('runs { id } proposedRuns { id }')).toEqual({ runs: [], proposedRuns: [] });
  });

  it('a commit that was pruned after the server knew it: the run fails where it is fetched, and names commit and repository', async () => {
    const { stack, repository, url, first } = await mirrored('pruned');
    expect((await stack.run('TRACKED', first)).state).toBe('FINISHED');
    await repository.deleteBranch('main');
    const second = await repository.commit({ 'main.tf': `# anew\n${MAIN}` });
    await prune(repository);

    const failed = await stack.run('TRACKED', first);

    const named = new RegExp(`cannot fetch commit ${first} of ${url}|commit ${first} is not in repository ${url}`);
    expect(failed).toMatchObject({ state: 'FAILED', note: expect.stringMatching(named) });
    expect(failed.lines.at(-1)).toContain(failed.note);
    expect((await stack.run('TRACKED', second)).state).toBe('FINISHED');
  });

  it('a retry of a run whose repository went away fails like a new one', async () => {
    const stack = await platform.stack('retried', { 'main.tf': 'nonsense' });
    const failed = await stack.run();
    await rm(fileURLToPath(stack.repository.localUrl), { recursive: true });

    const { runRetry } = await platform.api.query<{ runRetry: { id: string } }>('mutation ($stack: ID!, $run: ID!) { runRetry(stack: $stack, run: $run) { id } }', { stack: stack.id, run: failed.id });

    expect(await stack.follow(runRetry.id)).toMatchObject({ state: 'FAILED', note: expect.stringContaining(stack.repository.url) });
  });

  it('a host that never answers: the run that fetches from it can be stopped, and others go on', async () => {
    const { stack } = await mirrored('silent');
    expect((await stack.run()).state).toBe('FINISHED');
    silent = true;

    const runId = await stack.trigger();
    await stack.reaches(runId, 'PREPARING');
    await stack.act('runStop', runId, 'the host is down');

    expect(await stack.follow(runId)).toMatchObject({ state: 'STOPPED', note: 'the host is down' });
    silent = false;
    expect((await stack.run()).state).toBe('FINISHED');
  });

  it('a host that is away: a run fails with the reason, and so does a question that needs it', async () => {
    const { stack, url } = await mirrored('away');
    expect((await stack.run()).state).toBe('FINISHED');
    await host.close();

    const reason = new RegExp(`(cannot fetch commit \\w+ of|repository) ${url}.*: .*(connect|refused)`, 'i');
    expect(await stack.run()).toMatchObject({ state: 'FAILED', note: expect.stringMatching(reason) });
    await expect(sync(stack)).rejects.toThrow(`repository ${url} cannot be reached`);
    host = await gitServer();
  });
});
