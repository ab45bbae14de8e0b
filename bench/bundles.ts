import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { buildLambda } from '../bin/bundling.ts';
import { ms, summarize, table } from './statistics.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'dist', 'lambdas');
const ROUNDS = 15;
const GOAL_MS = 120;

async function timeOf(...args: readonly string[]): Promise<number> {
  const start = performance.now();
  await run(process.execPath, args, { env: { PATH: process.env.PATH } });
  return performance.now() - start;
}

/** Import and nothing else: what a bundle throws for the lack of its environment comes after it was read, and is none of this. */
const importing = (file: string): readonly string[] => ['--input-type=module', '-e', `await import(${JSON.stringify(pathToFileURL(file).href)}).catch(() => {}); process.exit(0)`];

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`;

/** Sizes of the functions' bundles, and how long their import takes in bare Node over a Node that does nothing; in turns, so that drift hits all. */
export async function measureBundles(): Promise<string> {
  const names = (await readdir(folder).catch(() => [])).sort();
  if (names.length === 0) return 'There are no bundles in dist/lambdas: node bin/build.ts --lambdas makes them.';
  const times = new Map<string, number[]>([['', []], ...names.map((name) => [name, []] as [string, number[]])]);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, kept] of times) {
      const time = name === '' ? await timeOf('--input-type=module', '-e', 'process.exit(0)') : await timeOf(...importing(join(folder, name, 'index.mjs')));
      if (round > 0) kept.push(time);
    }
  }
  const bare = summarize(times.get('') ?? []).median;
  const rows = await Promise.all(
    names.map(async (name) => {
      const over = summarize(times.get(name) ?? []).median - bare;
      const { startBytes, bytes } = await buildLambda(root, name);
      return [name, kilobytes(startBytes), kilobytes(bytes), ms(over), `${over <= GOAL_MS ? 'within' : 'ABOVE'} ${GOAL_MS} ms`];
    }),
  );
  return table(['bundle', 'read at the start', 'all', `import over ${ms(bare)} of bare Node`, ''], rows);
}
