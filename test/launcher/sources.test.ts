import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { expect } from 'expect';
import { pack, type Header } from 'tar-stream';
import { fetchGitSource, type GitSource } from '../../lib/launcher/git-source.ts';
import { throughMapping } from '../../lib/launcher/source.ts';
import { gitServer, testRepository, type GitServer, type TestRepository } from '../support/git.ts';
import { launcherAgainstDouble, type TestLauncher } from '../support/launcher.ts';
import { scratchFolder } from '../support/scratch.ts';
import { needsTerraform } from '../support/requirements.ts';
import { serverCertificate } from '../support/server-certificate.ts';

describe('fetching a commit', () => {
  let repository: TestRepository;
  let server: GitServer;
  let commit: string;
  let scratch: Awaited<ReturnType<typeof scratchFolder>>;
  const spawned: string[] = [];
  before(async () => {
    repository = await testRepository();
    await repository.commit({ 'main.tf': 'old', 'other/x.tf': 'x' });
    commit = await repository.commit({ 'main.tf': 'wanted', 'net/a.tf': 'a', 'net/deep/b.tf': 'b' });
    await repository.commit({ 'main.tf': 'newer' });
    server = await gitServer({ credentials: { username: 'ada', password: 'se cret"$x' } });
  });
  after(async () => {
    await server.close();
    await repository.remove();
  });
  beforeEach(async () => {
    scratch = await scratchFolder('source');
    spawned.length = 0;
  });
  afterEach(() => scratch.remove());

  const fetch = async (changes: Partial<GitSource>, options: { readonly rootCas?: readonly string[] } = {}): Promise<string> => {
    const folder = join(scratch.path, 'source');
    await mkdir(folder);
    const source: GitSource = { kind: 'git', url: repository.url, username: null, password: null, commit, branch: 'main', submodules: false, sparsePaths: [], ...changes };
    await fetchGitSource(source, folder, { ...options, environment: { PATH: process.env.PATH, HOME: scratch.path }, helperFolder: join(scratch.path, 'private'), signal: new AbortController().signal, debug: (args) => spawned.push(args.join(' ')) });
    return folder;
  };

  it('comes over https from a host that only the operator’s own authority vouches for', async () => {
    const tls = await serverCertificate('127.0.0.1');
    const secured = await gitServer({ credentials: { username: 'ada', password: 'secret' }, tls });
    try {
      const login = { url: secured.url(repository), username: 'ada', password: 'secret' };
      await expect(fetch(login)).rejects.toThrow(/certificate/);
      await rm(join(scratch.path, 'source'), { recursive: true });
      expect(await readFile(join(await fetch(login, { rootCas: [tls.cert] }), 'main.tf'), 'utf8')).toBe('wanted');
    } finally {
      await secured.close();
    }
  });

  it('takes exactly that commit and no history, in two calls of git', async () => {
    const folder = await fetch({});
    expect(await readFile(join(folder, 'main.tf'), 'utf8')).toBe('wanted');
    expect((await readFile(join(folder, '.git', 'HEAD'), 'utf8')).trim()).toBe(commit);
    expect(spawned).toHaveLength(2);
    // Whole in itself, and without what came before it.
    const git = (...args: string[]) => promisify(execFile)('git', ['-C', folder, '-c', `safe.directory=${folder}`, ...args], { env: { PATH: process.env.PATH, HOME: scratch.path } }).then(({ stdout }) => stdout.trim());
    expect(await git('log', '--format=%H')).toBe(commit);
    expect(await git('fsck', '--full')).toBe('');
    expect(await git('status', '--porcelain')).toBe('');
  });

  it('takes a commit that lies in a pack the same way, also by an address without .git', async () => {
    const packed = await testRepository();
    const wanted = await packed.commit({ 'main.tf': 'packed' });
    await packed.git('gc', '--quiet');
    const folder = await fetch({ url: packed.url.replace(/\.git$/, ''), commit: wanted });
    expect(await readFile(join(folder, 'main.tf'), 'utf8')).toBe('packed');
    expect(spawned).toHaveLength(2);
    await packed.remove();
  });

  it('names a commit that a repository on this machine has not got', async () => {
    await expect(fetch({ commit: '1'.repeat(40), branch: null })).rejects.toThrow(/^cannot fetch commit 1{40} of file:\/\/.*: .*not our ref/);
  });

  it('logs in without credentials in arguments or in the repository', async () => {
    const url = server.url(repository);
    const folder = await fetch({ url, username: 'ada', password: 'se cret"$x' });
    expect(await readFile(join(folder, 'main.tf'), 'utf8')).toBe('wanted');
    expect(spawned.join('\n')).not.toContain('se cret');
    expect(await readFile(join(folder, '.git', 'config'), 'utf8')).not.toMatch(/se cret|ada/);
    expect(await readFile(join(scratch.path, 'private', 'git-askpass'), 'utf8')).not.toContain('se cret');
  });

  it('says that credentials are wrong, without asking a terminal', async () => {
    await expect(fetch({ url: server.url(repository), username: 'ada', password: 'wrong' })).rejects.toThrow(/cannot fetch commit .*: .*Authentication failed/);
  });

  it('checks out only the paths that are asked for', async () => {
    const folder = await fetch({ sparsePaths: ['net/', 'main.tf'] });
    expect((await readdir(folder)).sort()).toEqual(['.git', 'main.tf', 'net']);
    expect(await readFile(join(folder, 'net', 'deep', 'b.tf'), 'utf8')).toBe('b');
  });

  it('refuses what is no commit hash or no address', async () => {
    await expect(fetch({ commit: 'main' })).rejects.toThrow('"main" is not a full commit hash');
  });

  it('maps private addresses to what this worker knows', () => {
    expect(throughMapping('private://gitlab/group/repo.git', { gitlab: 'https://git.local' })).toBe('https://git.local/group/repo.git');
    expect(throughMapping('https://x/y', {})).toBe('https://x/y');
    expect(() => throughMapping('private://gitlab/x', {})).toThrow('no private VCS mapping for "gitlab"; set SPACELIFT_PRIVATEVCS_MAPPING_NAME_<n> and SPACELIFT_PRIVATEVCS_MAPPING_BASE_ENDPOINT_<n>');
  });
});

describe('a local preview', needsTerraform, () => {
  let launcher: TestLauncher;
  before(async () => {
    launcher = await launcherAgainstDouble();
  });
  after(() => launcher.close());

  async function archive(...entries: (Partial<Header> & { name: string; text?: string })[]): Promise<void> {
    const tar = pack();
    for (const { text, ...header } of entries) tar.entry(header, text ?? '');
    tar.finalize();
    const parts: Buffer[] = [];
    for await (const part of tar as AsyncIterable<Buffer>) parts.push(part);
    launcher.server.objects.set('upload', gzipSync(Buffer.concat(parts)));
  }
  async function preview() {
    const run = launcher.server.addRun({ type: 'PROPOSED', pkg: { source: { kind: 'upload', url: 'https://platform.example/objects/upload?sig=x' }, run: { localPreview: true } } });
    await launcher.server.released(run);
    return run;
  }

  it('plans what was uploaded', async () => {
    await archive({ name: 'main.tf', text: 'output "from" { value = "my desk" }\n' });
    const run = await preview();
    expect(run.states).toEqual(['PREPARING', 'INITIALIZING', 'PLANNING', 'FINISHED']);
    expect(launcher.server.log(run)).toContain('my desk');
    expect(run.configs).toEqual([]);
  });

  it('sends its configuration file to the server, and goes on with the package that comes back', async () => {
    await archive({ name: '.spacelift/config.yml', text: 'version: 1\n' }, { name: 'main.tf', text: '' });
    const run = await preview();
    expect(run.states.at(-1)).toBe('FINISHED');
    expect(run.configs).toEqual(['version: 1\n']);
  });

  it('is refused with links that lead out of it', async () => {
    await archive({ name: 'main.tf', text: '' }, { name: 'secrets', type: 'symlink', linkname: '/etc' });
    const run = await preview();
    expect(run.states).toEqual(['PREPARING', 'FAILED']);
    expect(run.releases[0]).toMatchObject({ outcome: 'failed', note: 'the archive holds the link "secrets" to "/etc", which lies outside of it' });
  });
});
