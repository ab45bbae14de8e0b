import { constants } from 'node:fs';
import { access, chmod, link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { generateInstallationKeyPem, readInstallationKey, type InstallationKey } from '../adapters/embedded/rsa-keys.ts';
import { isAlive, thisProcess, type ProcessIdentity } from './process-identity.ts';
import { StartError } from './start-error.ts';

const CODES: Readonly<Record<string, string>> = {
  ENOTDIR: 'a part of the path is a regular file',
  EEXIST: 'it is a regular file',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not change it',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};

function refusal(path: string, error: unknown): StartError {
  const code = String((error as { code?: unknown }).code);
  return new StartError(`WINDLASS_DATA: the data folder ${path} cannot be used: ${CODES[code] ?? (error as Error).message}`, { cause: error });
}

export interface DataFolder {
  readonly path: string;
  in(...parts: readonly string[]): string;
  release(): Promise<void>;
}

async function readLock(file: string): Promise<ProcessIdentity | undefined> {
  try {
    const { pid, startTime } = JSON.parse(await readFile(file, 'utf8')) as Partial<ProcessIdentity>;
    return typeof pid === 'number' && typeof startTime === 'string' ? { pid, startTime } : undefined;
  } catch {
    return undefined;
  }
}

/** Takes the lock file by linking a finished file to its name: it is never seen half-written, and one of two racers wins. */
async function takeLock(file: string, path: string): Promise<void> {
  const mine = `${file}.${process.pid}`;
  await writeFile(mine, JSON.stringify(thisProcess()), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        await link(mine, file);
        return;
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
      }
      const holder = await readLock(file);
      if (holder !== undefined && isAlive(holder)) {
        throw new StartError(`WINDLASS_DATA: the data folder ${path} is in use by the server with pid ${holder.pid}; stop it first, or choose another folder`);
      }
      // The holder is gone. Moving its file aside before removal keeps a racer's fresh lock from being removed.
      await rename(file, `${mine}.stale`).catch(() => {});
      await rm(`${mine}.stale`, { force: true });
    }
    throw new StartError(`WINDLASS_DATA: the lock of the data folder ${path} could not be taken`);
  } finally {
    await rm(mine, { force: true });
  }
}

/** Opens (or makes) the data folder and locks it; a live other server, a bad path or a foreign owner is a StartError. */
export async function openDataFolder(given: string): Promise<DataFolder> {
  const path = resolve(given);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const facts = await stat(path);
    if (!facts.isDirectory()) throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR' });
    const uid = process.getuid?.();
    if (uid !== undefined && facts.uid !== uid && uid !== 0) throw new StartError(`WINDLASS_DATA: the data folder ${path} belongs to another user (uid ${facts.uid}); run the server as that user, or choose another folder`);
    if ((facts.mode & 0o077) !== 0) await chmod(path, 0o700);
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    for (const part of ['objects', 'keys', 'git', 'worker']) await mkdir(join(path, part), { recursive: true, mode: 0o700 });
    const lock = join(path, 'lock');
    await takeLock(lock, path);
    return {
      path,
      in: (...parts) => join(path, ...parts),
      release: async () => {
        const holder = await readLock(lock);
        if (holder?.pid === process.pid) await rm(lock, { force: true });
      },
    };
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw refusal(path, error);
  }
}

/** The installation key: the one given, else the folder's, made at the first start. */
export async function installationKey(folder: DataFolder, givenPem: string | null): Promise<InstallationKey> {
  if (givenPem !== null) {
    try {
      return readInstallationKey(givenPem);
    } catch (cause) {
      throw new StartError(`ENCRYPTION_RSA_PRIVATE_KEY: ${(cause as Error).message}`, { cause });
    }
  }
  const file = folder.in('keys', 'installation.pem');
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept !== undefined) return readInstallationKey(kept);
  const pem = await generateInstallationKeyPem();
  await writeFile(`${file}.new`, pem, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return readInstallationKey(pem);
}
