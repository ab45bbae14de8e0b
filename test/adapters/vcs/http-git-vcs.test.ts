import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expect } from 'expect';
import { readProxy } from '../../../lib/adapters/http/proxy.ts';
import { credentialsFile, credentialsSecret } from '../../../lib/adapters/vcs/git-credentials.ts';
import { httpGitVcs, type HttpGitVcsOptions } from '../../../lib/adapters/vcs/http-git-vcs.ts';
import type { RepositoryRef, Vcs } from '../../../lib/core/ports/vcs.ts';
import { connectProxy, type ConnectProxy } from '../../support/connect-proxy.ts';
import { gitServer, testRepository, type GitServer, type TestRepository } from '../../support/git.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { serverCertificate } from '../../support/server-certificate.ts';

const SECRET = { username: 'robot@example.com', password: 'p w%41' };
const at = (url: string): RepositoryRef => ({ provider: 'GIT', url });

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
let folder: string;
let repository: TestRepository;
let first: string;
let server: GitServer;
let ref: RepositoryRef;

before(async () => {
  scratch = await scratchFolder('http-git-vcs');
});
after(() => scratch.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(scratch.path, 'objects-'));
  repository = await testRepository();
  first = await repository.commit({ 'network/main.tf': 'one\n', 'readme.md': 'hello\n' }, { message: 'Add the network' });
  server = await gitServer();
  ref = at(server.url(repository));
});
afterEach(async () => {
  await server.close();
  await repository.remove();
});

const vcsWith = (options: Partial<HttpGitVcsOptions> = {}): Vcs => httpGitVcs({ folder, allowLocal: true, timeoutMs: 20_000, ...options });

async function serve(options: Parameters<typeof gitServer>[0]): Promise<void> {
  await server.close();
  server = await gitServer(options);
  ref = at(server.url(repository));
}

async function credentialsFor(url: string): Promise<string> {
  const file = join(folder, 'credentials.json');
  await writeFile(file, JSON.stringify({ [url]: SECRET }), { mode: 0o600 });
  return file;
}

const packs = async (): Promise<readonly string[]> => (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.pack')).map((name) => join(folder, name));

describe('the objects that are fetched without git', () => {
  it('are what git itself finds in the packs, by its own index', async () => {
    const text = (change: number) => Array.from({ length: 400 }, (_, line) => `line ${line === change ? 'changed' : line} of a long file`).join('\n');
    for (let change = 0; change < 12; change++) await repository.commit({ 'long.txt': text(change), [`folder/${change}.tf`]: `${change}` });
    await repository.git('repack', '-a', '-d', '--depth=50', '--window=50');
    const head = await repository.head();
    await repository.git('config', 'uploadpack.allowFilter', 'false');
    const vcs = vcsWith();

    expect(await vcs.isAncestor(ref, first, head)).toBe(true);
    expect(await vcs.file(ref, head, 'long.txt', 100_000)).toBe(text(11));

    const listed = (await packs()).map((pack) => execFileSync('git', ['verify-pack', '-v', pack], { encoding: 'utf8' }));
    const deltas = listed.join('\n').match(/^[0-9a-f]{40} \w+ +\d+ \d+ \d+ \d+ [0-9a-f]{40}$/gm) ?? [];
    expect(deltas.length).toBeGreaterThan(5);
  });

  it('hold no file contents but those that were asked for', async () => {
    const vcs = vcsWith();
    const blobs = async () => (await packs()).flatMap((pack) => execFileSync('git', ['verify-pack', '-v', pack], { encoding: 'utf8' }).match(/ blob /g) ?? []).length;
    await vcs.fetch(ref, ['main']);
    const before = await blobs();

    await vcs.file(ref, first, 'network/main.tf', 1000);

    expect([before, await blobs()]).toEqual([0, 1]);
  });

  it('come from a server that sends whole commits only', async () => {
    await repository.git('config', 'uploadpack.allowFilter', 'false');
    const vcs = vcsWith();

    expect(await vcs.file(ref, first, 'network/main.tf', 1000)).toBe('one\n');
    const second = await repository.commit({ 'network/main.tf': 'two\n' });
    expect(await vcs.changedFiles(ref, { before: first, after: second })).toEqual(['network/main.tf']);
  });

  it('reach as far back as a question needs, and no further', async () => {
    const side = await repository.commit({ 'side.tf': '1' }, { branch: 'side', from: first });
    for (let index = 0; index < 70; index++) await repository.commit({ 'main.tf': `later ${index}` });
    const main = await repository.head();
    const vcs = vcsWith();

    expect(await vcs.changedFiles(ref, { after: side, base: main })).toEqual(['side.tf']);
    expect(await vcs.isAncestor(ref, first, main)).toBe(true);
    expect(await vcs.isAncestor(ref, side, main)).toBe(false);
  });

  it('are found again by the next process', async () => {
    await vcsWith().fetch(ref, ['main']);
    const asked = server.requests.length;

    expect((await vcsWith().commit(ref, { hash: first })).message).toBe('Add the network');
    expect(server.requests.length).toBe(asked);
  });

  it('are fetched anew when a pack is cut short', async () => {
    await vcsWith().fetch(ref, ['main']);
    for (const pack of await packs()) await truncate(pack, 20);

    expect((await vcsWith().commit(ref, { hash: first })).message).toBe('Add the network');
  });

  it('make room for others: those used least recently go first', async () => {
    const others = await Promise.all(['one', 'two', 'three'].map((name) => testRepository({ name })));
    try {
      const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
      const noise = (seed: number) => Array.from({ length: 3000 }, (_, index) => Math.sin(seed * 10_000 + index).toString(36)).join('\n');
      const sizes: number[] = [];
      const vcs = vcsWith({ maxFolderBytes: 60_000 });
      for (const [seed, other] of others.entries()) {
        const hash = await other.commit({ 'noise.txt': noise(seed) });
        await vcs.file(at(server.url(other)), hash, 'noise.txt', 1_000_000);
        for (const name of await readdir(folder)) if (name.startsWith(`${['one', 'two', 'three'][seed] ?? ''}-`)) await utimes(join(folder, name), minutesAgo(9), minutesAgo(9 - seed));
        sizes.push((await Promise.all((await packs()).map(async (pack) => (await stat(pack)).size))).reduce((sum, size) => sum + size, 0));
      }

      expect(sizes.map((size) => size < 60_000)).toEqual([true, true, true]);
      expect((await readdir(folder)).map((name) => name.split('-')[0]).sort()).toEqual(['three', 'two']);
    } finally {
      await Promise.all(others.map((other) => other.remove()));
    }
  });
});

describe('a repository that cannot be read without git', () => {
  it('that is too large says so', async () => {
    const noise = Array.from({ length: 5000 }, (_, index) => Math.sin(index).toString(36)).join('\n');
    const hash = await repository.commit({ 'noise.txt': noise });

    await expect(vcsWith({ maxAnswerBytes: 20_000 }).file(ref, hash, 'noise.txt', 1_000_000)).rejects.toMatchObject({
      code: 'INVALID',
      message: `repository ${ref.url} is too large to be read here: an answer of it passes 19 KiB`,
    });
    await expect(vcsWith({ maxRepositoryBytes: 20_000 }).file(ref, hash, 'noise.txt', 1_000_000)).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining('too large'),
    });
  });

  it('that does not exist is NOT_FOUND', async () => {
    const gone = `${ref.url}-gone`;
    await expect(vcsWith().heads(at(gone))).rejects.toMatchObject({ code: 'NOT_FOUND', message: `repository ${gone} does not exist, or is not a git repository` });
  });

  it('that names its objects by SHA-256 says so, for either version of the protocol', async () => {
    const parent = await mkdtemp(join(folder, 'sha256-'));
    const bare = join(parent, 'new.git');
    const settings = { encoding: 'utf8', env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' } } as const;
    const git = (...args: readonly string[]) => execFileSync('git', ['--git-dir', bare, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], settings).trim();
    git('init', '--quiet', '--bare', '--object-format=sha256', bare);
    git('update-ref', 'refs/heads/main', git('commit-tree', git('hash-object', '-t', 'tree', '-w', '/dev/null'), '-m', 'x'));
    const url = server.url({ folder: bare });
    const refusal = { code: 'INVALID', message: `repository ${url} names its objects by SHA-256, which cannot be read here: use one with SHA-1` };

    await expect(vcsWith().heads(at(url))).rejects.toMatchObject(refusal);
    await expect(vcsWith().commit(at(url), { branch: 'main' })).rejects.toMatchObject(refusal);

    await serve({ answer: (request) => (delete request.headers['git-protocol'], false) });
    const old = server.url({ folder: bare });
    await expect(vcsWith().heads(at(old))).rejects.toMatchObject({ ...refusal, message: refusal.message.replace(url, old) });
  });

  it('that is a web page is NOT_FOUND', async () => {
    await serve({ answer: (_request, response) => (response.writeHead(200, { 'content-type': 'text/html' }).end('<html>hello</html>'), true) });
    await expect(vcsWith().heads(ref)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('whose host is down is UNAVAILABLE', async () => {
    await expect(vcsWith().heads(at('http://127.0.0.1:1/infra.git'))).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('cannot be reached') });
  });

  it('whose host answers 500 is UNAVAILABLE', async () => {
    await serve({ answer: (_request, response) => (response.writeHead(500).end(), true) });
    await expect(vcsWith().heads(ref)).rejects.toMatchObject({ code: 'UNAVAILABLE', message: `repository ${ref.url} cannot be reached: the host answered 500` });
  });

  it('whose host never answers is UNAVAILABLE in time, and so is one that stops in the middle', async () => {
    for (const start of [undefined, '001e# service=git-upload-pack\n']) {
      const silent = createServer((_request, response) => void (start !== undefined && response.writeHead(200).write(start)));
      silent.listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/infra.git`;
      try {
        await expect(vcsWith({ timeoutMs: 300 }).heads(at(url))).rejects.toMatchObject({ code: 'UNAVAILABLE', message: `repository ${url} did not answer within 0.3 seconds` });
      } finally {
        silent.closeAllConnections();
        silent.close();
      }
    }
  });

  it('whose answer is damaged on the way is UNAVAILABLE', async () => {
    const pack = Buffer.concat([Buffer.from('PACK\0\0\0\x02\0\0\0\x01'), Buffer.alloc(40, 7)]);
    await serve({
      answer: (request, response) => {
        if (request.method !== 'POST') return false;
        response.writeHead(200).end(Buffer.concat([Buffer.from((pack.length + 5).toString(16).padStart(4, '0')), Buffer.from([1]), pack]));
        return true;
      },
    });
    await expect(vcsWith().commit(ref, { hash: first })).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('the checksum is wrong') });
  });

  for (const [url, why] of [
    ['ssh://git@example.com/x.git', 'is not an https:// URL'],
    ['file:///srv/git/infra.git', 'lies on one machine'],
    ['https://someone:secret@example.com/x.git', 'put them in the git credentials file'],
  ] as const) {
    it(`is refused at once: ${url}`, async () => {
      await expect(vcsWith().heads(at(url))).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining(why) });
    });
  }

  it('lies behind plain http while the server is reachable from elsewhere', async () => {
    await expect(vcsWith({ allowLocal: false }).heads(ref)).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining('use https://') });
  });
});

describe('https', () => {
  beforeEach(async () => serve({ tls: await serverCertificate('127.0.0.1') }));

  it('is refused with a certificate that nobody vouches for', async () => {
    await expect(vcsWith().heads(ref)).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('certificate') });
  });

  it('is read with a certificate that the installation trusts', async () => {
    const tls = await serverCertificate('127.0.0.1');
    await serve({ tls });

    expect((await vcsWith({ ca: tls.cert }).heads(ref)).get('main')).toBe(first);
  });

  it('is read with a certificate of NODE_EXTRA_CA_CERTS', async () => {
    const tls = await serverCertificate('127.0.0.1');
    await serve({ tls });
    const file = join(folder, 'ca.pem');
    await writeFile(file, tls.cert);
    const program = `import { httpGitVcs } from ${JSON.stringify(fileURLToPath(new URL('../../../lib/adapters/vcs/http-git-vcs.ts', import.meta.url)))};
      const vcs = httpGitVcs({ folder: ${JSON.stringify(join(folder, 'other'))}, allowLocal: false });
      process.stdout.write((await vcs.commit({ provider: 'GIT', url: ${JSON.stringify(ref.url)} }, { branch: 'main' })).hash);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { env: { ...process.env, NODE_EXTRA_CA_CERTS: file }, stdio: ['ignore', 'pipe', 'inherit'] });
    const parts: Buffer[] = [];
    for await (const part of child.stdout as AsyncIterable<Buffer>) parts.push(part);

    expect(Buffer.concat(parts).toString()).toBe(first);
  });
});

describe('what the host is told without git', () => {
  it('is nothing where no credentials are meant for it, and the message says what to do', async () => {
    await serve({ credentials: SECRET });
    await expect(vcsWith({ withoutCredentials: 'ask someone else' }).heads(ref)).rejects.toMatchObject({ code: 'INVALID', message: `repository ${ref.url} asks for credentials: ask someone else` });
    const file = await credentialsFor('https://elsewhere.example.com');
    await expect(vcsWith({ credentials: credentialsFile(file) }).heads(ref)).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining(`no entry of ${file} matches`) });
    expect(server.requests.filter(({ authorized }) => authorized)).toEqual([]);
  });

  it('that refuses the credentials names the file, not the secret', async () => {
    await serve({ credentials: { ...SECRET, password: 'other' } });
    const file = await credentialsFor(ref.url);

    const refused = (await vcsWith({ credentials: credentialsFile(file) }).heads(ref).catch((error: unknown) => error)) as Error;

    expect(refused).toMatchObject({ code: 'INVALID', message: `repository ${ref.url} refused the credentials of ${file}: correct the entry for it` });
    expect(JSON.stringify(refused) + String(refused.stack)).not.toContain(SECRET.password);
  });

  it('are not the credentials of another host where a redirect leads', async () => {
    const told: (string | undefined)[] = [];
    const thief = createServer((request, response) => {
      told.push(request.headers.authorization);
      response.writeHead(401).end();
    });
    thief.listen(0, '127.0.0.1');
    await once(thief, 'listening');
    const { port } = thief.address() as AddressInfo;
    await serve({ answer: (request, response) => (response.writeHead(302, { location: `http://localhost:${port}${request.url ?? ''}` }).end(), true) });
    try {
      await expect(vcsWith({ credentials: credentialsFile(await credentialsFor(ref.url)) }).heads(ref)).rejects.toMatchObject({ code: 'INVALID' });
      expect(told).toEqual([undefined]);
      expect(server.requests.map(({ authorized }) => authorized)).toEqual([true]);
    } finally {
      thief.closeAllConnections();
      thief.close();
    }
  });

  it('follows a repository that has moved', async () => {
    const moved = await gitServer({ answer: (request, response) => (response.writeHead(301, { location: new URL(request.url ?? '', ref.url).href }).end(), true) });
    try {
      expect((await vcsWith().commit(at(moved.url(repository)), { branch: 'main' })).hash).toBe(first);
      expect(moved.requests.map(({ method }) => method)).toEqual(['GET']);
    } finally {
      await moved.close();
    }
  });

  it('goes through the proxy that the environment names', async () => {
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(407).end();
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const { port } = proxy.address() as AddressInfo;
    try {
      const vcs = vcsWith({ proxy: readProxy({ HTTP_PROXY: `http://127.0.0.1:${port}` }) });
      await expect(vcs.heads(at('http://git.example.com/infra.git'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(asked).toEqual(['http://git.example.com/infra.git/info/refs?service=git-upload-pack']);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });

  describe('through a proxy that https is tunnelled by', () => {
    let proxy: ConnectProxy;
    let tls: Awaited<ReturnType<typeof serverCertificate>>;
    beforeEach(async () => {
      proxy = await connectProxy();
      tls = await serverCertificate('127.0.0.1');
      await serve({ tls, credentials: SECRET });
    });
    afterEach(() => proxy.close());
    const through = (url: string, options: Partial<HttpGitVcsOptions> = {}) =>
      vcsWith({ ca: tls.cert, proxy: readProxy({ HTTPS_PROXY: url }), credentials: credentialsSecret('s', async () => JSON.stringify({ [ref.url]: SECRET })), ...options });

    it('it is what the host itself would be told, and the proxy learns the host alone', async () => {
      expect(await through(proxy.url).file(ref, first, 'network/main.tf', 100)).toBe('one\n');

      expect(new Set(proxy.asked)).toEqual(new Set([new URL(ref.url).host]));
    });

    it('a host that needs no proxy is reached without it', async () => {
      await through(proxy.url, { proxy: readProxy({ HTTPS_PROXY: proxy.url, NO_PROXY: 'localhost,127.0.0.1' }) }).heads(ref);

      expect(proxy.asked).toEqual([]);
    });

    it('a proxy that refuses, or is not there, is said to be the cause', async () => {
      proxy.refuse(407);
      await expect(through(proxy.url).heads(ref)).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringMatching(/cannot be reached: .*407/) });

      await proxy.close();
      await expect(through(proxy.url).heads(ref)).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringMatching(/cannot be reached: .*(ECONNREFUSED|refused)/i) });
    });
  });

  it('are the credentials of a secret, as they are by now', async () => {
    await serve({ credentials: SECRET });
    let kept: string | undefined;
    const vcs = vcsWith({ credentials: credentialsSecret('platform/git', async () => kept) });
    const none = { code: 'INVALID', message: `repository ${ref.url} asks for credentials, and no entry of the secret platform/git matches: add a URL prefix of it` };
    await expect(vcs.heads(ref)).rejects.toMatchObject(none);
    kept = '{}';
    await expect(vcs.heads(ref)).rejects.toMatchObject(none);

    kept = JSON.stringify({ [new URL(ref.url).origin]: SECRET });
    expect((await vcs.heads(ref)).get('main')).toBe(first);
    expect(await vcs.credentials(ref)).toEqual(SECRET);

    kept = JSON.stringify({ [ref.url]: { ...SECRET, password: 'changed-meanwhile' } });
    const refused = (await vcs.heads(ref).catch((error: unknown) => error)) as Error;
    expect(refused).toMatchObject({ code: 'INVALID', message: `repository ${ref.url} refused the credentials of the secret platform/git: correct the entry for it` });
    expect(JSON.stringify(refused) + String(refused.stack)).not.toContain('changed-meanwhile');
  });

  for (const [what, kept] of [
    ['no JSON', '{"https://x": {"username": "a", "password": "top-secret"'],
    ['a list', '["top-secret"]'],
    ['an entry without a password', '{"https://x": {"username": "top-secret"}}'],
    ['a name that is no URL', '{"top-secret": {"username": "a", "password": "top-secret"}}'],
  ] as const) {
    it(`is nothing where the secret holds ${what}, and the message does not quote it`, async () => {
      const refused = (await vcsWith({ credentials: credentialsSecret('platform/git', async () => kept) }).heads(ref).catch((error: unknown) => error)) as Error;

      expect(refused).toMatchObject({ code: 'INVALID', message: expect.stringMatching(/^the secret platform\/git .*: it holds one JSON object, /) });
      expect(JSON.stringify(refused) + String(refused.stack)).not.toContain('top-secret');
    });
  }

  it('is kept in no file', async () => {
    await serve({ credentials: SECRET });
    await vcsWith({ credentials: credentialsFile(await credentialsFor(ref.url)) }).fetch(ref, ['main']);

    for (const name of await readdir(folder, { recursive: true })) {
      if (name === 'credentials.json') continue;
      const content = await readFile(join(folder, name), 'latin1').catch(() => '');
      expect([name, content.includes(SECRET.password)]).toEqual([name, false]);
    }
  });
});
