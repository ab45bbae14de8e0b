import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PackageSource } from '../protocol/job.ts';
import type { Environment } from './config.ts';
import { trustBundle } from './trust.ts';

export type GitSource = Extract<PackageSource, { kind: 'git' }>;

export interface GitOptions {
  readonly environment: Environment;
  /** A private folder for the program that answers git's questions for credentials. */
  readonly helperFolder: string;
  /** Certificate authorities of the operator's, PEM, beside those of the system. */
  readonly rootCas?: readonly string[];
  readonly signal: AbortSignal;
  readonly debug?: (args: readonly string[]) => void;
}

/** Git's own words, for a person. */
export class SourceError extends Error {
  override name = 'SourceError';
}

/** Upload-pack refuses another user's repository unless told otherwise; this reaches the one that a local fetch starts. */
const UPLOAD_PACK = "git -c safe.directory='*' upload-pack";
const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** Puts exactly one commit into `folder`, fetched as shallow as the other side allows. */
export async function fetchGitSource(source: GitSource, folder: string, options: GitOptions): Promise<void> {
  if (!COMMIT.test(source.commit)) throw new SourceError(`${JSON.stringify(source.commit)} is not a full commit hash`);
  if (!/^(?:https?|file|ssh):\/\//.test(source.url)) throw new SourceError(`cannot fetch from ${JSON.stringify(source.url)}: the address must start with https://, http://, ssh:// or file://`);
  const git = new Git(source, folder, options);
  emptyRepository(folder, source);
  if (!(await copyCommit(git, source, folder))) {
    try {
      await git.run(['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--no-auto-maintenance', '--depth=1', ...git.remote, source.commit]);
    } catch (error) {
      await fetchByBranch(git, source, error);
    }
  }
  await git.run(['checkout', '--quiet', '--detach', source.commit]);
  if (source.submodules && existsSync(join(folder, '.gitmodules'))) {
    await git.run(['submodule', '--quiet', 'update', '--init', '--recursive', '--depth=1', '--jobs=4']);
  }
}

/**
 * Takes the commit out of a repository on this machine as one pack, without the six processes in which two ends of git would talk about it.
 * False where that is not possible: a fetch says why, or knows another way.
 */
async function copyCommit(git: Git, { url, commit }: GitSource, folder: string): Promise<boolean> {
  if (!url.startsWith('file:')) return false;
  const path = fileURLToPath(url).replace(/\/+$/, '');
  const gitFolder = [join(path, '.git'), path, `${path}.git`].find((candidate) => existsSync(join(candidate, 'objects')) && existsSync(join(candidate, 'HEAD')));
  if (gitFolder === undefined) return false;
  const dotGit = join(folder, '.git');
  try {
    // What the repository lacks is not fetched for it: its own settings would say from where.
    const settings = { GIT_ALLOW_PROTOCOL: 'none' };
    await git.run([`--git-dir=${gitFolder}`, 'pack-objects', '--revs', '--quiet', '--window=0', join(dotGit, 'objects', 'pack', 'pack')], { input: `--shallow ${commit}\n${commit}\n`, settings });
    writeFileSync(join(dotGit, 'shallow'), `${commit}\n`);
    return true;
  } catch {
    return false;
  }
}

/** Some servers hand out branches only, not single commits. */
async function fetchByBranch(git: Git, source: GitSource, first: unknown): Promise<void> {
  if (!source.branch) throw unreachable(source, first);
  const target = `+refs/heads/${source.branch}:refs/remotes/origin/${source.branch}`;
  try {
    await git.run(['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--no-auto-maintenance', ...git.remote, target]);
    await git.run(['cat-file', '-e', `${source.commit}^{commit}`]);
  } catch {
    throw unreachable(source, first);
  }
}

const unreachable = (source: GitSource, cause: unknown) =>
  new SourceError(`cannot fetch commit ${source.commit} of ${source.url}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });

/** What `git init` would leave, less its samples, without starting a process for it. */
function emptyRepository(folder: string, source: GitSource): void {
  const dotGit = join(folder, '.git');
  for (const part of ['objects/pack', 'refs/heads', 'refs/tags', 'info']) mkdirSync(join(dotGit, part), { recursive: true });
  const sha256 = source.commit.length === 64;
  const sparse = source.sparsePaths.length > 0;
  const config = [
    '[core]', `\trepositoryformatversion = ${sha256 ? 1 : 0}`, '\tfilemode = true', '\tbare = false', ...(sparse ? ['\tsparseCheckout = true'] : []),
    ...(sha256 ? ['[extensions]', '\tobjectFormat = sha256'] : []),
    '[remote "origin"]', `\turl = ${configValue(source.url)}`, '\tfetch = +refs/heads/*:refs/remotes/origin/*', '',
  ];
  writeFileSync(join(dotGit, 'HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(join(dotGit, 'config'), config.join('\n'));
  if (sparse) writeFileSync(join(dotGit, 'info', 'sparse-checkout'), `${source.sparsePaths.map((path) => `/${path.replace(/^\/+/, '')}`).join('\n')}\n`);
}

const configValue = (text: string) => `"${text.replace(/[\\"]/g, (c) => `\\${c}`).replace(/\n/g, '\\n')}"`;

/** Answers git's two questions from the environment, so that credentials are in no argument and no file. */
const ASKPASS = `#!/bin/sh
case "$1" in
  [Uu]sername*) printf '%s\\n' "$WINDLASS_GIT_USERNAME" ;;
  *) printf '%s\\n' "$WINDLASS_GIT_PASSWORD" ;;
esac
`;

class Git {
  readonly #source: GitSource;
  readonly #folder: string;
  readonly #options: GitOptions;
  #askpass: Promise<string> | undefined;
  #trust: Promise<string> | undefined;

  constructor(source: GitSource, folder: string, options: GitOptions) {
    this.#source = source;
    this.#folder = folder;
    this.#options = options;
  }

  get remote(): readonly string[] {
    return [...(this.#source.url.startsWith('file:') ? [`--upload-pack=${UPLOAD_PACK}`] : []), this.#source.url];
  }

  async run(args: readonly string[], { input, settings }: { readonly input?: string; readonly settings?: Readonly<Record<string, string>> } = {}): Promise<void> {
    const common = ['-c', 'safe.directory=*', '-c', 'credential.helper=', '-c', 'core.hooksPath=/dev/null', '-c', 'advice.detachedHead=false'];
    this.#options.debug?.(['git', ...args]);
    const env = { ...(await this.#environment()), ...settings };
    await new Promise<void>((resolve, reject) => {
      const child = spawn('git', [...common, ...args], { cwd: this.#folder, env, stdio: ['pipe', 'ignore', 'pipe'], signal: this.#options.signal, killSignal: 'SIGKILL' });
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
      const errors: Buffer[] = [];
      let bytes = 0;
      child.stderr.on('data', (part: Buffer) => {
        if (bytes < 65_536) errors.push(part);
        bytes += part.length;
      });
      child.once('error', (error: NodeJS.ErrnoException) => reject(new SourceError(error.code === 'ENOENT' ? 'git is not installed on this worker' : `git cannot be started: ${error.message}`)));
      child.once('close', (code, signal) => {
        if (code === 0) return resolve();
        const why = reasonOf(Buffer.concat(errors).toString('utf8'));
        reject(new SourceError(why ?? `git ${args[0] ?? ''} ended with ${signal ?? `status ${String(code)}`}`));
      });
    });
  }

  async #environment(): Promise<Record<string, string>> {
    const { environment, rootCas = [] } = this.#options;
    const passed = Object.entries(environment).filter(([name]) => /^(?:PATH|HOME|TMPDIR|GIT_SSL_.*|SSL_CERT_.*|GIT_SSH.*|SSH_.*|(?:http|https|no|all)_proxy)$/i.test(name));
    const { username, password } = this.#source;
    return {
      ...(rootCas.length > 0 ? { GIT_SSL_CAINFO: await (this.#trust ??= this.#writeTrust(rootCas)) } : {}),
      ...(Object.fromEntries(passed.filter(([, value]) => value !== undefined)) as Record<string, string>),
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      ...(username === null && password === null
        ? { GIT_ASKPASS: 'true' }
        : { GIT_ASKPASS: await (this.#askpass ??= this.#writeAskpass()), WINDLASS_GIT_USERNAME: username ?? 'git', WINDLASS_GIT_PASSWORD: password ?? '' }),
    };
  }

  async #writeTrust(rootCas: readonly string[]): Promise<string> {
    const path = join(this.#options.helperFolder, 'git-authorities.pem');
    await mkdir(this.#options.helperFolder, { recursive: true, mode: 0o700 });
    await writeFile(path, trustBundle(rootCas), { mode: 0o600 });
    return path;
  }

  async #writeAskpass(): Promise<string> {
    const path = join(this.#options.helperFolder, 'git-askpass');
    await mkdir(this.#options.helperFolder, { recursive: true, mode: 0o700 });
    await writeFile(path, ASKPASS, { mode: 0o700 });
    return path;
  }
}

/** The lines in which git says why, without its hints. */
function reasonOf(text: string): string | undefined {
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('hint:'));
  const fatal = lines.filter((line) => /^(?:fatal|error|remote):/.test(line)).map((line) => line.replace(/^(?:fatal|error): /, ''));
  return (fatal.length > 0 ? fatal : lines).slice(0, 3).join('; ') || undefined;
}
