// Bundles every program and fails when one passes its budget or drags in what it must not hold.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const KIB = 1024;

interface Budget {
  readonly entry: string;
  readonly kib: number;
  readonly forbidden: RegExp;
}

const BUDGETS: readonly Budget[] = [
  { entry: 'bin/server.ts', kib: 2_600, forbidden: /^(lib\/(launcher|demo)\/|node_modules\/(esbuild|typescript|openpgp|yauzl|mqtt)\/)/ },
  { entry: 'bin/launcher.ts', kib: 1_800, forbidden: /^(lib\/(core|edge|adapters|runtime|demo)\/|node_modules\/(aedes|kysely|pg|graphql|@electric-sql|@peculiar)\/)/ },
];

let faults = 0;
for (const { entry, kib, forbidden } of BUDGETS) {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    metafile: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['@electric-sql/pglite', 'pg-native'],
    logLevel: 'error',
  });
  const bytes = result.outputFiles.reduce((sum, file) => sum + file.contents.length, 0);
  const banned = Object.keys(result.metafile.inputs).filter((input) => forbidden.test(input));
  process.stdout.write(`${entry}: ${Math.round(bytes / KIB)} KiB of ${kib}\n`);
  if (bytes > kib * KIB) {
    faults++;
    process.stdout.write(`  over its budget by ${Math.round(bytes / KIB - kib)} KiB\n`);
  }
  if (banned.length > 0) {
    faults++;
    process.stdout.write(`  holds what it must not: ${banned.slice(0, 5).join(', ')}\n`);
  }
}
process.exit(faults > 0 ? 1 : 0);
