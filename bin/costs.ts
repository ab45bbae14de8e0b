// npm run costs: what an installation costs a month, and a thousand runs, from the synthesised templates and counted calls. `-c <config.json>` for another configuration;
// `--write` puts the tables into docs/costs.md.
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FUNCTIONS } from '../lib/core/shared/functions.ts';
import { COUNTERS } from '../lib/costs/counters.ts';
import { totalOf } from '../lib/costs/prices.ts';
import { costReport, GOALS, monthTable, provenance, runTable } from '../lib/costs/report.ts';
import { UnknownPrices, type PricedResource } from '../lib/costs/standing.ts';
import { synthesize } from '../lib/infra/synthesize.ts';
import { ConfigurationFault, readConfigFile } from '../lib/install/config-file.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = process.argv.indexOf('-c');
const path = at < 0 ? join(root, 'config.example.json') : (process.argv[at + 1] ?? '');
const folder = mkdtempSync(join(tmpdir(), 'windlass-costs-'));

/** Code does not change the bill, so that nothing needs to be built for it. */
function standIns() {
  const folders = { bundles: join(folder, 'bundles'), layers: join(folder, 'layers') };
  const write = (file: string, name: string) => {
    mkdirSync(file, { recursive: true });
    writeFileSync(join(file, name), '');
  };
  for (const { entry } of Object.values(FUNCTIONS)) write(join(folders.bundles, entry), 'index.mjs');
  for (const layer of ['telemetry', 'opa-arm64', 'opa-x86_64']) write(join(folders.layers, layer), 'layer.txt');
  return folders;
}

/** Replaces what stands between the marks. */
function writeTables(tables: string): void {
  const file = join(root, 'docs', 'costs.md');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/(<!-- tables -->\n)[^]*(<!-- end of tables -->)/, `$1\n${tables.replaceAll('$', '$$$$')}\n$2`));
}

try {
  const { config } = readConfigFile(path, { allowUnsupportedEngine: false, licenseRequired: false });
  const { stacks } = synthesize(config, join(folder, 'out'), standIns());
  const resources = stacks.flatMap(({ stackName, template }) => {
    const { Resources } = template as { readonly Resources: Readonly<Record<string, Omit<PricedResource, 'stack' | 'id'>>> };
    return Object.entries(Resources).map(([id, resource]): PricedResource => ({ ...resource, id, stack: stackName }));
  });
  const report = costReport(resources, COUNTERS);
  const tables = `${monthTable(report)}\n\n${runTable(report)}\n\n${provenance(COUNTERS)}\n`;
  process.stdout.write(tables);
  if (process.argv.includes('--write')) writeTables(tables);
  const asleep = totalOf(report.months[0]?.lines ?? []);
  const runs = totalOf(report.thousandRuns);
  const verdict = (dollars: number, goal: number) => (dollars <= goal ? `within $${goal}` : `ABOVE $${goal}`);
  process.stdout.write(`Asleep: ${verdict(asleep, GOALS.asleep)}. A thousand runs: ${verdict(runs, GOALS.thousandRuns)}.\n`);
  if (asleep > GOALS.asleep || runs > GOALS.thousandRuns) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof UnknownPrices) && !(error instanceof ConfigurationFault)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof ConfigurationFault ? 2 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
