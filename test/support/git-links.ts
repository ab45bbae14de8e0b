import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import type { DemoRepository } from '../../lib/demo/repository.ts';

const run = promisify(execFile);

/** Commits a symbolic link on a branch, without a working copy, and answers the commit. */
export async function link(repository: Pick<DemoRepository, 'url'> & { readonly localUrl?: string }, branch: string, path: string, target: string): Promise<string> {
  const folder = fileURLToPath(repository.localUrl ?? repository.url);
  const input = [`commit refs/heads/${branch}`, 'committer Robin <robin@example.com> 1700000000 +0000', 'data 4', 'link', `from refs/heads/${branch}^0`, `M 120000 inline ${path}`, `data ${Buffer.byteLength(target)}`, target, ''].join('\n');
  const importing = run('git', ['--git-dir', folder, 'fast-import', '--quiet', '--force']);
  importing.child.stdin?.end(input);
  await importing;
  return (await run('git', ['--git-dir', folder, 'rev-parse', `refs/heads/${branch}`])).stdout.trim();
}
