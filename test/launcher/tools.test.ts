import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { deflateRawSync, crc32 } from 'node:zlib';
import { expect } from 'expect';
import { createMessage, generateKey, readKey, readPrivateKey, sign } from 'openpgp';
import { HttpClient } from '../../lib/launcher/http-client.ts';
import type { PublisherKey } from '../../lib/launcher/release-signature.ts';
import { PUBLISHER_KEYS, releaseOf, thisPlatform } from '../../lib/launcher/releases.ts';
import { findToolsOnPath } from '../../lib/launcher/tools-on-path.ts';
import { ToolError, Tools } from '../../lib/launcher/tools.ts';
import { scratchFolder } from '../support/scratch.ts';

interface Signer {
  readonly key: PublisherKey;
  sign(text: string): Promise<Buffer>;
}

async function publisher(): Promise<Signer> {
  const { privateKey, publicKey } = await generateKey({ type: 'curve25519', userIDs: [{ name: 'publisher' }], format: 'armored' });
  const signingKeys = await readPrivateKey({ armoredKey: privateKey });
  return {
    key: { armored: publicKey, fingerprint: (await readKey({ armoredKey: publicKey })).getFingerprint().toUpperCase() },
    sign: async (text) => Buffer.from((await sign({ message: await createMessage({ binary: Buffer.from(text) }), signingKeys, detached: true, format: 'binary' })) as Uint8Array),
  };
}

/** A zip of these files. */
function zip(files: Readonly<Record<string, string>>): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const data = deflateRawSync(text);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(text), 10);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(Buffer.byteLength(text), 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), fields, Buffer.from(name), data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002', 'latin1'), Buffer.from([20, 0]), fields, tail, Buffer.from(name)]));
    bodies.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 4);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...bodies, central, Buffer.from('PK\u0005\u0006', 'latin1'), end]);
}

const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');

describe('the shipped publisher keys', () => {
  it('are those whose fingerprints are published', async () => {
    expect(PUBLISHER_KEYS.TERRAFORM_FOSS.map(({ fingerprint }) => fingerprint)).toEqual(['C874011F0AB405110D02105534365D9472D7468F']);
    expect(PUBLISHER_KEYS.OPEN_TOFU.map(({ fingerprint }) => fingerprint)).toEqual(['E3E6E43D84CB852EADB0051D0C0AF313E5FD9F80']);
    for (const key of [...PUBLISHER_KEYS.TERRAFORM_FOSS, ...PUBLISHER_KEYS.OPEN_TOFU]) expect((await readKey({ armoredKey: key.armored })).getFingerprint().toUpperCase()).toBe(key.fingerprint);
  });

  it('go with the publishers\' own addresses, or a mirror of the same layout', () => {
    const platform = { os: 'linux', arch: 'amd64' };
    const terraform = releaseOf('TERRAFORM_FOSS', '1.5.7', platform, null);
    expect([terraform.archive, terraform.sums, ...terraform.signatures].map(terraform.url)).toEqual([
      'https://releases.hashicorp.com/terraform/1.5.7/terraform_1.5.7_linux_amd64.zip', 'https://releases.hashicorp.com/terraform/1.5.7/terraform_1.5.7_SHA256SUMS',
      'https://releases.hashicorp.com/terraform/1.5.7/terraform_1.5.7_SHA256SUMS.72D7468F.sig', 'https://releases.hashicorp.com/terraform/1.5.7/terraform_1.5.7_SHA256SUMS.sig',
    ]);
    const tofu = releaseOf('OPEN_TOFU', '1.9.0', platform, 'https://mirror/x');
    expect([tofu.archive, ...tofu.signatures].map(tofu.url)).toEqual(['https://mirror/x/opentofu/v1.9.0/tofu_1.9.0_linux_amd64.zip', 'https://mirror/x/opentofu/v1.9.0/tofu_1.9.0_SHA256SUMS.gpgsig']);
  });
});

describe('getting a tool', () => {
  let signer: Signer;
  let stranger: Signer;
  let server: Server;
  let files: Map<string, Buffer>;
  let asked: string[];
  let scratch: Awaited<ReturnType<typeof scratchFolder>>;
  const http = new HttpClient();
  const { os, arch } = thisPlatform();
  const archiveName = `terraform_1.5.7_${os}_${arch}.zip`;

  before(async () => {
    [signer, stranger] = await Promise.all([publisher(), publisher()]);
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const file = files.get(request.url ?? '');
      response.writeHead(file ? 200 : 404).end(file);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => {
    http.close();
    server.closeAllConnections();
    server.close();
  });
  beforeEach(async () => {
    scratch = await scratchFolder('tools');
    asked = [];
    files = new Map();
  });
  afterEach(() => scratch.remove());

  async function publish(options: { archive?: Buffer; sums?: string; signer?: Signer; signature?: Buffer; signatureName?: string } = {}): Promise<void> {
    const archive = options.archive ?? zip({ terraform: '#!/bin/sh\necho tool\n', 'LICENSE.txt': 'x' });
    const sums = `${sha256(archive)}  ${archiveName}\n${'0'.repeat(64)}  terraform_1.5.7_plan9_amd64.zip\n`;
    files.set(`/terraform/1.5.7/${archiveName}`, archive);
    files.set('/terraform/1.5.7/terraform_1.5.7_SHA256SUMS', Buffer.from(options.sums ?? sums));
    files.set(`/terraform/1.5.7/terraform_1.5.7_SHA256SUMS${options.signatureName ?? '.72D7468F.sig'}`, options.signature ?? (await (options.signer ?? signer).sign(sums)));
  }

  const tools = (changes: Partial<ConstructorParameters<typeof Tools>[1]> = {}, onPath: ConstructorParameters<typeof Tools>[0] = []) =>
    new Tools(onPath, { cacheFolder: join(scratch.path, 'cache'), mirror: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, downloads: true, http, publisherKeys: { TERRAFORM_FOSS: [signer.key], OPEN_TOFU: [signer.key] }, retryForMs: 0, ...changes });
  const wanted = { kind: 'TERRAFORM_FOSS', version: '1.5.7' } as const;

  /** Binaries in the cache, and leftovers of unfinished downloads. */
  const cached = async () => (await readdir(join(scratch.path, 'cache'), { recursive: true, withFileTypes: true }).catch(() => [])).filter((entry) => entry.isFile()).map((entry) => entry.name);

  it('takes the one on PATH when its version fits, without asking anybody', async () => {
    expect(await tools({}, [{ kind: 'TERRAFORM_FOSS', version: '1.5.7', path: '/usr/bin/terraform' }]).resolve(wanted)).toEqual({ path: '/usr/bin/terraform', command: 'terraform', version: '1.5.7', source: 'path' });
    expect(asked).toEqual([]);
  });

  it('downloads, verifies, unpacks only the binary, and has it in the cache next time', async () => {
    await publish();
    const first = await tools().resolve(wanted);
    expect(first.source).toBe('download');
    expect(await readFile(first.path, 'utf8')).toBe('#!/bin/sh\necho tool\n');
    expect((await stat(first.path)).mode & 0o777).toBe(0o555);
    expect(await cached()).toEqual(['terraform']);

    asked = [];
    expect(await tools().resolve(wanted)).toEqual({ ...first, source: 'cache' });
    expect(asked).toEqual([]);
  });

  it('downloads once for several runs at a time', async () => {
    await publish();
    const shared = tools();
    await Promise.all([shared.resolve(wanted), shared.resolve(wanted), shared.resolve(wanted)]);
    expect(asked.filter((path) => path.endsWith('.zip'))).toHaveLength(1);
  });

  it('takes the signature under its other name', async () => {
    await publish({ signatureName: '.sig' });
    expect((await tools().resolve(wanted)).source).toBe('download');
  });

  it('does not use a cached binary that was changed', async () => {
    await publish();
    const { path } = await tools().resolve(wanted);
    await chmod(path, 0o755);
    await writeFile(path, 'tampered');

    const again = await tools().resolve(wanted);
    expect(again.source).toBe('download');
    expect(await readFile(again.path, 'utf8')).toContain('echo tool');
  });

  it('refuses sums signed by somebody else', async () => {
    await publish({ signer: stranger });
    await expect(tools().resolve(wanted)).rejects.toThrow("cannot get terraform 1.5.7: the signature of terraform_1.5.7_SHA256SUMS does not fit the publisher's key");
    expect(await cached()).toEqual([]);
  });

  it('refuses sums that were changed after signing', async () => {
    const evil = zip({ terraform: 'evil' });
    await publish({ sums: `${sha256(evil)}  ${archiveName}\n` });
    files.set(`/terraform/1.5.7/${archiveName}`, evil);
    await expect(tools().resolve(wanted)).rejects.toThrow('the signature of');
    expect(await cached()).toEqual([]);
  });

  it('refuses an archive that is not the signed one', async () => {
    await publish();
    files.set(`/terraform/1.5.7/${archiveName}`, zip({ terraform: 'evil' }));
    await expect(tools().resolve(wanted)).rejects.toThrow('does not have the checksum that its publisher signed');
    expect(await cached()).toEqual([]);
  });

  it('refuses a signature that is none, and sums that do not list the archive', async () => {
    await publish({ signature: Buffer.from('nonsense') });
    await expect(tools().resolve(wanted)).rejects.toThrow(ToolError);
    const sums = `${'0'.repeat(64)}  other.zip\n`;
    await publish({ sums, signature: await signer.sign(sums) });
    await expect(tools().resolve(wanted)).rejects.toThrow(`the checksums do not list ${archiveName}`);
  });

  it('refuses an archive without the binary', async () => {
    await publish({ archive: zip({ 'other/terraform': 'x' }) });
    await expect(tools().resolve(wanted)).rejects.toThrow('holds no "terraform"');
    expect(await cached()).toEqual([]);
  });

  it('says what is missing when the version does not exist or downloads are off', async () => {
    await expect(tools().resolve(wanted)).rejects.toThrow('answered 404');
    await expect(tools({ downloads: false }).resolve(wanted)).rejects.toThrow('SPACELIFT_LAUNCHER_TOOL_DOWNLOADS is off: install terraform on the worker, or choose a version that it has');
  });

  it('says where it downloads from before it does, and what to do when nobody answers there', async () => {
    const said: string[] = [];
    const nowhere = tools({ mirror: 'http://127.0.0.1:9/x' }).resolve(wanted, undefined, (line) => said.push(line));

    await expect(nowhere).rejects.toThrow(/^cannot get terraform 1\.5\.7: cannot reach http:\/\/127\.0\.0\.1:9: .*; install terraform on the worker's PATH, or give it a way there: a proxy, or SPACELIFT_LAUNCHER_TOOL_MIRROR$/);
    expect(said).toEqual(['Downloading terraform 1.5.7 from 127.0.0.1:9']);
  });
});

describe('tools on PATH', () => {
  it('are asked for their version once, until they change', async () => {
    const scratch = await scratchFolder('path');
    const bin = join(scratch.path, 'bin');
    await mkdir(bin);
    const install = async (version: string) => {
      await writeFile(join(bin, 'tofu'), `#!/bin/sh\necho asked >> ${scratch.path}/asked\necho '{"terraform_version":"${version}"}'\n`);
      await chmod(join(bin, 'tofu'), 0o755);
    };
    const find = () => findToolsOnPath({ PATH: `${bin}:/usr/bin:/bin` }, join(scratch.path, 'work'));

    await install('1.9.0');
    expect((await find()).filter(({ kind }) => kind === 'OPEN_TOFU')).toEqual([{ kind: 'OPEN_TOFU', version: '1.9.0', path: join(bin, 'tofu') }]);
    await find();
    expect(await readFile(join(scratch.path, 'asked'), 'utf8')).toBe('asked\n');
    await install('1.10.0-rc1');
    expect((await find()).find(({ kind }) => kind === 'OPEN_TOFU')?.version).toBe('1.10.0-rc1');
    await scratch.remove();
  });
});
