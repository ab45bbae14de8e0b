import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { digestOf, MEDIA, type Descriptor, type Index } from './digest.ts';

/** An image as a folder: blobs by their digests, and an index that names the outermost. */
export class ImageLayout {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  pathOf(digest: string): string {
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`${digest} is no digest of SHA-256`);
    return join(this.folder, 'blobs', ...digest.split(':'));
  }

  async addBytes(mediaType: string, content: Uint8Array): Promise<Descriptor> {
    const digest = digestOf(content);
    await mkdir(join(this.folder, 'blobs', 'sha256'), { recursive: true });
    await writeFile(this.pathOf(digest), content);
    return { mediaType, digest, size: content.length };
  }

  addJson(mediaType: string, document: unknown): Promise<Descriptor> {
    return this.addBytes(mediaType, Buffer.from(JSON.stringify(document)));
  }

  async addFile(mediaType: string, path: string): Promise<Descriptor> {
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    const digest = `sha256:${hash.digest('hex')}`;
    await mkdir(join(this.folder, 'blobs', 'sha256'), { recursive: true });
    await copyFile(path, this.pathOf(digest));
    return { mediaType, digest, size: (await stat(path)).size };
  }

  async readJson<T>(descriptor: Descriptor): Promise<T> {
    const content = await readFile(this.pathOf(descriptor.digest));
    if (digestOf(content) !== descriptor.digest) throw new Error(`the blob ${descriptor.digest} is damaged`);
    return JSON.parse(content.toString('utf8')) as T;
  }

  /** Names the outermost descriptor by a tag; what has no name here is not part of the image. */
  async finish(root: Descriptor, tag: string): Promise<void> {
    const index: Index = { schemaVersion: 2, mediaType: MEDIA.index, manifests: [{ ...root, annotations: { 'org.opencontainers.image.ref.name': tag } }] };
    await writeFile(join(this.folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    await writeFile(join(this.folder, 'index.json.new'), JSON.stringify(index));
    await rename(join(this.folder, 'index.json.new'), join(this.folder, 'index.json'));
  }

  /** The outermost descriptor and its tag. */
  async root(): Promise<{ readonly descriptor: Descriptor; readonly tag: string }> {
    const { manifests } = JSON.parse(await readFile(join(this.folder, 'index.json'), 'utf8')) as Index;
    const [descriptor] = manifests;
    if (descriptor === undefined) throw new Error(`${this.folder} holds no image`);
    return { descriptor, tag: descriptor.annotations?.['org.opencontainers.image.ref.name'] ?? 'latest' };
  }
}
