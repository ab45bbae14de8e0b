import { generateKeyPairSync, createPublicKey, createPrivateKey } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { expect } from 'expect';
import { pack, type Header } from 'tar-stream';
import { ArchiveError, extractTarGz, staysInside } from '../../lib/launcher/archive.ts';
import { restoreWorkspace, saveWorkspace } from '../../lib/launcher/workspace.ts';
import { scratchFolder } from '../support/scratch.ts';

async function archive(...entries: (Partial<Header> & { name: string; text?: string })[]): Promise<Readable> {
  const tar = pack();
  for (const { text, ...header } of entries) tar.entry(header, text ?? '');
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar as AsyncIterable<Buffer>) parts.push(part);
  return Readable.from([gzipSync(Buffer.concat(parts))]);
}

describe('an archive from outside', () => {
  let scratch: Awaited<ReturnType<typeof scratchFolder>>;
  let folder: string;
  beforeEach(async () => {
    scratch = await scratchFolder('archive');
    folder = join(scratch.path, 'in', 'here');
    await mkdir(folder, { recursive: true });
  });
  afterEach(() => scratch.remove());

  it('is unpacked with folders, modes and links', async () => {
    await extractTarGz(await archive({ name: './a/b.sh', text: 'x', mode: 0o755 }, { name: 'a/link', type: 'symlink', linkname: 'b.sh' }, { name: 'c', type: 'directory', mode: 0o500 }, { name: 'c/d', text: 'y' }), folder);

    expect((await lstat(join(folder, 'a/b.sh'))).mode & 0o777).toBe(0o755);
    expect(await readlink(join(folder, 'a/link'))).toBe('b.sh');
    expect(await readFile(join(folder, 'c/d'), 'utf8')).toBe('y');
  });

  it('loses its first path component when asked to', async () => {
    await extractTarGz(await archive({ name: 'repo-abc/', type: 'directory' }, { name: 'repo-abc/main.tf', text: 'x' }), folder, { strip: 1 });
    expect(await readdir(folder)).toEqual(['main.tf']);
  });

  for (const [what, entries] of Object.entries({
    'an absolute path': [{ name: '/tmp/windlass-out', text: 'x' }],
    'a path that climbs out': [{ name: 'a/../../windlass-out', text: 'x' }],
    'a link to an absolute path': [{ name: 'l', type: 'symlink' as const, linkname: '/etc' }],
    'a link that climbs out': [{ name: 'a/l', type: 'symlink' as const, linkname: '../../x' }],
    'a link that climbs out through a name': [{ name: 'd', type: 'symlink' as const, linkname: 'sub/..' }],
    'a file beneath a link': [{ name: 'real', type: 'directory' as const }, { name: 'l', type: 'symlink' as const, linkname: 'real' }, { name: 'l/x', text: 'x' }],
    'a hard link': [{ name: 'a', text: 'x' }, { name: 'b', type: 'link' as const, linkname: 'a' }],
    'a device': [{ name: 'dev', type: 'character-device' as const, devmajor: 1, devminor: 3 }],
  })) {
    it(`is refused with ${what}`, async () => {
      await expect(archive(...entries).then((stream) => extractTarGz(stream, folder))).rejects.toThrow(ArchiveError);
      expect(existsSync('/tmp/windlass-out')).toBe(false);
      expect(await readdir(scratch.path)).toEqual(['in']);
      expect(await readdir(join(scratch.path, 'in'))).toEqual(['here']);
    });
  }

  it('is refused when it unpacks to too much, or is no archive', async () => {
    await expect(archive({ name: 'big', text: 'x'.repeat(2000) }).then((stream) => extractTarGz(stream, folder, { maxBytes: 1000 }))).rejects.toThrow('more than 1000 bytes');
    await expect(extractTarGz(Readable.from([Buffer.from('nonsense')]), folder)).rejects.toThrow(ArchiveError);
    await expect(extractTarGz(Readable.from([gzipSync(Buffer.from('nonsense'.repeat(100)))]), folder)).rejects.toThrow(ArchiveError);
  });

  it('may hold links that stay inside by their text', () => {
    expect(['x', './x', '../x', '../../r/x'].map((target) => staysInside('/r', '/r/a', target))).toEqual([true, true, true, false]);
    expect(['', '/r/x', '../..', 'b/..', 'b/../../../x'].map((target) => staysInside('/r', '/r/a', target))).toEqual(Array(5).fill(false));
  });
});

describe('a saved workspace', () => {
  let scratch: Awaited<ReturnType<typeof scratchFolder>>;
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
  const publicKey = createPublicKey(keys.publicKey);
  const privateKey = createPrivateKey(keys.privateKey);
  const folders = (name: string) => ({ workspace: join(scratch.path, name, 'run'), kept: join(scratch.path, name, 'kept') });
  const make = async (name: string) => {
    const made = folders(name);
    await mkdir(made.workspace, { recursive: true });
    await mkdir(made.kept);
    return made;
  };
  beforeEach(async () => {
    scratch = await scratchFolder('workspace');
  });
  afterEach(() => scratch.remove());

  const provider = 'source/.terraform/providers/registry.terraform.io/hashicorp/null/3.2.1/linux_amd64';

  async function saved(leftOut: string[] = []) {
    const from = await make('from');
    await mkdir(join(from.workspace, 'source', '.terraform', 'providers', 'registry.terraform.io', 'hashicorp', 'null', '3.2.1'), { recursive: true });
    await writeFile(join(from.workspace, 'source', 'run.sh'), '#!/bin/sh\n');
    await chmod(join(from.workspace, 'source', 'run.sh'), 0o750);
    await writeFile(join(from.workspace, 'source', 'big'), Buffer.alloc(300_000, 'z'));
    await writeFile(join(from.workspace, 'source', 'empty'), '');
    await symlink('run.sh', join(from.workspace, 'source', 'link'));
    await symlink('/etc/hostname', join(from.workspace, 'source', 'outside'));
    await mkdir(join(scratch.path, 'cache'), { recursive: true });
    await writeFile(join(scratch.path, 'cache', 'terraform-provider-null'), 'binary');
    await symlink(join(scratch.path, 'cache'), join(from.workspace, provider));
    await writeFile(join(from.kept, 'exported.json'), '{"A":"1"}');
    const sealed = await saveWorkspace(from, '01RUN', publicKey, join(scratch.path, 'sealed'), (link) => leftOut.push(link));
    expect((await readFile(sealed.path)).length).toBe(sealed.bytes);
    return sealed;
  }

  it('comes back with modes, links and what the launcher kept', async () => {
    const leftOut: string[] = [];
    const sealed = await saved(leftOut);
    const to = await make('to');

    const missing = await restoreWorkspace(createReadStream(sealed.path), to, '01RUN', privateKey);

    expect(missing).toEqual([]);
    expect((await lstat(join(to.workspace, 'source/run.sh'))).mode & 0o777).toBe(0o750);
    expect(await readlink(join(to.workspace, 'source/link'))).toBe('run.sh');
    expect((await readFile(join(to.workspace, 'source/big'))).length).toBe(300_000);
    expect(await readFile(join(to.kept, 'exported.json'), 'utf8')).toBe('{"A":"1"}');
    expect(await readlink(join(to.workspace, provider))).toBe(join(scratch.path, 'cache'));
    expect(leftOut).toEqual(['source/outside']);
    expect(existsSync(join(to.workspace, '.windlass'))).toBe(false);
  });

  it('names providers that are not the same here', async () => {
    const sealed = await saved();
    await writeFile(join(scratch.path, 'cache', 'terraform-provider-null'), 'another');
    const to = await make('to');
    expect(await restoreWorkspace(createReadStream(sealed.path), to, '01RUN', privateKey)).toEqual([provider]);
    await rm(join(scratch.path, 'cache'), { recursive: true });
    expect(await restoreWorkspace(createReadStream(sealed.path), await make('to2'), '01RUN', privateKey)).toEqual([provider]);
  });

  it('opens for no other run, and not when damaged', async () => {
    const sealed = await saved();
    await expect(restoreWorkspace(createReadStream(sealed.path), await make('a'), '02RUN', privateKey)).rejects.toThrow('belongs to something else');
    await expect(restoreWorkspace(createReadStream(sealed.path, { end: sealed.bytes - 20 }), await make('b'), '01RUN', privateKey)).rejects.toThrow('cut short');
    expect(await readdir(folders('b').workspace)).toEqual([]);
  });
});
