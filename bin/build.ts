// Bundles the programs into dist/ when a source is newer than the bundle; with `--lambdas` the functions instead. `--force` always does.
import { cp, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';
import { buildLambda, BUNDLING, lambdaEntries } from './bundling.ts';

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

/** Parts of earlier bundles, whose names tell their contents, would be deployed with the new ones. */
async function removeOthers(kept: readonly string[]): Promise<void> {
  for (const folder of new Set(kept.map((path) => dirname(path)))) {
    for (const name of await readdir(folder)) if (name.endsWith('.mjs') && !kept.includes(join(folder, name))) await rm(join(folder, name));
  }
}

const lambdaFiles = async () => (await Promise.all(lambdaEntries(root).map((entry) => buildLambda(root, entry)))).flatMap(({ files }) => files);

const programs: BuildOptions = {
  ...BUNDLING,
  write: false,
  absWorkingDir: root,
  entryPoints: ENTRIES.map((entry) => ({ in: `bin/${entry}.ts`, out: entry })),
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  sourcemap: 'linked',
  // It reads its WebAssembly and data files from beside itself.
  external: ['@electric-sql/pglite', 'pg-native'],
  logLevel: 'warning',
};

const lambdas = process.argv.includes('--lambdas');
const outputs = lambdas ? lambdaEntries(root).map((entry) => join('lambdas', entry, 'index.mjs')) : ENTRIES.map((entry) => `${entry}.mjs`);
const built = await Promise.all(outputs.map((output) => stat(join(root, 'dist', output)).then((facts) => facts.mtimeMs, () => 0)));
const sources = Math.max(await newest('bin', 'lib', ...(lambdas ? ['lambdas', 'migrations'] : [])), (await stat(join(root, 'package-lock.json'))).mtimeMs);
if (process.argv.includes('--force') || Math.min(...built) < sources) {
  const outputFiles = lambdas ? await lambdaFiles() : ((await build(programs)).outputFiles ?? []);
  if (lambdas) await import('./build-telemetry.ts');
  // Others may be starting a program at this moment: they find the old file or the new one, never half of it.
  for (const { path, contents } of outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.${process.pid}`, contents);
    await rename(`${path}.${process.pid}`, path);
  }
  if (lambdas) {
    await removeOthers(outputFiles.map(({ path }) => path));
    // Files that a function reads lie beside its code.
    const migrations = join(root, 'dist', 'lambdas', 'ops', 'migrations');
    await cp(join(root, 'migrations'), `${migrations}.${process.pid}`, { recursive: true });
    await rm(migrations, { recursive: true, force: true });
    await rename(`${migrations}.${process.pid}`, migrations);
  }
}
