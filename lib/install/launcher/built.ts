import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';

/** Where `npm run build:launcher` puts what the installer publishes. */
export const LAUNCHER_BUILDS = 'dist/launchers';

const Built = z.object({
  version: z.string(),
  archives: z.array(z.object({ file: z.string(), arch: z.string(), sha256: z.string(), engine: z.boolean() })),
  image: z.boolean(),
});
export type Built = z.infer<typeof Built>;

export const archiveName = (version: string, arch: string): string => `windlass-launcher-${version}-linux-${arch}.tar.gz`;
export const imageFolder = (builds: string): string => join(builds, 'image');

/** What was built, undefined when nothing was. */
export async function readBuilt(builds: string): Promise<Built | undefined> {
  const names = await readdir(builds).catch((): string[] => []);
  return names.includes('built.json') ? Built.parse(JSON.parse(await readFile(join(builds, 'built.json'), 'utf8'))) : undefined;
}
