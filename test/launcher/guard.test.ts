import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expect } from 'expect';
import { eventually } from '../support/eventually.ts';
import { scratchFolder } from '../support/scratch.ts';

const LIB = fileURLToPath(new URL('../../lib/launcher', import.meta.url));

/** A step that prints more than a pipe holds when it is interrupted, and only then writes what matters. */
const TOOL = `trap 'for i in 1 2 3 4 5 6 7 8; do head -c 20000 /dev/zero | tr "\\0" x; echo; done; echo state > saved; exit 1' INT
echo at work
while :; do sleep 0.05; done
`;

/** A launcher reduced to its guard and one step. */
const LAUNCHER = `
import { Guard } from '${LIB}/guard.ts';
import { Step } from '${LIB}/step.ts';
const guard = new Guard(process.argv[2] + '/pipes');
guard.pipes.prepare();
guard.ensure();
const sink = { write: (bytes) => process.stdout.write(bytes), end() {} };
const step = new Step({ command: '/bin/sh', args: ['tool.sh'], cwd: process.argv[2], env: process.env, user: undefined, stdout: sink, stderr: sink, pipes: guard.pipes, onStart: (pid) => guard.watch(pid) });
await step.done;
guard.close();
`;

describe('a launcher that is killed', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  before(async () => {
    folder = await scratchFolder('guard');
    await writeFile(join(folder.path, 'tool.sh'), TOOL);
    await writeFile(join(folder.path, 'launcher.mjs'), LAUNCHER);
  });
  after(() => folder.remove());

  it('leaves its step time to write its state, however much that one prints', { timeout: 60_000 }, async () => {
    const launcher = spawn(process.execPath, ['--no-warnings', join(folder.path, 'launcher.mjs'), folder.path], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(launcher.stdout, 'data');

    launcher.kill('SIGKILL');

    const saved = join(folder.path, 'saved');
    await eventually('the step to be interrupted', async () => existsSync(saved), 20_000);
    expect(await readFile(saved, 'utf8')).toBe('state\n');
  });
});
