import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { looseObjects } from '../../../lib/adapters/vcs/loose-objects.ts';
import { testRepository, type TestRepository } from '../../support/git.ts';

describe('git objects read without git', () => {
  let repository: TestRepository;
  let objects: ReturnType<typeof looseObjects>;
  let first: string;

  before(async () => {
    repository = await testRepository();
    objects = looseObjects(join(repository.folder, 'objects'));
    first = await repository.commit({ 'a/one.tf': '1', 'a/two.tf': '2', thing: 'a file', 'ü "x".txt': 'ü', gone: 'x' }, { message: 'First\n\nWith a body.' });
  });
  after(() => repository.remove());

  it('list the same paths as git, folders that become files and files that become folders included', async () => {
    const second = await repository.commit({ 'a/one.tf': null, 'a/two.tf': null, a: 'now a file', thing: null, 'thing/inner/deep.tf': '3', gone: null, 'ü "x".txt': 'u' });

    const described = objects.describe(second, first);

    const told = (await repository.git('diff-tree', '-r', '-z', '--name-only', '--no-renames', first, second)).split('\0').filter((path) => path !== '');
    expect(described?.paths).toEqual(told);
    expect(described?.paths).toHaveLength(7);
  });

  it('tell what a commit is', async () => {
    const described = objects.describe(first, undefined);

    const [name, at, ...message] = (await repository.git('show', '-s', '--format=%an%n%ct%n%B', first)).split('\n');
    expect(described).toMatchObject({ commit: { authorName: name, committedAt: Number(at) }, paths: [] });
    expect(described?.commit.message.trim()).toBe(message.join('\n').trim());
  });

  it('give a file, say that there is none, and take a folder for none', async () => {
    expect(objects.file(first, 'a/two.tf')?.body?.toString()).toBe('2');
    expect(objects.file(first, 'a/three.tf')).toEqual({ body: undefined });
    expect(objects.file(first, 'a')).toEqual({ body: undefined });
    expect(objects.file(first, 'thing/below')).toEqual({ body: undefined });
  });

  it('are left to git when they are packed, missing, of another kind, or in another encoding', async () => {
    const tree = (await repository.git('rev-parse', `${first}^{tree}`)).trim();
    const recoded = (await repository.git('-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'i18n.commitEncoding=ISO-8859-1', 'commit-tree', '-m', 'x', tree)).trim();

    expect(objects.describe(recoded, undefined)).toBeUndefined();
    expect(objects.describe(tree, undefined)).toBeUndefined();
    expect(objects.describe('1'.repeat(40), undefined)).toBeUndefined();
    expect(objects.file(first, 'a/../thing')).toBeUndefined();

    await repository.git('update-ref', 'refs/heads/kept', first);
    await repository.git('gc', '--quiet', '--prune=now');
    expect(objects.describe(first, undefined)).toBeUndefined();
    expect(objects.file(first, 'thing')).toBeUndefined();
  });

  it('are left to git when they are damaged', async () => {
    const damaged = 'ab'.repeat(20);
    const folder = join(repository.folder, 'objects', 'ab');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, damaged.slice(2)), 'not zlib');

    expect(objects.describe(damaged, undefined)).toBeUndefined();
  });
});
