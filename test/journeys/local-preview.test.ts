// A working copy that was never committed: previewed as it is, and refused where it reaches beyond itself.
import { randomBytes } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { createGzip } from 'node:zlib';
import { expect } from 'expect';
import { pack, type Header } from 'tar-stream';
import type { FollowedRun, Platform, TestStack } from '../support/platform.ts';
import { PLATFORMS } from '../support/platforms.ts';
import { needsTerraform } from '../support/requirements.ts';

type Entry = Partial<Header> & { readonly name: string; readonly text?: string };

const MAIN = 'resource "terraform_data" "a" {\n  input = "committed"\n}\n';
const LOCAL: Entry = { name: 'main.tf', text: MAIN.replace('committed', 'only on my machine') };

async function archiveOf(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  for (const { text = '', ...header } of entries) archive.entry({ type: 'file', ...header }, text);
  archive.finalize();
  return buffer(archive.pipe(createGzip()));
}

for (const on of PLATFORMS) describe(`previewing a local workspace (${on.name})`, { ...needsTerraform, ...on.needs, timeout: on.within(180_000) }, () => {
  let platform: Platform;
  let stack: TestStack;
  before(async () => {
    platform = await on.start();
    stack = await platform.stack('local', { 'main.tf': MAIN }, { localPreviewEnabled: true, autodeploy: true });
    expect((await stack.run()).state).toBe('FINISHED');
  });
  after(() => platform.stop());

  async function upload(archive: Buffer | undefined, of: TestStack = stack): Promise<string> {
    const { uploadLocalWorkspace } = await platform.api.query<{ uploadLocalWorkspace: { id: string; uploadUrl: string } }>('mutation ($stack: ID!) { uploadLocalWorkspace(stack: $stack) { id uploadUrl } }', { stack: of.id });
    if (archive !== undefined) expect((await fetch(uploadLocalWorkspace.uploadUrl, { method: 'PUT', body: new Uint8Array(archive) })).status).toBe(200);
    return uploadLocalWorkspace.id;
  }

  async function propose(workspace: string, of: TestStack = stack): Promise<string> {
    const { runProposeLocalWorkspace } = await platform.api.query<{ runProposeLocalWorkspace: { id: string } }>('mutation ($stack: ID!, $workspace: ID!) { runProposeLocalWorkspace(stack: $stack, workspace: $workspace) { id } }', { stack: of.id, workspace });
    return runProposeLocalWorkspace.id;
  }

  const preview = async (...entries: readonly Entry[]): Promise<FollowedRun> => stack.follow(await propose(await upload(await archiveOf(entries))));

  /** Failed while the workspace was prepared, with this reason as note and last line. */
  function refused(run: FollowedRun, reason: string): void {
    expect(run).toMatchObject({ state: 'FAILED', note: reason, states: ['QUEUED', 'READY', 'PREPARING', 'FAILED'] });
    expect(run.lines.at(-1)).toContain(reason);
  }

  it('plans what is in the archive, and leaves state and tracked runs alone', async () => {
    const before = await stack.query('managedStateVersions { id } runs { id } trackedCommit { hash }');

    const run = await preview(LOCAL);

    expect(run).toMatchObject({ state: 'FINISHED', states: expect.not.arrayContaining(['APPLYING']) });
    expect(run.lines.join('\n')).toMatch(/"committed" -> "only on my machine"/);
    expect(await stack.query('managedStateVersions { id } runs { id } trackedCommit { hash }')).toEqual(before);
  });

  it('refuses an entry that climbs out by ../', async () => {
    refused(await preview(LOCAL, { name: '../../climbed', text: 'x' }), 'the archive holds "../../climbed", which lies outside of it');
    refused(await preview(LOCAL, { name: 'a/../../../climbed', text: 'x' }), 'the archive holds "a/../../../climbed", which lies outside of it');
    await expect(access(join(platform.folder, 'runs', 'climbed'))).rejects.toThrow('ENOENT');
  });

  it('refuses an entry with an absolute path', async () => {
    const path = join(platform.folder, `absolute-${randomBytes(4).toString('hex')}`);

    refused(await preview(LOCAL, { name: path, text: 'x' }), `the archive holds "${path}", which lies outside of it`);
    await expect(access(path)).rejects.toThrow('ENOENT');
  });

  it('refuses links out of the root, absolute or relative', async () => {
    refused(await preview(LOCAL, { name: 'out', type: 'symlink', linkname: platform.folder }), `the archive holds the link "out" to "${platform.folder}", which lies outside of it`);
    refused(await preview(LOCAL, { name: 'deep/out', type: 'symlink', linkname: '../../../home' }), 'the archive holds the link "deep/out" to "../../../home", which lies outside of it');
    refused(await preview(LOCAL, { name: 'deep/out', type: 'symlink', linkname: 'somewhere/../../../home' }), 'the archive holds the link "deep/out" to "somewhere/../../../home", which lies outside of it');
  });

  it('refuses an entry beneath a link, and a hard link, so that nothing is written through either', async () => {
    refused(await preview({ name: 'folder/', type: 'directory' }, { name: 'link', type: 'symlink', linkname: 'folder' }, { name: 'link/main.tf', text: 'x' }), 'the archive holds "link/main.tf" beneath the link to "folder"');
    refused(await preview(LOCAL, { name: 'hard', type: 'link', linkname: '../../outside' }), 'the archive holds the hard link "hard" to "../../outside"; hard links are not supported');
  });

  it('keeps links that stay inside', async () => {
    const run = await preview({ name: 'modules/real.tf', text: LOCAL.text ?? '' }, { name: 'main.tf', type: 'symlink', linkname: 'modules/real.tf' });

    expect(run.state).toBe('FINISHED');
    expect(run.lines.join('\n')).toContain('only on my machine');
  });

  it('refuses what is no archive, or only the beginning of one', async () => {
    const whole = await archiveOf([LOCAL, { name: 'filler', text: randomBytes(60_000).toString('hex') }]);

    for (const archive of [Buffer.from('no archive'), whole.subarray(0, whole.length / 2)]) {
      const run = await stack.follow(await propose(await upload(archive)));
      expect(run).toMatchObject({ state: 'FAILED', note: expect.stringContaining('the archive cannot be unpacked: ') });
    }
  });

  it('says where its configuration file is wrong, as for a commit', async () => {
    refused(await preview(LOCAL, { name: '.spacelift/config.yml', text: 'version: 2\nstacks:\n  local:\n    before_init: 7\n' }), '.spacelift/config.yml, line 4, stacks.local.before_init: must be a list of strings');
  });

  it('does not read a configuration file that is a link', async () => {
    refused(await preview(LOCAL, { name: 'other.yml', text: 'version: 2\n' }, { name: '.spacelift/config.yml', type: 'symlink', linkname: '../other.yml' }), '.spacelift/config.yml of the archive is a link');
  });

  it('refuses a proposal before the upload, one with the upload of another stack, and both where previews are off', async () => {
    const other = await platform.stack('unlike', { 'main.tf': MAIN }, { localPreviewEnabled: true });
    const closed = await platform.stack('closed', { 'main.tf': MAIN });

    const empty = await upload(undefined);
    const full = await upload(await archiveOf([LOCAL]));

    await expect(propose(empty)).rejects.toThrow('the workspace was not uploaded: send it to its upload URL first');
    await expect(propose(full, other)).rejects.toThrow(`workspace ${full} not found`);
    await expect(upload(undefined, closed)).rejects.toThrow('local preview is off for stack closed: turn it on in its settings');
    await expect(propose(full, closed)).rejects.toThrow('local preview is off for stack closed: turn it on in its settings');
  });
});
