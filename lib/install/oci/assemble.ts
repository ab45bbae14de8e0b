import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MEDIA, type Descriptor, type ImageConfig, type Index, type Manifest } from './digest.ts';
import type { ImageLayout } from './layout.ts';
import type { Registry } from './registry.ts';

export interface AddedLayer {
  readonly path: string;
  /** Digest of the layer before its compression. */
  readonly diffId: string;
}

/** An image for one processor. */
export interface PlatformImage {
  /** `amd64`, `arm64`. */
  readonly architecture: string;
  readonly layer: AddedLayer;
  /** What the image runs, and its environment. */
  readonly entrypoint: readonly string[];
  readonly environment: readonly string[];
  readonly user: string;
}

/** Puts a layer on top of the base's image of the same processor; its manifest. */
export async function assemble(layout: ImageLayout, base: { readonly registry: Registry; readonly reference: string }, image: PlatformImage): Promise<Descriptor> {
  const below = await fetchBase(layout, base, image.architecture);
  const layer = await layout.addFile(MEDIA.layer, image.layer.path);
  const config: ImageConfig = {
    ...below.config,
    // Nothing of the build's moment: the same parts make the same image.
    created: '1970-01-01T00:00:00Z',
    config: { ...below.config.config, Entrypoint: image.entrypoint, Cmd: null, User: image.user, Env: [...environmentOf(below.config), ...image.environment] },
    rootfs: { type: 'layers', diff_ids: [...below.config.rootfs.diff_ids, image.layer.diffId] },
    history: [...(below.config.history ?? []), { created: '1970-01-01T00:00:00Z', created_by: 'windlass build:launcher' }],
  };
  const manifest: Manifest = { schemaVersion: 2, mediaType: MEDIA.manifest, config: await layout.addJson(MEDIA.config, config), layers: [...below.manifest.layers, layer] };
  return { ...(await layout.addJson(MEDIA.manifest, manifest)), platform: { os: 'linux', architecture: image.architecture } };
}

/** One name for the images of all processors. */
export async function joinPlatforms(layout: ImageLayout, manifests: readonly Descriptor[], tag: string): Promise<void> {
  const index: Index = { schemaVersion: 2, mediaType: MEDIA.index, manifests };
  await layout.finish(await layout.addJson(MEDIA.index, index), tag);
}

const environmentOf = ({ config }: ImageConfig): readonly string[] => (config?.Env as readonly string[] | undefined) ?? [];

async function fetchBase(layout: ImageLayout, { registry, reference }: { readonly registry: Registry; readonly reference: string }, architecture: string): Promise<{ readonly manifest: Manifest; readonly config: ImageConfig }> {
  const outer = JSON.parse((await registry.manifest(reference)).content.toString('utf8')) as Index | Manifest;
  const chosen = 'manifests' in outer ? outer.manifests.find(({ platform }) => platform?.os === 'linux' && platform.architecture === architecture) : undefined;
  if ('manifests' in outer && chosen === undefined) throw new Error(`the base ${reference} has no image for linux/${architecture}`);
  const manifest = chosen === undefined ? (outer as Manifest) : (JSON.parse((await registry.manifest(chosen.digest)).content.toString('utf8')) as Manifest);
  for (const { digest } of [manifest.config, ...manifest.layers]) {
    const path = layout.pathOf(digest);
    await mkdir(dirname(path), { recursive: true });
    await registry.saveBlob(digest, path);
  }
  const config = await layout.readJson<ImageConfig>(manifest.config);
  if (config.architecture !== architecture) throw new Error(`the base ${reference} is for ${config.architecture}, not ${architecture}`);
  return { manifest, config };
}

