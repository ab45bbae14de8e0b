import { chmod, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { credentialsFile } from '../../../lib/adapters/vcs/git-credentials.ts';
import { gitVcs, type GitVcsOptions } from '../../../lib/adapters/vcs/git-vcs.ts';
import { httpGitVcs } from '../../../lib/adapters/vcs/http-git-vcs.ts';
import type { RepositoryRef, Vcs } from '../../../lib/core/ports/vcs.ts';
import { gitServer, testRepository, type GitServer, type TestRepository } from '../../support/git.ts';
import { scratchFolder } from '../../support/scratch.ts';

const GONE = '1'.repeat(40);
const SECRET = { username: 'robot@example.com', password: "p w'$(touch hacked)%41" };

const at = (url: string): RepositoryRef => ({ provider: 'GIT', url });

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
let folder: string;
let repository: TestRepository;
let first: string;
const logged: string[] = [];

before(async () => {
  scratch = await scratchFolder('git-vcs');
});
after(() => scratch.remove());

async function fresh(options: { readonly allowFilter?: boolean } = {}): Promise<void> {
  folder = await mkdtemp(join(scratch.path, 'mirrors-'));
  repository = await testRepository(options);
  first = await repository.commit(
    { 'network/main.tf': 'one\n', 'docs/read me.md': 'hello\n', 'ü.txt': 'ü' },
    { message: 'Add the network\n\nWith a body.' },
  );
}
type Adapter = (options: GitVcsOptions & { readonly timeoutMs: number }) => Vcs;
const vcsWith = (options: Partial<GitVcsOptions> = {}, adapter: Adapter = gitVcs): Vcs =>
  adapter({ folder, allowLocal: true, telemetry: { log: (_level, message) => void logged.push(message) }, timeoutMs: 20_000, ...options });

const oldProtocol = (request: IncomingMessage): boolean => {
  delete request.headers['git-protocol'];
  return false;
};

const kinds: readonly { readonly name: string; readonly serve: Parameters<typeof gitServer>[0] | undefined; readonly adapter: Adapter }[] = [
  { name: 'a file:// repository', serve: undefined, adapter: gitVcs },
  { name: 'an http repository', serve: {}, adapter: gitVcs },
  { name: 'a private http repository', serve: { credentials: SECRET }, adapter: gitVcs },
  { name: 'an http repository without git', serve: {}, adapter: httpGitVcs },
  { name: 'a private http repository without git', serve: { credentials: SECRET }, adapter: httpGitVcs },
  { name: 'an http repository of an old server without git', serve: { answer: oldProtocol }, adapter: httpGitVcs },
];

for (const kind of kinds) {
  describe(`reading ${kind.name}`, () => {
    let server: GitServer | undefined;
    let ref: RepositoryRef;
    let vcs: Vcs;

    before(async () => {
      await fresh();
      server = kind.serve === undefined ? undefined : await gitServer(kind.serve);
      ref = at(server?.url(repository) ?? repository.url);
      const file = join(folder, 'credentials.json');
      await writeFile(file, JSON.stringify({ [new URL('/', ref.url).href]: SECRET }), { mode: 0o600 });
      vcs = vcsWith(ref.url.startsWith('file:') ? {} : { credentials: credentialsFile(file) }, kind.adapter);
    });
    after(async () => {
      await server?.close();
      await repository.remove();
    });

    it('names the head of every branch', async () => {
      const side = await repository.commit({ 'a.tf': 'a' }, { branch: 'feature/a b'.replace(' ', '-'), from: 'main' });

      expect(Object.fromEntries(await vcs.heads(ref))).toEqual({ main: first, 'feature/a-b': side });
    });

    it('does not name a branch that could be read as an option', async () => {
      await repository.git('update-ref', 'refs/heads/--upload-pack=x', first);

      expect([...(await vcs.heads(ref)).keys()]).not.toContain('--upload-pack=x');
    });

    it('tells what a commit is, by hash, by the beginning of its hash, or as the head of a branch', async () => {
      await vcs.fetch(ref, ['main']);

      const commit = await vcs.commit(ref, { hash: first });

      expect(commit).toEqual({
        hash: first,
        message: 'Add the network\n\nWith a body.',
        authorName: 'Ada Lovelace',
        authorLogin: null,
        timestamp: 1_700_000_060,
        url: ref.url,
      });
      expect(await vcs.commit(ref, { hash: first.slice(0, 8) })).toEqual(commit);
      expect(await vcs.commit(ref, { branch: 'main' })).toEqual(commit);
    });

    it('lists changed files between two commits, both names of a renamed one, and names that need quoting', async () => {
      const second = await repository.commit({ 'network/main.tf': 'two\n', 'docs/read me.md': null, 'docs/moved "here".md': 'hello\n' });
      await vcs.fetch(ref, ['main']);

      expect(await vcs.changedFiles(ref, { before: first, after: second })).toEqual(['docs/moved "here".md', 'docs/read me.md', 'network/main.tf']);
      expect(await vcs.changedFiles(ref, { before: second, after: second })).toEqual([]);
    });

    it('compares a new branch with where it left the base, and one without history with nothing', async () => {
      const branch = await repository.commit({ 'side.tf': '1' }, { branch: 'side', from: first });
      const orphan = await repository.commit({ 'alone.tf': '1' }, { branch: 'orphan' });
      const main = await repository.commit({ 'later.tf': '1' });
      await vcs.fetch(ref, ['side', 'orphan', 'main']);

      expect(await vcs.changedFiles(ref, { after: branch, base: main })).toEqual(['side.tf']);
      expect(await vcs.changedFiles(ref, { after: orphan, base: main })).toEqual(['alone.tf']);
      expect(await vcs.changedFiles(ref, { after: first })).toEqual(['docs/read me.md', 'network/main.tf', 'ü.txt']);
    });

    it('names the earlier head when that is gone after a forced push', async () => {
      await expect(vcs.changedFiles(ref, { before: GONE, after: first })).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: `commit ${GONE} is not in repository ${ref.url}`,
      });
    });

    it('reads a file at a commit; one that is missing, or a folder, is undefined', async () => {
      const hash = await repository.commit({ '.spacelift/config.yml': 'version: "2"\n' });

      expect(await vcs.file(ref, hash, '.spacelift/config.yml', 1000)).toBe('version: "2"\n');
      expect(await vcs.file(ref, hash, '.spacelift', 1000)).toBeUndefined();
      expect(await vcs.file(ref, first, '.spacelift/config.yml', 1000)).toBeUndefined();
    });

    it('refuses a file beyond the limit with its size', async () => {
      const hash = await repository.commit({ 'big.txt': 'x'.repeat(5000) });

      await expect(vcs.file(ref, hash, 'big.txt', 4999)).rejects.toMatchObject({
        code: 'INVALID',
        message: `big.txt at ${hash.slice(0, 8)} is 5000 bytes long: the limit is 4999`,
      });
    });

    it('knows which commit comes before which', async () => {
      const later = await repository.commit({ 'z.tf': 'z' });

      expect(await vcs.isAncestor(ref, first, later)).toBe(true);
      expect(await vcs.isAncestor(ref, later, first)).toBe(false);
    });

    it('names a branch that is gone, a commit that is gone, and a thing that is no commit', async () => {
      await expect(vcs.commit(ref, { branch: 'gone' })).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: `branch gone is not in repository ${ref.url}`,
      });
      await expect(vcs.commit(ref, { hash: GONE })).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: `commit ${GONE} is not in repository ${ref.url}`,
      });
      const tree = (await repository.git('rev-parse', `${first}^{tree}`)).trim();
      await expect(vcs.commit(ref, { hash: tree })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('serves many at once', async () => {
      const hashes = await Promise.all(
        ['p', 'q', 'r', 's'].map((name) => repository.commit({ [`${name}.tf`]: name }, { branch: `many-${name}`, from: first })),
      );

      const read = await Promise.all(
        hashes.flatMap((hash) => [vcs.commit(ref, { hash }), vcs.fetch(ref), vcs.changedFiles(ref, { before: first, after: hash })]),
      );

      expect(read.filter((result) => Array.isArray(result))).toEqual([['p.tf'], ['q.tf'], ['r.tf'], ['s.tf']]);
    });

    it('makes a damaged mirror anew', async () => {
      const hash = await repository.commit({ 'heal.tf': 'h' });
      await vcs.fetch(ref, ['main']);
      const [mirror = ''] = (await readdir(folder)).filter((name) => name.startsWith('infra-'));
      await rm(join(folder, mirror, 'objects'), { recursive: true });
      await writeFile(join(folder, mirror, 'HEAD'), 'rubbish');

      expect(await vcs.changedFiles(ref, { before: first, after: hash })).toContain('heal.tf');
    });
  });
}

describe('a mirror', () => {
  let server: GitServer;
  let ref: RepositoryRef;

  before(async () => {
    server = await gitServer();
  });
  after(() => server.close());
  afterEach(() => repository.remove());

  const mirrorFolder = async () => join(folder, (await readdir(folder)).find((name) => name.startsWith('infra-')) ?? '');

  it('holds no file contents but those that were asked for', async () => {
    await fresh();
    ref = at(server.url(repository));
    const vcs = vcsWith();
    await vcs.fetch(ref, ['main']);
    const blob = (await repository.git('rev-parse', `${first}:network/main.tf`)).trim();
    const holds = async () =>
      (await repository.git(`--git-dir=${await mirrorFolder()}`, 'cat-file', '--batch-all-objects', '--batch-check')).includes(blob);

    const before = await holds();
    await vcs.file(ref, first, 'network/main.tf', 1000);

    expect([before, await holds()]).toEqual([false, true]);
  });

  it('works with a server that sends whole repositories only', async () => {
    await fresh({ allowFilter: false });
    ref = at(server.url(repository));
    const vcs = vcsWith();

    expect(await vcs.file(ref, first, 'network/main.tf', 1000)).toBe('one\n');
    expect((await vcs.commit(ref, { hash: first })).hash).toBe(first);
  });

  it('takes branches whose names follow each other where files could not', async () => {
    await fresh();
    ref = at(server.url(repository));
    const vcs = vcsWith();
    await repository.commit({ a: '1' }, { branch: 'topic' });
    await vcs.fetch(ref, ['topic']);
    await repository.deleteBranch('topic');
    const hash = await repository.commit({ a: '2' }, { branch: 'topic/one' });

    await vcs.fetch(ref, ['topic/one']);

    expect((await vcs.commit(ref, { branch: 'topic/one' })).hash).toBe(hash);
  });

  it('is found again by the next process', async () => {
    await fresh();
    ref = at(server.url(repository));
    await vcsWith().fetch(ref, ['main']);
    const asked = server.requests.length;

    expect((await vcsWith().commit(ref, { hash: first })).hash).toBe(first);
    expect(server.requests.length).toBe(asked);
  });

  it('is made anew when a pack in it is cut short', async () => {
    await fresh();
    ref = at(server.url(repository));
    const vcs = vcsWith();
    await vcs.fetch(ref, ['main']);
    const mirror = await mirrorFolder();
    for (const name of await readdir(join(mirror, 'objects'), { recursive: true })) {
      if (/\.(pack|idx)$|^[0-9a-f]{2}\/[0-9a-f]{38}$/.test(name)) {
        await chmod(join(mirror, 'objects', name), 0o600);
        await truncate(join(mirror, 'objects', name), 10);
      }
    }

    expect((await vcs.commit(ref, { hash: first })).message).toContain('Add the network');
  });
});

describe('a repository that cannot be read', () => {
  before(() => fresh());
  after(() => repository.remove());

  it('that does not exist is NOT_FOUND, by file and by http', async () => {
    const server = await gitServer();
    try {
      const gone = `${server.url(repository)}-gone`;
      await expect(vcsWith().heads(at(gone))).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: `repository ${gone} does not exist, or is not a git repository`,
      });
      await expect(vcsWith().heads(at('file:///nowhere/infra.git'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(vcsWith().commit(at('file:///nowhere/infra.git'), { hash: first })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    } finally {
      await server.close();
    }
  });

  it('whose host is down is UNAVAILABLE', async () => {
    await expect(vcsWith().heads(at('http://127.0.0.1:1/infra.git'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('cannot be reached'),
    });
  });

  it('whose host answers 500 is UNAVAILABLE', async () => {
    const server = await gitServer({ answer: (_request, response) => (response.writeHead(500).end(), true) });
    try {
      await expect(vcsWith().heads(at(server.url(repository)))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    } finally {
      await server.close();
    }
  });

  it('whose host never answers is UNAVAILABLE in time, and no process stays behind', async () => {
    const server = createServer(() => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/infra.git`;
    try {
      await expect(vcsWith({ timeoutMs: 300 }).heads(at(url))).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: 'git did not answer within 0.3 seconds',
      });
      expect(await processesNaming(url)).toEqual([]);
    } finally {
      await stop(server);
    }
  });

  for (const [url, why] of [
    ['ssh://git@example.com/x.git', 'is not an https:// URL'],
    ['ext::sh -c touch% hacked', 'is not an https:// URL'],
    ['--upload-pack=touch hacked', 'is not an https:// URL'],
    ['/srv/git/infra.git', 'is not an https:// URL'],
    ['https://someone:secret@example.com/x.git', 'put them in the git credentials file'],
    ['file://otherhost/x.git', 'names a host'],
  ] as const) {
    it(`is refused before git hears of it: ${url}`, async () => {
      const refused = await vcsWith()
        .heads(at(url))
        .catch((error: unknown) => error);

      expect(refused).toMatchObject({ code: 'INVALID', message: expect.stringContaining(why) });
      expect(String((refused as Error).message)).not.toContain('secret@');
    });
  }

  it('lies on this machine or behind plain http while the server is reachable from elsewhere', async () => {
    for (const url of [repository.url, 'http://127.0.0.1:1/x.git']) {
      await expect(vcsWith({ allowLocal: false }).heads(at(url))).rejects.toMatchObject({
        code: 'INVALID',
        message: expect.stringContaining('only while the server listens on loopback'),
      });
    }
  });

  it('by the name of a branch or commit that would be read as an option', async () => {
    const vcs = vcsWith();
    await expect(vcs.fetch(at(repository.url), ['--upload-pack=x'])).rejects.toMatchObject({ code: 'INVALID' });
    await expect(vcs.commit(at(repository.url), { branch: '-x' })).rejects.toMatchObject({ code: 'INVALID' });
    await expect(vcs.commit(at(repository.url), { hash: '--help' })).rejects.toMatchObject({ code: 'INVALID' });
  });
});

describe('credentials', () => {
  let server: GitServer;
  let file: string;
  let ref: RepositoryRef;

  before(async () => {
    await fresh();
    server = await gitServer({ credentials: SECRET });
    ref = at(server.url(repository));
    file = join(folder, 'credentials.json');
  });
  after(async () => {
    await server.close();
    await repository.remove();
  });

  const write = (entries: unknown, mode = 0o600) =>
    writeFile(file, typeof entries === 'string' ? entries : JSON.stringify(entries), { mode }).then(() => chmod(file, mode));

  it('are those of the longest prefix that ends where a path segment does', async () => {
    const other = { username: 'other', password: 'other' };
    const origin = new URL(ref.url).origin;
    await write({ [origin]: other, [`${origin}/infra`]: other, [ref.url]: SECRET, [`${ref.url}/deeper`]: other });

    expect(await vcsWith({ credentials: credentialsFile(file) }).credentials(ref)).toEqual(SECRET);
    expect((await vcsWith({ credentials: credentialsFile(file) }).heads(ref)).get('main')).toBe(first);
  });

  it('are not told to a host whose name only begins alike, nor to another port', async () => {
    await write({ 'https://git.example.com': SECRET, 'https://git.example.com/team': SECRET });
    const vcs = vcsWith({ credentials: credentialsFile(file) });

    for (const url of ['https://git.example.com.evil.org/x.git', 'https://git.example.com:8443/x.git', 'http://git.example.com/x.git'])
      expect(await vcs.credentials(at(url))).toBeUndefined();
    expect(await vcs.credentials(at('https://GIT.example.com/teammates/x.git'))).toEqual(SECRET);
  });

  it('that the host refuses name the file, not the secret', async () => {
    await write({ [ref.url]: { username: 'robot', password: 'wrong-secret' } });

    const refused = await vcsWith({ credentials: credentialsFile(file) })
      .heads(ref)
      .catch((error: unknown) => error as Error);

    expect(refused).toMatchObject({ code: 'INVALID', message: `repository ${ref.url} refused the credentials of ${file}: correct the entry for it` });
    expect(JSON.stringify(refused) + String((refused as Error).stack)).not.toContain('wrong-secret');
  });

  it('that are missing name the file, or the setting when there is none', async () => {
    await write({ 'https://elsewhere.example.com': SECRET });

    await expect(vcsWith({ credentials: credentialsFile(file) }).heads(ref)).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining(`no entry of ${file} matches`),
    });
    await expect(vcsWith().heads(ref)).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining('GIT_CREDENTIALS_FILE') });
  });

  it('count from the next call on when the file changes', async () => {
    await write({});
    const vcs = vcsWith({ credentials: credentialsFile(file) });
    await expect(vcs.heads(ref)).rejects.toMatchObject({ code: 'INVALID' });

    await write({ [ref.url]: SECRET });

    expect((await vcs.heads(ref)).size).toBe(1);
  });

  it('in a file that others may read are not used', async () => {
    await write({ [ref.url]: SECRET }, 0o640);

    await expect(vcsWith({ credentials: credentialsFile(file) }).heads(ref)).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining(`chmod 600 ${file}`),
    });
  });

  for (const [what, content] of [
    ['no JSON', '{"https://x": {"username": "a", "password": "top-secret"'],
    ['a list', '["top-secret"]'],
    ['an entry without a password', '{"https://x": {"username": "top-secret"}}'],
    ['a name that is no URL', '{"example": {"username": "a", "password": "top-secret"}}'],
  ] as const) {
    it(`in a file with ${what} are not used, and the message does not quote it`, async () => {
      await write(content);

      const refused = await vcsWith({ credentials: credentialsFile(file) })
        .heads(ref)
        .catch((error: unknown) => error as Error);

      expect(refused).toMatchObject({ code: 'INVALID', message: expect.stringContaining(file) });
      expect((refused as Error).message).not.toContain('top-secret');
    });
  }

  it('are on no command line and in no file of the mirror', async () => {
    await write({ [ref.url]: SECRET });
    await vcsWith({ credentials: credentialsFile(file) }).fetch(ref);

    for (const name of await readdir(folder, { recursive: true })) {
      if (name === 'credentials.json') continue;
      const content = await readFile(join(folder, name), 'latin1').catch(() => '');
      expect([name, content.includes('touch hacked'), content.includes(SECRET.username)]).toEqual([name, false, false]);
    }
  });

  it('are not sent on to where a redirect leads', async () => {
    const stolen: (string | undefined)[] = [];
    const thief = createServer((request, response) => {
      stolen.push(request.headers.authorization);
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    });
    thief.listen(0, '127.0.0.1');
    await once(thief, 'listening');
    const { port } = thief.address() as AddressInfo;
    const redirecting = await gitServer({
      answer: (request, response) => {
        response.writeHead(302, { location: `http://localhost:${port}${request.url ?? ''}` }).end();
        return true;
      },
    });
    const url = redirecting.url(repository);
    await write({ [url]: SECRET });
    try {
      await expect(vcsWith({ credentials: credentialsFile(file) }).heads(at(url))).rejects.toMatchObject({ code: 'INVALID' });
      expect(stolen.length).toBeGreaterThan(0);
      expect(stolen.filter((header) => header !== undefined)).toEqual([]);
    } finally {
      await redirecting.close();
      await stop(thief);
    }
  });
});

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

/** Command lines of live processes that hold a text. */
async function processesNaming(text: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(text) && line.startsWith('git'));
}
