import { createHash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { cp, lstat, mkdir, readdir, readlink, realpath, rm, stat, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Header, Pack } from 'tar-stream';
import { pack as tarPack } from 'tar-stream';
import { openFile, sealFile, workspaceContext } from '../protocol/envelope.ts';
import { ArchiveError, extractTarGz, staysInside } from './archive.ts';

export interface SavedWorkspace {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** PAX record of a provider link: hash of what it led to when the workspace was saved. */
const TREE_HASH = 'WINDLASS.tree';
/** Where the launcher's own part lies in the archive. */
const KEPT = '.windlass';
const PROVIDERS = `${sep}.terraform${sep}providers${sep}`;

/** What of a run is saved: its workspace, and beside it what the launcher keeps of it. */
export interface WorkspaceFolders {
  readonly workspace: string;
  readonly kept: string;
}

/** Packs a run's folders with modes and links, sealed to the pool's own key. `leftOut` hears of links that mean nothing elsewhere. */
export async function saveWorkspace(folders: WorkspaceFolders, runId: string, publicKey: KeyObject, targetPath: string, leftOut: (link: string) => void = () => undefined): Promise<SavedWorkspace> {
  const archive = tarPack();
  const zipped = createGzip({ level: 1 });
  const packed = (async () => {
    await packFolder(archive, { root: folders.workspace, prefix: '', leftOut }, folders.workspace);
    await packFolder(archive, { root: folders.kept, prefix: KEPT, leftOut }, folders.kept);
    archive.finalize();
  })();
  packed.catch((error: Error) => archive.destroy(error));
  const [sealed] = await Promise.all([sealFile(publicKey, workspaceContext(runId), zipped, targetPath), pipeline(archive, zipped), packed]);
  return { path: targetPath, ...sealed };
}

/** Answers the providers that this machine has not got in the same form: `init` has to bring them again. */
export async function restoreWorkspace(source: AsyncIterable<Uint8Array>, folders: WorkspaceFolders, runId: string, privateKey: KeyObject): Promise<readonly string[]> {
  const plain = `${folders.kept}.tar.gz`;
  const missing: string[] = [];
  const root = await realpath(folders.workspace);
  try {
    await openFile(privateKey, workspaceContext(runId), source, plain);
    await extractTarGz(createReadStream(plain), root, {
      special: async (header) => {
        const hash = (header.pax as Record<string, string> | null | undefined)?.[TREE_HASH];
        if (header.type !== 'symlink' || hash === undefined) return false;
        if (!(await restoreProviderLink(root, header, hash))) missing.push(header.name);
        return true;
      },
    });
  } finally {
    await rm(plain, { force: true });
  }
  await cp(join(root, KEPT), folders.kept, { recursive: true });
  await rm(join(root, KEPT), { recursive: true, force: true });
  return missing;
}

interface Packing {
  readonly root: string;
  /** Put before every name. */
  readonly prefix: string;
  readonly leftOut: (link: string) => void;
}

async function packFolder(archive: Pack, packing: Packing, folder: string): Promise<void> {
  for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    const name = join(packing.prefix, relative(packing.root, path));
    if (packing.prefix === '' && name === KEPT) continue;
    if (entry.isDirectory()) {
      const { mode, mtime } = await lstat(path);
      await add(archive, { name, type: 'directory', mode: mode & 0o777, mtime });
      await packFolder(archive, packing, path);
    } else if (entry.isSymbolicLink()) {
      await packLink(archive, packing, path, name);
    } else if (entry.isFile()) {
      await packFile(archive, path, name);
    }
    // Sockets, pipes and devices mean nothing elsewhere.
  }
}

async function packLink(archive: Pack, { root, leftOut }: Packing, path: string, name: string): Promise<void> {
  const linkname = await readlink(path);
  if (staysInside(root, dirname(path), linkname)) return add(archive, { name, type: 'symlink', linkname });
  const hash = path.includes(PROVIDERS) && isAbsolute(linkname) ? await hashTree(linkname).catch(() => undefined) : undefined;
  if (hash !== undefined) return add(archive, { name, type: 'symlink', linkname, pax: { [TREE_HASH]: hash } });
  leftOut(name);
}

async function packFile(archive: Pack, path: string, name: string): Promise<void> {
  const { mode, mtime, size } = await stat(path);
  const header = { name, type: 'file', mode: mode & 0o777, mtime, size } as const;
  if (size === 0) return add(archive, header, Buffer.alloc(0));
  const entry = archive.entry(header);
  let left = size;
  for await (const part of createReadStream(path, { end: size - 1 }) as AsyncIterable<Buffer>) {
    left -= part.length;
    if (!entry.write(part)) await new Promise<void>((resolve) => entry.once('drain', () => resolve()));
  }
  if (left > 0) throw new ArchiveError(`${JSON.stringify(name)} became shorter while the workspace was saved`);
  const done = new Promise<void>((resolve, reject) => entry.once('close', () => resolve()).once('error', reject));
  entry.end(undefined);
  await done;
}

const add = (archive: Pack, header: Partial<Header> & Pick<Header, 'name'>, content?: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve());
    if (content) archive.entry(header, content, done);
    else archive.entry(header, done);
  });

/** Recreates a link into a provider cache when it leads to the same files here; nothing else may be linked from outside. */
async function restoreProviderLink(root: string, header: Header, hash: string): Promise<boolean> {
  const path = join(root, header.name);
  if (!`${sep}${header.name}`.includes(PROVIDERS) || header.name.split('/').includes('..')) throw new ArchiveError(`the workspace holds a link outside of itself: ${JSON.stringify(header.name)}`);
  if ((await hashTree(header.linkname).catch(() => undefined)) !== hash) return false;
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { recursive: true, force: true });
  await symlink(header.linkname, path);
  return true;
}

/** One hash over the names, execution bits and contents of a folder. */
export async function hashTree(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const walk = async (path: string, name: string): Promise<void> => {
    const facts = await stat(path);
    if (facts.isDirectory()) {
      for (const child of (await readdir(path)).sort()) await walk(join(path, child), `${name}/${child}`);
      return;
    }
    if (!facts.isFile()) return;
    hash.update(`${name}\0${facts.mode & 0o111 ? 'x' : '-'}\0${facts.size}\0`);
    for await (const part of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(part as Buffer);
  };
  await walk(folder, '');
  return hash.digest('hex');
}
