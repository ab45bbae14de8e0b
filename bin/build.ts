// Bundles the programs into dist/ when a source is newer than the bundle. `--force` always does.
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const ENTRIES = ['server', 'launcher'];

/** Newest change below the folders, in milliseconds. */
async function newest(...folders: readonly string[]): Promise<number> {
  let latest = 0;
  for (const folder of folders) {
    for (const entry of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      latest = Math.max(latest, (await stat(join(entry.parentPath, entry.name))).mtimeMs);
    }
  }
  return latest;
}

const built = await Promise.all(ENTRIES.map((entry) => stat(join(root, 'dist', `${entry}.mjs`)).then((facts) => facts.mtimeMs, () => 0)));
const sources = Math.max(await newest('bin', 'lib'), (await stat(join(root, 'package-lock.json'))).mtimeMs);
if (process.argv.includes('--force') || Math.min(...built) < sources) {
  const { outputFiles } = await build({
    write: false,
    absWorkingDir: root,
    entryPoints: ENTRIES.map((entry) => ({ in: `bin/${entry}.ts`, out: entry })),
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    keepNames: true,
    sourcemap: 'linked',
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    legalComments: 'none',
    // It reads its WebAssembly and data files from beside itself.
    external: ['@electric-sql/pglite', 'pg-native'],
    banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
    logLevel: 'warning',
  });
  // Others may be starting a program at this moment: they find the old file or the new one, never half of it.
  for (const { path, contents } of outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.${process.pid}`, contents);
    await rename(`${path}.${process.pid}`, path);
  }
}
