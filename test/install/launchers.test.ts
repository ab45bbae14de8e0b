import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'expect';
import { packLauncher } from '../../lib/install/launcher/archive.ts';
import { archiveName, imageFolder, LAUNCHER_BUILDS } from '../../lib/install/launcher/built.ts';
import { assemble, joinPlatforms } from '../../lib/install/oci/assemble.ts';
import { MEDIA, type ImageConfig, type Index, type Manifest } from '../../lib/install/oci/digest.ts';
import { ImageLayout } from '../../lib/install/oci/layout.ts';
import { pushLayout } from '../../lib/install/oci/push-layout.ts';
import { Registry } from '../../lib/install/oci/registry.ts';
import { awsClients } from '../../lib/install/aws/clients.ts';
import { imageRegistry, type ImageRegistry } from '../support/image-registry.ts';
import { testInstallation } from '../support/installation.ts';
import { needsMoto } from '../support/requirements.ts';
import { scratchFolder } from '../support/scratch.ts';

const run = promisify(execFile);
const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
const LOGIN = { username: 'AWS', password: 'secret:with:colons' };

describe('launchers for workers', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let registry: ImageRegistry;
  /** Stands in for Node: what it is told to run it names. */
  let parts: { readonly node: string; readonly launcher: string; readonly engine: string | null };
  before(async () => {
    [folder, registry] = await Promise.all([scratchFolder('launchers'), imageRegistry({ ...LOGIN, token: true })]);
    parts = { node: join(folder.path, 'node'), launcher: join(folder.path, 'launcher.mjs'), engine: join(folder.path, 'engine') };
    await writeFile(parts.node, '#!/bin/sh\necho "node $* engine $WINDLASS_POLICY_ENGINE"\n', { mode: 0o755 });
    await writeFile(parts.launcher, 'console.log(1)\n');
    await writeFile(parts.engine ?? '', '#!/bin/sh\n', { mode: 0o755 });
  });
  after(async () => {
    await registry.close();
    await folder.remove();
  });

  const repository = (name = 'launcher') => new Registry({ endpoint: registry.url, repository: name, credentials: LOGIN });

  /** A base for both processors, as a registry keeps it. */
  function aBase(): string {
    const manifests = ['amd64', 'arm64'].map((architecture) => {
      const tar = Buffer.from(`files of ${architecture}`);
      const layer = registry.add(MEDIA.layer, gzipSync(tar));
      const config: ImageConfig = { architecture, os: 'linux', config: { Env: ['PATH=/usr/bin'], Cmd: ['sh'] }, rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(tar)}`] } };
      const manifest: Manifest = { schemaVersion: 2, mediaType: MEDIA.manifest, config: registry.add(MEDIA.config, Buffer.from(JSON.stringify(config))), layers: [layer] };
      return { ...registry.add(MEDIA.manifest, Buffer.from(JSON.stringify(manifest))), platform: { os: 'linux', architecture } };
    });
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.index, manifests }));
    registry.manifests.set('12-slim', { mediaType: MEDIA.index, content: index });
    return '12-slim';
  }

  async function anImage(name: string): Promise<ImageLayout> {
    const layout = new ImageLayout(join(folder.path, name));
    const base = { registry: repository('debian'), reference: aBase() };
    const manifests = [];
    for (const architecture of ['amd64', 'arm64']) {
      const layer = await packLauncher(parts, 'opt/windlass', join(folder.path, `${name}-${architecture}.tar.gz`));
      manifests.push(await assemble(layout, base, { architecture, layer, entrypoint: ['/opt/windlass/windlass-launcher'], environment: ['A=1'], user: '1983:1983' }));
    }
    await joinPlatforms(layout, manifests, '6.0.0');
    return layout;
  }

  it('are archives that run where they are unpacked, with the engine beside them', async () => {
    const packed = await packLauncher(parts, 'windlass-launcher', join(folder.path, 'a', 'x.tar.gz'));
    await run('tar', ['-xzf', packed.path, '-C', folder.path]);

    const { stdout } = await run(join(folder.path, 'windlass-launcher', 'windlass-launcher'), ['--flag']);

    const at = join(folder.path, 'windlass-launcher');
    expect(stdout.trim()).toBe(`node --no-warnings ${at}/launcher.mjs --flag engine ${at}/bin/policy-engine`);
    expect(packed.sha256).toBe(sha256(await readFile(packed.path)));
    expect(packed.diffId).toBe(`sha256:${sha256(gunzipSync(await readFile(packed.path)))}`);
  });

  it('are the same bytes whenever and by whomever they are packed', async () => {
    const first = await packLauncher(parts, 'windlass-launcher', join(folder.path, 'first.tar.gz'));
    for (const file of [parts.node, parts.launcher]) await utimes(file, 1, 1);
    const second = await packLauncher(parts, 'windlass-launcher', join(folder.path, 'second.tar.gz'));
    const without = await packLauncher({ ...parts, engine: null }, 'windlass-launcher', join(folder.path, 'third.tar.gz'));

    expect(second.sha256).toBe(first.sha256);
    expect(without.sha256).not.toBe(first.sha256);
    expect((await run('tar', ['-tzf', without.path])).stdout).not.toContain('policy-engine');
  });

  it('are an image on top of another for each processor, the same whenever it is made', async () => {
    const layout = await anImage('image-1');
    const again = await anImage('image-2');

    const { descriptor, tag } = await layout.root();
    expect(tag).toBe('6.0.0');
    expect((await again.root()).descriptor.digest).toBe(descriptor.digest);
    const index = await layout.readJson<Index>(descriptor);
    expect(index.manifests.map(({ platform }) => platform?.architecture)).toEqual(['amd64', 'arm64']);
    for (const platform of index.manifests) {
      const manifest = await layout.readJson<Manifest>(platform);
      const config = await layout.readJson<ImageConfig>(manifest.config);
      expect(config).toMatchObject({ architecture: platform.platform?.architecture, config: { Entrypoint: ['/opt/windlass/windlass-launcher'], Cmd: null, User: '1983:1983', Env: ['PATH=/usr/bin', 'A=1'] } });
      // Layer by layer, what is unpacked has the digest that the configuration says.
      for (const [at, layer] of manifest.layers.entries()) {
        const content = await readFile(layout.pathOf(layer.digest));
        expect(`sha256:${sha256(content)}`).toBe(layer.digest);
        expect(`sha256:${sha256(gunzipSync(content))}`).toBe(config.rootfs.diff_ids[at]);
      }
    }
  });

  it('are not put on a base whose content is not what its digest says, or that lacks the processor', async () => {
    const base = { registry: repository('debian'), reference: aBase() };
    const layer = await packLauncher(parts, 'opt/windlass', join(folder.path, 'layer.tar.gz'));
    const image = { layer, entrypoint: [], environment: [], user: '0' };
    await expect(assemble(new ImageLayout(join(folder.path, 'bad')), base, { ...image, architecture: 'riscv64' })).rejects.toThrow('has no image for linux/riscv64');

    const [blob = ''] = registry.blobs.keys();
    registry.damaged.set(blob, Buffer.from('something else'));
    await expect(assemble(new ImageLayout(join(folder.path, 'bad')), base, { ...image, architecture: 'amd64' })).rejects.toThrow(`the registry answered another blob than ${blob}`);
    registry.damaged.clear();
  });

  it('are pushed with every part before what names it, and parts that are there are not sent again', async () => {
    const layout = await anImage('image-3');
    const first = await pushLayout(layout, repository());
    expect(first.tag).toBe('6.0.0');
    expect(registry.manifests.get('6.0.0')?.mediaType).toBe(MEDIA.index);
    expect(first.blobsSent).toBeGreaterThanOrEqual(3);

    expect(await pushLayout(layout, repository())).toEqual({ ...first, blobsSent: 0 });
    await expect(pushLayout(layout, new Registry({ endpoint: registry.url, repository: 'launcher', credentials: { username: 'AWS', password: 'wrong' } }))).rejects.toThrow('the registry refused a token (401)');
  });

  it('are published by an installation: archives in the downloads bucket, the image in the account\'s registry', needsMoto, async () => {
    const place = await testInstallation();
    const ecr = await imageRegistry(LOGIN);
    try {
      await place.aws.ecr.send(new CreateRepositoryCommand({ repositoryName: 'platform-launcher' }));
      const builds = join(place.folder, LAUNCHER_BUILDS);
      await mkdir(builds, { recursive: true });
      const file = archiveName('6.0.0', 'x64');
      const { sha256: digest } = await packLauncher(parts, 'windlass-launcher', join(builds, file));
      const image = await anImage('image-4');
      await run('cp', ['-r', image.folder, imageFolder(builds)]);
      await writeFile(join(builds, 'built.json'), JSON.stringify({ version: '6.0.0', archives: [{ file, arch: 'x64', sha256: digest, engine: true }], image: true }));
      // The service's own answer names an address of its own; here it is the registry of this test.
      const aws = (region: string) => {
        const clients = awsClients(region, { endpoint: place.url });
        const send = clients.ecr.send.bind(clients.ecr) as (command: object) => Promise<object>;
        const authorizationData = [{ authorizationToken: Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64'), proxyEndpoint: ecr.url }];
        Object.assign(clients.ecr, { send: async (command: object) => (command.constructor.name === 'GetAuthorizationTokenCommand' ? { authorizationData } : send(command)) });
        return clients;
      };

      const outcome = await place.run('install', ['--yes'], { context: { aws } });

      expect(outcome).toMatchObject({ code: 0, complained: '' });
      expect(outcome.said).toContain(`Launcher binary: launchers/6.0.0/${file}`);
      expect(outcome.said).toMatch(/Launcher image: 123456789012\.dkr\.ecr\.eu-west-1\.amazonaws\.com\/platform-launcher:6\.0\.0/);
      const { Body } = await place.aws.s3.send(new GetObjectCommand({ Bucket: 'platform-downloads-123456789012-abcdef', Key: `launchers/6.0.0/${file}` }));
      expect(sha256((await Body?.transformToByteArray()) ?? new Uint8Array())).toBe(digest);
      expect([...ecr.manifests.keys()]).toContain('6.0.0');
    } finally {
      await ecr.close();
      await place.close();
    }
  });
});
