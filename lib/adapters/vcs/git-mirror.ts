import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitOutcome } from './git-process.ts';
import { lastLine } from './git-errors.ts';
import { localGitFolder } from './local-repository.ts';

/** The mirror, not the remote, is at fault: it is thrown away and made anew. */
export class MirrorBroken extends Error {
  override name = 'MirrorBroken';

  constructor(outcome: GitOutcome) {
    super(lastLine(outcome.stderr));
  }
}

/** Our bare copy of one repository: commits and trees, and the files that were asked for. */
export interface Mirror {
  readonly url: string;
  readonly folder: string;
  /** The repository's own git folder, when it lies on this machine and its objects are read in place. */
  readonly source: string | undefined;
  /** Where what was pushed or fetched a moment ago lies. */
  readonly objects: string;
}

/** Settings that make git fetch no file contents before they are asked for; only calls that may talk to the remote get them. */
export const PARTIAL = ['-c', 'remote.origin.promisor=true', '-c', 'remote.origin.partialclonefilter=blob:none'] as const;

/** Where a branch is kept. A name of its own for each: `a` and `a/b` may follow each other on the remote, as files they cannot. */
export const keptRef = (branch: string): string => `refs/keep/${createHash('sha256').update(branch).digest('hex').slice(0, 40)}`;

const quoted = (value: string) => `"${value.replace(/["\\]/g, '\\$&')}"`;

/** Mirrors under a folder, opened once, and one writer at a time in each. */
export function gitMirrors(folder: string) {
  const open = new Map<string, Promise<Mirror>>();
  const turns = new Map<string, Promise<unknown>>();

  async function make(url: string): Promise<Mirror> {
    const name =
      new URL(url).pathname
        .split('/')
        .filter(Boolean)
        .at(-1)
        ?.replace(/\.git$/, '')
        .replace(/[^A-Za-z0-9._-]/g, '_') ?? 'repository';
    const mirror = join(folder, `${name}-${createHash('sha256').update(url).digest('hex').slice(0, 16)}.git`);
    const source = url.startsWith('file:') ? await localGitFolder(url) : undefined;
    await mkdir(join(mirror, 'objects', 'info'), { recursive: true, mode: 0o700 });
    await mkdir(join(mirror, 'refs'), { recursive: true });
    await writeFile(join(mirror, 'config'), `[core]\n\trepositoryformatversion = 0\n\tbare = true\n[remote "origin"]\n\turl = ${quoted(url)}\n`);
    const alternates = join(mirror, 'objects', 'info', 'alternates');
    if (source === undefined) await rm(alternates, { force: true });
    else await writeFile(alternates, `${join(source, 'objects')}\n`);
    // Last, for without it the folder is no repository.
    await writeFile(join(mirror, 'HEAD'), 'ref: refs/heads/none\n');
    return { url, folder: mirror, source, objects: join(source ?? mirror, 'objects') };
  }

  function mirrorOf(url: string): Promise<Mirror> {
    let mirror = open.get(url);
    if (mirror === undefined) {
      mirror = make(url);
      open.set(url, mirror);
      mirror.catch(() => open.delete(url));
    }
    return mirror;
  }

  /** Runs `work` when everything asked for before it on this repository has ended. */
  function inTurn<T>(url: string, work: () => Promise<T>): Promise<T> {
    const before = turns.get(url) ?? Promise.resolve();
    const result = before.then(work, work);
    const turn = result.then(
      () => {},
      () => {},
    );
    turns.set(url, turn);
    void turn.then(() => {
      if (turns.get(url) === turn) turns.delete(url);
    });
    return result;
  }

  /** Runs `work` on the mirror; should that be broken, once more on a new one. Two who find it broken replace it once. */
  async function withMirror<T>(url: string, work: (mirror: Mirror) => Promise<T>): Promise<T> {
    const opened = mirrorOf(url);
    try {
      return await work(await opened);
    } catch (error) {
      if (!(error instanceof MirrorBroken)) throw error;
    }
    await inTurn(url, async () => {
      if (open.get(url) !== opened) return;
      await rm((await opened).folder, { recursive: true, force: true });
      open.delete(url);
    });
    return work(await mirrorOf(url));
  }

  return { withMirror, inTurn };
}
