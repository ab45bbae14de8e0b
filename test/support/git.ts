// Real git repositories for tests, and a smart-http server in front of them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream';
import { pathToFileURL } from 'node:url';

const ENVIRONMENT = { PATH: process.env.PATH, LC_ALL: 'C', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', HOME: tmpdir() };

async function git(folder: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn('git', ['--git-dir', folder, ...args], { env: ENVIRONMENT, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${err}`);
  return out;
}

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}

export interface CommitOptions {
  /** `main` when left out; a new branch starts at `from`. */
  readonly branch?: string;
  /** Branch or hash that a new branch starts from; without it a new branch has no history. */
  readonly from?: string;
  readonly message?: string;
  readonly author?: string;
  readonly at?: Date;
}

export interface TestRepository {
  /** A bare repository. */
  readonly folder: string;
  /** `file://` URL of it. */
  readonly url: string;
  /** Adds a commit that writes these files (`null` deletes one) and returns its hash. One process. */
  commit(files: Readonly<Record<string, string | null>>, options?: CommitOptions): Promise<string>;
  /** Points a branch somewhere else, like a forced push. */
  setBranch(branch: string, hash: string): Promise<void>;
  deleteBranch(branch: string): Promise<void>;
  tag(name: string, hash: string): Promise<void>;
  head(branch?: string): Promise<string>;
  git(...args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** A new bare repository in a temporary folder, empty until its first commit. */
export async function testRepository(
  options: {
    readonly name?: string;
    readonly folder?: string;
    readonly allowFilter?: boolean;
    /** Whether a commit may be asked for by its hash, as the large hosts let one. */
    readonly allowAnyCommit?: boolean;
  } = {},
): Promise<TestRepository> {
  const parent = options.folder ?? (await mkdtemp(join(tmpdir(), 'windlass-git-')));
  const folder = join(parent, `${options.name ?? 'infra'}.git`);
  await git(folder, ['init', '--quiet', '--bare', '--initial-branch=main', folder]);
  await git(folder, ['config', 'uploadpack.allowFilter', String(options.allowFilter ?? true)]);
  if (options.allowAnyCommit === true) await git(folder, ['config', 'uploadpack.allowAnySHA1InWant', 'true']);
  let clock = 1_700_000_000;

  const repository: TestRepository = {
    folder,
    url: pathToFileURL(folder).href,

    async commit(files, commitOptions = {}) {
      const { branch = 'main', from, message = 'change', author = 'Ada Lovelace <ada@example.com>' } = commitOptions;
      clock += 60;
      const seconds = commitOptions.at === undefined ? clock : Math.floor(commitOptions.at.getTime() / 1000);
      const before = await git(folder, ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`]).catch(() => '');
      const parentHash =
        before.trim() !== '' ? before.trim() : from === undefined ? '' : (await git(folder, ['rev-parse', '--verify', `${from}^0`])).trim();
      const lines = [
        `commit refs/heads/${branch}`,
        `author ${author} ${seconds} +0000`,
        `committer ${author} ${seconds} +0000`,
        `data ${Buffer.byteLength(message)}`,
        message,
        ...(parentHash === '' ? [] : [`from ${parentHash}`]),
        ...Object.entries(files).flatMap(([path, content]) =>
          content === null ? [`D ${JSON.stringify(path)}`] : [`M 644 inline ${JSON.stringify(path)}`, `data ${Buffer.byteLength(content)}`, content],
        ),
        '',
      ];
      await git(folder, ['fast-import', '--quiet', '--force'], lines.join('\n'));
      return repository.head(branch);
    },

    setBranch: async (branch, hash) => void (await git(folder, ['update-ref', `refs/heads/${branch}`, hash])),
    deleteBranch: async (branch) => void (await git(folder, ['update-ref', '-d', `refs/heads/${branch}`])),
    tag: async (name, hash) => void (await git(folder, ['update-ref', `refs/tags/${name}`, hash])),
    head: async (branch = 'main') => (await git(folder, ['rev-parse', '--verify', `refs/heads/${branch}`])).trim(),
    git: (...args) => git(folder, args),
    remove: () => rm(options.folder === undefined ? parent : folder, { recursive: true, force: true }),
  };
  return repository;
}

export interface GitServer {
  /** `http://127.0.0.1:<port>/<repository>.git`. */
  url(repository: Pick<TestRepository, 'folder'>): string;
  /** What was asked so far: method, path with query, and whether credentials came along. */
  readonly requests: { readonly method: string; readonly path: string; readonly authorized: boolean }[];
  close(): Promise<void>;
}

/** Serves repositories over smart http by `git http-backend`; with `credentials` only to those who know them. */
export async function gitServer(
  options: {
    readonly credentials?: { readonly username: string; readonly password: string };
    /** Serves https with this certificate for 127.0.0.1. */
    readonly tls?: { readonly cert: string; readonly key: string };
    readonly answer?: (request: IncomingMessage, response: ServerResponse) => boolean;
  } = {},
): Promise<GitServer> {
  const folders = new Map<string, string>();
  const requests: GitServer['requests'] = [];
  const wanted =
    options.credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(`${options.credentials.username}:${options.credentials.password}`).toString('base64')}`;

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const authorization = request.headers.authorization;
    requests.push({ method: request.method ?? '', path: request.url ?? '', authorized: authorization !== undefined });
    if (options.answer?.(request, response) === true) return;
    if (wanted !== undefined && authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const root = folders.get(path.split('/')[1] ?? '');
    if (root === undefined) {
      response.writeHead(404).end('not found');
      return;
    }
    serve(request, response, root).catch(() => response.destroy());
  };
  const server = options.tls === undefined ? createServer(answer) : createTlsServer(options.tls, answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url(repository) {
      folders.set(basename(repository.folder), dirname(repository.folder));
      return `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/${basename(repository.folder)}`;
    },
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One CGI call: headers up to the empty line, then the body. */
async function serve(request: IncomingMessage, response: ServerResponse, root: string): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn('git', ['http-backend'], {
    env: {
      ...ENVIRONMENT,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  // Also at the end of a client that was killed: what it asked for is not waited for any more.
  pipeline(request, child.stdin, () => {});
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const part of child.stdout as AsyncIterable<Buffer>) {
    if (head === undefined) {
      response.write(part);
      continue;
    }
    head = Buffer.concat([head, part]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) continue;
    const headers = new Map(
      head
        .subarray(0, end)
        .toString()
        .split('\r\n')
        .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const),
    );
    const status = Number.parseInt(headers.get('status') ?? '200', 10);
    headers.delete('status');
    response.writeHead(status, Object.fromEntries(headers));
    response.write(head.subarray(end + 4));
    head = undefined;
  }
  response.end();
}
