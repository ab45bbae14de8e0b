import { spawn } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { expect } from 'expect';
import { openDataFolder } from '../../lib/runtime/data-folder.ts';
import { thisProcess } from '../../lib/runtime/process-identity.ts';
import { scratchFolder } from '../support/scratch.ts';

const withFolder = async (work: (path: string) => Promise<void>) => {
  const folder = await scratchFolder('data');
  try {
    await work(folder.path);
  } finally {
    await folder.remove();
  }
};

describe('the data folder', () => {
  it('is made for its owner alone', () =>
    withFolder(async (path) => {
      const folder = await openDataFolder(join(path, 'deep', 'data'));
      expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
      await folder.release();
    }));

  it('is held by one live process, which the refusal names', () =>
    withFolder(async (path) => {
      const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
      const { startTimeOf } = await import('../../lib/runtime/process-identity.ts');
      await writeFile(join(path, 'lock'), JSON.stringify({ pid: other.pid, startTime: startTimeOf(other.pid ?? 0) }));
      await expect(openDataFolder(path)).rejects.toThrow(`pid ${other.pid ?? ''}`);
      other.kill('SIGKILL');
    }));

  it('is taken over from a dead process, and from another that got its pid', () =>
    withFolder(async (path) => {
      await writeFile(join(path, 'lock'), JSON.stringify({ pid: process.pid, startTime: 'another time' }));
      const folder = await openDataFolder(path);
      expect(JSON.parse(await readFile(join(path, 'lock'), 'utf8'))).toEqual(thisProcess());
      await folder.release();
    }));

  it('is taken over when a crash left the lock empty', () =>
    withFolder(async (path) => {
      await writeFile(join(path, 'lock'), '');
      await (await openDataFolder(path)).release();
    }));

  it('cannot lie under a regular file, nor be one', () =>
    withFolder(async (path) => {
      await writeFile(join(path, 'file'), '');
      await expect(openDataFolder(join(path, 'file', 'data'))).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(/regular file/) });
      await expect(openDataFolder(join(path, 'file'))).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(/regular file/) });
    }));

  it('is not shared with the group or others: a loose mode is tightened', () =>
    withFolder(async (path) => {
      await mkdir(join(path, 'data'), { mode: 0o755 });
      const folder = await openDataFolder(join(path, 'data'));
      expect((await stat(folder.path)).mode & 0o077).toBe(0);
      await folder.release();
    }));
});
