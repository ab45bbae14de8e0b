import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const IDENTITY = {
  GIT_AUTHOR_NAME: 'Robin', GIT_AUTHOR_EMAIL: 'robin@example.com', GIT_COMMITTER_NAME: 'Robin', GIT_COMMITTER_EMAIL: 'robin@example.com',
  GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0',
};

export interface DemoRepository {
  /** `file://` address of the bare repository that plays the host. */
  readonly url: string;
  /** Writes files and commits them on a branch, made from `main` when new; returns the commit. */
  commit(branch: string, message: string, files: Readonly<Record<string, string>>): Promise<string>;
  push(branch: string): Promise<void>;
  /** Fast-forwards `main` to a branch. */
  merge(branch: string): Promise<string>;
  /** Calls the address after each push, as a post-receive hook on a git server would. */
  installHook(hookUrl: string): Promise<void>;
}

/** A git server's repository and a working copy of it, in a folder. */
export async function createRepository(folder: string): Promise<DemoRepository> {
  const bare = join(folder, 'infrastructure.git');
  const work = join(folder, 'work');
  const git = async (cwd: string, ...args: readonly string[]) => (await run('git', [...args], { cwd, env: { ...process.env, ...IDENTITY }, timeout: 30_000 })).stdout.trim();
  await mkdir(folder, { recursive: true });
  await git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', bare);
  await git(bare, 'config', 'uploadpack.allowFilter', 'true');
  await git(bare, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  await git(folder, 'init', '--quiet', '--initial-branch=main', work);
  await git(work, 'remote', 'add', 'origin', bare);
  return {
    url: pathToFileURL(bare).href,
    async commit(branch, message, files) {
      const current = await git(work, 'symbolic-ref', '--short', 'HEAD');
      if (current !== branch) {
        const exists = await git(work, 'rev-parse', '--verify', '--quiet', `refs/heads/${branch}`).then(() => true, () => false);
        await git(work, 'checkout', '--quiet', ...(exists ? [branch] : ['-b', branch, 'main']));
      }
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(work, path)), { recursive: true });
        await writeFile(join(work, path), text);
      }
      await git(work, 'add', '--all');
      await git(work, 'commit', '--quiet', '--allow-empty', '-m', message);
      return git(work, 'rev-parse', 'HEAD');
    },
    push: async (branch) => void (await git(work, 'push', '--quiet', 'origin', branch)),
    async merge(branch) {
      await git(work, 'checkout', '--quiet', 'main');
      await git(work, 'merge', '--quiet', '--ff-only', branch);
      return git(work, 'rev-parse', 'HEAD');
    },
    async installHook(hookUrl) {
      const script = `const { request } = require('node:http'); request(${JSON.stringify(hookUrl)}, { method: 'POST' }, (answer) => answer.resume()).on('error', (error) => { console.error('hook: ' + error.message); }).end();`;
      await mkdir(join(bare, 'hooks'), { recursive: true });
      await writeFile(join(bare, 'hooks', 'post-receive'), `#!/bin/sh\nexec '${process.execPath}' -e '${script.replaceAll("'", `'"'"'`)}'\n`, { mode: 0o755 });
    },
  };
}
