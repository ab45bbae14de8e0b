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

/** Milliseconds: by the clock, and of a processor, which a busy machine changes little. */
interface Times {
  readonly wall: number;
  readonly cpu: number;
}

/** Ends before anything else can begin, and says how much of a processor it took. */
const END = 'const { user, system } = process.cpuUsage(); process.stdout.write(String((user + system) / 1000)); process.exit(0)';

async function timeOf(program: string): Promise<Times> {
  const start = performance.now();
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', `${program}${END}`], { env: { PATH: process.env.PATH } });
  return { wall: performance.now() - start, cpu: Number(stdout) };
}

/** Import and nothing else: what a bundle throws for the lack of its environment comes after it was read, and is none of this. */
const importing = (file: string): string => `await import(${JSON.stringify(pathToFileURL(file).href)}).catch(() => {});`;

const median = (times: readonly Times[] | undefined, of: keyof Times): number => summarize((times ?? []).map((each) => each[of])).median;

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`;

/** Sizes of the functions' bundles, and how long their import takes in bare Node over a Node that does nothing; in turns, so that drift hits all. */
export async function measureBundles(): Promise<string> {
  const names = (await readdir(folder).catch(() => [])).sort();
  if (names.length === 0) return 'There are no bundles in dist/lambdas: node bin/build.ts --lambdas makes them.';
  const times = new Map<string, Times[]>(['', ...names].map((name) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, kept] of times) {
      const time = await timeOf(name === '' ? '' : importing(join(folder, name, 'index.mjs')));
      if (round > 0) kept.push(time);
    }
  }
  const bare = times.get('');
  const rows = await Promise.all(
    names.map(async (name) => {
      const over = (of: keyof Times) => median(times.get(name), of) - median(bare, of);
      const { startBytes, bytes } = await buildLambda(root, name);
      const judged = `${over('wall') <= GOAL_MS ? 'within' : 'ABOVE'} ${GOAL_MS} ms`;
      return [name, kilobytes(startBytes), kilobytes(bytes), ms(over('cpu')), ms(over('wall')), judged];
    }),
  );
  return table(['bundle', 'read at the start', 'all', 'of a processor', `import over ${ms(median(bare, 'wall'))} of bare Node`, ''], rows);
}
