import { chmod, mkdir, rm } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Entry, ZipFile } from 'yauzl';
import { ArchiveError } from './archive.ts';

const LARGEST_ENTRY = 1024 ** 3;

/** Unpacks exactly one entry of a zip into a file. */
export async function unzipOne(zipPath: string, entryName: string, targetPath: string): Promise<void> {
  let found = false;
  await eachEntry(zipPath, async (zip, entry) => {
    if (entry.fileName !== entryName) return;
    if (found) throw new ArchiveError(`the zip holds ${JSON.stringify(entryName)} twice`);
    found = true;
    await writeEntry(zip, entry, targetPath);
  });
  if (!found) throw new ArchiveError(`the zip holds no ${JSON.stringify(entryName)}`);
}

/** Unpacks files and folders; links and paths that lie outside are refused. */
export async function extractZip(zipPath: string, folder: string, options: { readonly strip: 0 | 1 }): Promise<void> {
  await eachEntry(zipPath, async (zip, entry) => {
    if (entry.fileName.startsWith('/') || entry.fileName.split(/[\\/]/).includes('..')) throw new ArchiveError(`the archive holds ${JSON.stringify(entry.fileName)}, which lies outside of it`);
    const mode = entry.externalFileAttributes >>> 16;
    if ((mode & 0o170000) === 0o120000) throw new ArchiveError(`the archive holds the link ${JSON.stringify(entry.fileName)}; links in zip archives are not supported`);
    const name = entry.fileName.split('/').slice(options.strip).join('/');
    if (name === '') return;
    const path = join(folder, name);
    if (entry.fileName.endsWith('/')) return void (await mkdir(path, { recursive: true }));
    await mkdir(dirname(path), { recursive: true });
    await writeEntry(zip, entry, path);
    await chmod(path, mode & 0o111 ? 0o755 : 0o644);
  });
}

async function writeEntry(zip: ZipFile, entry: Entry, targetPath: string): Promise<void> {
  const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) => zip.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened))));
  let bytes = 0;
  const limit = new Transform({
    transform(part: Buffer, _encoding, done) {
      bytes += part.length;
      done(bytes > LARGEST_ENTRY ? new ArchiveError(`the zip holds an entry larger than ${LARGEST_ENTRY} bytes`) : null, part);
    },
  });
  try {
    await pipeline(stream, limit, createWriteStream(targetPath, { flags: 'wx', mode: 0o600 }));
  } catch (error) {
    await rm(targetPath, { force: true });
    throw error;
  }
}

async function eachEntry(zipPath: string, visit: (zip: ZipFile, entry: Entry) => Promise<void>): Promise<void> {
  const { open } = await import('yauzl');
  const zip = await new Promise<ZipFile>((resolve, reject) => open(zipPath, { lazyEntries: true, strictFileNames: true }, (error, opened) => (error ? reject(notAZip(error)) : resolve(opened))));
  try {
    await new Promise<void>((resolve, reject) => {
      zip.on('error', (error: unknown) => reject(notAZip(error)));
      zip.on('end', resolve);
      zip.on('entry', (entry: Entry) => void visit(zip, entry).then(() => zip.readEntry(), reject));
      zip.readEntry();
    });
  } finally {
    zip.close();
  }
}

const notAZip = (cause: unknown) => new ArchiveError(`the zip cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
