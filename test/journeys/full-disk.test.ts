// A disk that fills up under a running server, and is made room on again. Needs root, for a small file system of its own.
// The machine's alone: in the cloud what is kept lies on no disk that could be full.
import { execFileSync } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { eventually } from '../support/eventually.ts';
import { startPlatform, type EmbeddedPlatform } from '../support/platform.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startAndEnd } from '../support/start-and-end.ts';
import { needsTerraform } from '../support/requirements.ts';

function mountSmall(path: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128m', 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('a full disk', { ...needsTerraform, timeout: 120_000 }, () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let disk: string;
  let mounted = false;
  let platform: EmbeddedPlatform | undefined;
  before(async () => {
    folder = await scratchFolder('full');
    await chmod(folder.path, 0o711);
    disk = join(folder.path, 'disk');
    await mkdir(disk);
    mounted = mountSmall(disk);
    // Runs have a disk of their own: what they do while the server's is full is the question.
    if (mounted) platform = await startPlatform({ WINDLASS_RUN_ROOT: join(folder.path, 'runs') }, { folder: disk });
  });
  after(async () => {
    await platform?.stop();
    if (mounted) execFileSync('umount', ['-l', disk]);
    await folder.remove();
  });

  it('is told to whoever asks for something that needs room, and neither server nor worker ends; with room again all goes on', async (context) => {
    if (platform === undefined) return context.skip('mounting a file system needs root');
    const go = join(folder.path, 'go');
    const stack = await platform.stack('squeezed', { 'main.tf': `resource "terraform_data" "a" {\n  provisioner "local-exec" {\n    command = "until [ -e '${go}' ]; do sleep 0.05; done"\n  }\n}\n` }, { autodeploy: true, localPreviewEnabled: true });
    const runId = await stack.trigger();
    await stack.reaches(runId, 'APPLYING');
    const filler = join(disk, 'filler');
    const { bavail, bsize } = statfsSync(disk);
    await writeFile(filler, Buffer.alloc(bavail * bsize)).catch(() => undefined);

    await expect(platform.api.query('mutation { uploadLocalWorkspace(stack: "squeezed") { id } }')).rejects.toThrow('the disk of the server is full: make room in its data folder, then try again');
    expect((await stack.stateOf(runId)).state).toBe('APPLYING');
    await writeFile(go, '');
    await eventually('the tool to keep its state on the disk of runs', async () => existsSync(join(folder.path, 'runs', runId, 'source', 'errored.tfstate')));
    await rm(filler);

    const run = await stack.follow(runId);
    expect(run.state).toBe('FAILED');
    // By when there was room again, it is in its place or kept for rescue; in any case not lost.
    expect(run.lines.join('\n')).toMatch(/Delivered the state that the tool had left|the state that could not be saved is kept for 30 days as/);
    expect((await stack.run()).state).toBe('FINISHED');
    const left = (await readdir(join(platform.data, 'objects'), { recursive: true })).filter((name) => name.includes('.tmp-'));
    expect(left).toEqual([]);
    expect(await readFile(platform.server.logFile, 'utf8')).toContain('"msg":"run stepped"');
  });

  it('at the start is one clear message, and exit code 2', async (context) => {
    if (platform === undefined) return context.skip('mounting a file system needs root');
    const { bavail, bsize } = statfsSync(disk);
    const filler = join(disk, 'filler');
    await writeFile(filler, Buffer.alloc(bavail * bsize)).catch(() => undefined);

    const ended = await startAndEnd({ WINDLASS_DATA: join(disk, 'second') });

    await rm(filler);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(/^windlass: WINDLASS_DATA: .*(?:the disk is full|no space left).*\n$/) });
  });
});
