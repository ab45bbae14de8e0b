import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { StepPipes } from '../../lib/launcher/step-pipes.ts';
import { scratchFolder } from '../support/scratch.ts';

describe('the pipes for steps', () => {
  let scratch: Awaited<ReturnType<typeof scratchFolder>>;
  before(async () => void (scratch = await scratchFolder('pipes')));
  after(() => scratch.remove());

  it('leave nothing behind when they are closed while some are being made', async () => {
    const folders = Array.from({ length: 200 }, (_, n) => join(scratch.path, String(n)));
    for (const folder of folders) {
      const pipes = new StepPipes(folder);
      pipes.prepare();
      while (readdirSync(folder).length < 3) await new Promise(setImmediate);
      await pipes.close();
    }
    expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
  });
});
