// Bundles the tracing libraries into dist/layers: `telemetry` for X-Ray, `telemetry-otel` for OpenTelemetry, each one file.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const LAYERS = [
  { entry: 'layers/telemetry/xray.cjs', file: 'dist/layers/telemetry/telemetry/xray.cjs' },
  { entry: 'lib/adapters/otel/otel-tracer.ts', file: 'dist/layers/telemetry-otel/telemetry/otel.cjs' },
];

for (const { entry, file } of LAYERS) {
  const target = join(root, file);
  const { outputFiles } = await build({
    write: false,
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['main', 'module'],
    legalComments: 'none',
    logLevel: 'warning',
  });
  // Others may be reading it at this moment: they find the old file or the new one, never half of it.
  await mkdir(dirname(target), { recursive: true });
  await writeFile(`${target}.${process.pid}`, outputFiles[0]?.contents ?? '');
  await rename(`${target}.${process.pid}`, target);
}
