import { after, before, describe, it } from 'node:test';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'expect';
import { customInputs } from '../../lib/launcher/plan/custom-inputs.ts';
import { scratchFolder } from '../support/scratch.ts';

describe('what a project adds for policies', () => {
  let scratch: Awaited<ReturnType<typeof scratchFolder>>;
  before(async () => void (scratch = await scratchFolder('custom-inputs')));
  after(() => scratch.remove());

  async function folderWith(name: string, files: Readonly<Record<string, string>>): Promise<string> {
    const folder = join(scratch.path, name);
    await mkdir(folder);
    for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
    return folder;
  }
  const plain = (text: string) => text;

  it('is every document by its key, with its numbers as they are and secrets masked', async () => {
    const folder = await folderWith('two', { 'scan.custom.spacelift.json': '{"n": 9007199254740993}', 'Cost.custom.spacelift.json': '{"token":"hidden"}', 'other.json': '{' });
    expect(customInputs(folder, (text) => text.replaceAll('hidden', '*****'))).toBe('{"Cost":{"token":"*****"},"scan":{"n": 9007199254740993}}');
    expect(customInputs(await folderWith('none', { 'main.tf': '' }), plain)).toBeUndefined();
  });

  it('fails the run when it is no JSON object, or no regular file', async () => {
    const list = await folderWith('list', { 'a.custom.spacelift.json': '[1]' });
    expect(() => customInputs(list, plain)).toThrow('a.custom.spacelift.json must hold a JSON object');
    const broken = await folderWith('broken', { 'a.custom.spacelift.json': '{' });
    expect(() => customInputs(broken, plain)).toThrow('a.custom.spacelift.json is not valid JSON');
    const linked = await folderWith('linked', {});
    await symlink('/etc/passwd', join(linked, 'a.custom.spacelift.json'));
    expect(() => customInputs(linked, plain)).toThrow('cannot be read as a regular file');
  });
});
