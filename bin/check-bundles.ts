// Bundles every program and function, and fails when one passes its budget or drags in what it must not hold.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildLambda, BUNDLING, lambdaEntries } from './bundling.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const KIB = 1024;
const KB = 1000;

interface Budget {
  readonly bytes: number;
  readonly forbidden: RegExp;
}

const PROGRAMS: Readonly<Record<string, Budget>> = {
  'bin/server.ts': { bytes: 2_600 * KIB, forbidden: /^(lib\/(launcher|demo)\/|node_modules\/(esbuild|typescript|openpgp|yauzl|mqtt)\/)/ },
  'bin/launcher.ts': { bytes: 1_800 * KIB, forbidden: /^(lib\/(core|edge|adapters|runtime|demo)\/|node_modules\/(aedes|kysely|pg|graphql|@electric-sql|@peculiar)\/)/ },
};

/** What no function may hold; tracing libraries come by a layer. */
const NOT_IN_FUNCTIONS = /^(lib\/(infra|launcher|web|demo|install)\/|node_modules\/(@electric-sql|aedes|mqtt|aws-cdk-lib|constructs|esbuild|typescript|aws-xray-sdk-core|@grpc|@opentelemetry\/exporter)[/-])/;
const SMALL = new RegExp(`${NOT_IN_FUNCTIONS.source}|^node_modules/(kysely|pg|graphql|@aws-sdk)/`);
/** What no folder of a function passes, with what few calls need. */
const FOLDER_BYTES = 1_600 * KB;
/** What a function reads before its first call. */
const [LARGE, MEDIUM, LITTLE] = [1_600 * KB, 900 * KB, 300 * KB];

const FUNCTIONS: Readonly<Record<string, Budget>> = {
  graphql: { bytes: LARGE, forbidden: NOT_IN_FUNCTIONS },
  http: { bytes: LARGE, forbidden: NOT_IN_FUNCTIONS },
  drain: { bytes: LARGE, forbidden: NOT_IN_FUNCTIONS },
  'worker-api': { bytes: MEDIUM, forbidden: new RegExp(`${NOT_IN_FUNCTIONS.source}|^node_modules/graphql/`) },
  webhooks: { bytes: LITTLE, forbidden: SMALL },
  web: { bytes: LITTLE, forbidden: SMALL },
  license: { bytes: MEDIUM, forbidden: NOT_IN_FUNCTIONS },
  'iot-provisioner': { bytes: MEDIUM, forbidden: NOT_IN_FUNCTIONS },
  ops: { bytes: MEDIUM, forbidden: NOT_IN_FUNCTIONS },
};

let faults = 0;

function judge(name: string, bundle: { readonly bytes: number; readonly inputs: readonly string[] }, budget: Budget | undefined): void {
  const fault = (words: string) => {
    faults++;
    process.stdout.write(`  ${words}\n`);
  };
  process.stdout.write(`${name}: ${Math.round(bundle.bytes / KB)} kB of ${Math.round((budget?.bytes ?? 0) / KB)}\n`);
  if (budget === undefined) return fault('has no budget: give it one');
  if (bundle.bytes > budget.bytes) fault(`over its budget by ${Math.ceil((bundle.bytes - budget.bytes) / KB)} kB`);
  const banned = bundle.inputs.filter((input) => budget.forbidden.test(input));
  if (banned.length > 0) fault(`holds what it must not: ${banned.slice(0, 5).join(', ')}`);
}

for (const [entry, budget] of Object.entries(PROGRAMS)) {
  const { outputFiles, metafile } = await build({
    ...BUNDLING,
    absWorkingDir: root,
    entryPoints: [entry],
    metafile: true,
    write: false,
    external: ['@electric-sql/pglite', 'pg-native'],
    logLevel: 'error',
  });
  judge(entry, { bytes: outputFiles.reduce((sum, file) => sum + file.contents.length, 0), inputs: Object.keys(metafile.inputs) }, budget);
}

for (const entry of lambdaEntries(root)) {
  const { startBytes, bytes, inputs } = await buildLambda(root, entry);
  judge(`lambdas/${entry}.ts`, { bytes: startBytes, inputs }, FUNCTIONS[entry]);
  if (bytes > startBytes) judge('  with what is loaded when it is needed', { bytes, inputs: [] }, { bytes: FOLDER_BYTES, forbidden: NOT_IN_FUNCTIONS });
}
process.exit(faults > 0 ? 1 : 0);
