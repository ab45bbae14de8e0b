import { appendFile, lstat, mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, sep } from 'node:path';
import type { PackageFile } from '../protocol/job.ts';

/** Writes the mounted files into the run folder over whatever the source holds; `.terraformrc` ones feed the tool's own settings too. */
export async function writeMountedFiles(files: readonly PackageFile[], runFolder: string): Promise<void> {
  const root = await realpath(runFolder);
  const home = join(root, 'home');
  await mkdir(home, { recursive: true, mode: 0o755 });
  const settings: Buffer[] = [];
  for (const file of files) {
    const content = Buffer.from(file.content, 'base64');
    await writeMounted(root, file, content);
    if (file.path.endsWith('.terraformrc')) settings.push(content, Buffer.from('\n'));
  }
  if (settings.length === 0) return;
  const terraformrc = join(home, '.terraformrc');
  await rm(terraformrc, { force: true });
  await appendFile(terraformrc, Buffer.concat(settings), { mode: 0o600 });
}

async function writeMounted(root: string, file: PackageFile, content: Buffer): Promise<void> {
  const parts = file.path.split(/[\\/]/);
  if (file.path === '' || isAbsolute(file.path) || parts.includes('..') || file.path.includes('\0')) throw new Error(`the mounted file ${JSON.stringify(file.path)} lies outside of the workspace`);
  const path = join(root, file.path);
  const folder = await existingAncestor(dirname(path));
  const real = await realpath(folder);
  // The source may hold a link that leads out.
  if (real !== root && !real.startsWith(root + sep)) throw new Error(`the mounted file ${JSON.stringify(file.path)} would lie outside of the workspace: the source has a link in its path`);
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true, recursive: true });
  const mode = file.mode === null ? 0o644 : Number.parseInt(file.mode, 8) & 0o777;
  await writeFile(path, content, { mode, flag: 'wx' });
}

async function existingAncestor(path: string): Promise<string> {
  const facts = await lstat(path).catch(() => undefined);
  return facts ? path : existingAncestor(dirname(path));
}
