import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export type LayerName = 'telemetry' | 'telemetry-otel' | 'opa-arm64' | 'ca';

/** Where built code is found, and where what synthesis itself makes is written. */
export interface AssetFolders {
  /** A folder for each entry, with its bundle. */
  readonly bundles: string;
  /** A folder for each layer. */
  readonly layers: string;
  readonly outdir: string;
}

export const BUILT = { bundles: join(ROOT, 'dist/lambdas'), layers: join(ROOT, 'dist/layers') } as const;
export const MIGRATIONS_FOLDER = join(ROOT, 'migrations');

export const bundleFolder = (folders: AssetFolders, entry: string): string => join(folders.bundles, entry);

/** A layer's folder, or undefined where it is not built on this machine. */
export function builtLayer(folders: AssetFolders, name: LayerName): string | undefined {
  const folder = join(folders.layers, name);
  return existsSync(folder) ? folder : undefined;
}

/** Runs one of our build programs; what it says goes beside the answers of the one that synthesises. */
const run = (program: string, ...args: readonly string[]): void => void execFileSync(process.execPath, ['--no-warnings', join(ROOT, 'bin', program), ...args], {
  cwd: ROOT,
  stdio: ['ignore', 2, 2],
});

/** Builds what is missing or older than its sources, so that a clean clone synthesises by one command and nobody deploys old code. */
export function ensureBuilt(folders: AssetFolders, wanted: { readonly entries: readonly string[]; readonly layers: readonly LayerName[] }): void {
  if (folders.bundles === BUILT.bundles) run('build.ts', '--lambdas');
  const missing = wanted.entries.filter((entry) => !existsSync(join(bundleFolder(folders, entry), 'index.mjs')));
  if (missing.length > 0) throw new Error(`no bundle of ${missing.join(', ')} in ${folders.bundles}`);
  if (folders.layers !== BUILT.layers) return;
  const lacking = wanted.layers.filter((layer) => builtLayer(folders, layer) === undefined);
  if (lacking.some((layer) => layer.startsWith('telemetry'))) run('build-telemetry.ts');
  if (lacking.includes('opa-arm64')) run('build-engine.ts', '--layers', '--when-possible');
}

/** Writes the operator's root certificates as the content of a layer. */
export function writeCaLayer(outdir: string, certificates: readonly string[]): string {
  const folder = join(outdir, 'layer-ca');
  mkdirSync(join(folder, 'ca'), { recursive: true });
  writeFileSync(join(folder, 'ca/bundle.pem'), `${certificates.map((pem) => pem.trim()).join('\n')}\n`);
  return folder;
}

/** Changes when a file of the folder does. */
export function folderDigest(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) hash.update(`${name}\0`).update(readFileSync(join(folder, name))).update('\0');
  return hash.digest('hex').slice(0, 16);
}
