import { readFile } from 'node:fs/promises';
import type { Descriptor, Index, Manifest } from './digest.ts';
import type { ImageLayout } from './layout.ts';
import type { Registry } from './registry.ts';

/** Sends an image with all its parts, the innermost first, so that the tag appears only when everything is there; its digest. */
export async function pushLayout(layout: ImageLayout, registry: Registry): Promise<{ readonly digest: string; readonly tag: string; readonly blobsSent: number }> {
  const { descriptor, tag } = await layout.root();
  const { manifests } = await layout.readJson<Index>(descriptor);
  let blobsSent = 0;
  for (const platform of manifests) {
    const { config, layers } = await layout.readJson<Manifest>(platform);
    for (const { digest } of [...layers, config]) if (await registry.putBlob(digest, layout.pathOf(digest))) blobsSent += 1;
    await put(platform, platform.digest);
  }
  await put(descriptor, tag);
  return { digest: descriptor.digest, tag, blobsSent };

  async function put({ digest, mediaType }: Descriptor, reference: string): Promise<void> {
    await registry.putManifest(reference, mediaType, await readFile(layout.pathOf(digest)));
  }
}
