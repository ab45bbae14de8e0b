// npm run bench: a push on the platform against the bare tool, interleaved, on both databases. `--runs N` (default 20). A section by its name
// instead: `aws` (the model of a push on AWS, and the functions' bundles), `counters` (counts the calls of a run anew), `policies` (the policy engine).
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { signIn, type Api } from '../lib/demo/api.ts';
import { createRepository, type DemoRepository } from '../lib/demo/repository.ts';
import { startServerProcess } from '../lib/demo/server-process.ts';
import { postgresBinaries, startPostgres } from '../test/support/postgres.ts';
import { awsTables } from './aws.ts';
import { writeCounters } from './counters.ts';
import { localPath, runBare, type BareTimes } from './bare-tool.ts';
import { runOnPlatform, type PlatformTimes } from './platform-run.ts';
import { policyTable } from './policies.ts';
import { ms, pairedRatio, summarize, table } from './statistics.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const runsAt = process.argv.indexOf('--runs');
const RUNS = runsAt < 0 ? 20 : Number(process.argv[runsAt + 1]);
const [section] = process.argv.slice(2).filter((word, index, words) => !word.startsWith('--') && words[index - 1] !== '--runs');
const WARM_UP = 3;
const STACK = 'bench';

const toolOnPath = (): string => {
  for (const name of ['terraform', 'tofu']) {
    try {
      return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    } catch {
      // The other one, then.
    }
  }
  throw new Error('terraform or tofu is needed on PATH');
};

const configuration = (n: number) => `resource "terraform_data" "only" {\n  input = "change ${n}"\n}\n`;

async function createStack(api: Api, repository: DemoRepository): Promise<string> {
  await api.query('mutation ($input: StackInput!, $slug: String) { stackCreate(input: $input, manageState: true, slug: $slug) { id } }', {
    input: {
      name: 'Bench', administrative: false, branch: 'main', repository: 'bench', provider: 'GIT', namespace: 'bench', autodeploy: true,
      repositoryURL: repository.url, vendorConfig: { terraform: { workflowTool: 'TERRAFORM_FOSS' } },
    },
    slug: STACK,
  });
  const { stack } = await api.query<{ stack: { gitHookUrl: string } }>('query ($id: ID!) { stack(id: $id) { gitHookUrl } }', { id: STACK });
  return stack.gitHookUrl;
}

interface Series {
  /** MiB of the server alone, at the end. */
  readonly residentMib: number;
  readonly bare: readonly BareTimes[];
  readonly platform: readonly PlatformTimes[];
}

/** One server, `RUNS` commits; each is applied by the bare tool and by the platform in turn. */
async function measure(name: string, environment: Readonly<Record<string, string>>, runs: number, bareToo: boolean): Promise<Series> {
  const folder = await mkdtemp(join(tmpdir(), 'windlass-bench-'));
  const server = await startServerProcess({
    command: [process.execPath, '--no-warnings', join(root, 'dist', 'server.mjs')],
    folder: join(folder, 'data'),
    environment: { ACCOUNT_NAME: 'bench', EMBEDDED_WORKER: 'process', EMBEDDED_WORKER_COUNT: '1', ...environment },
  });
  try {
    const api = await signIn(server.url, server.apiKey);
    const repository = await createRepository(join(folder, 'git'));
    await repository.commit('main', 'first', { 'main.tf': configuration(0) });
    await repository.push('main');
    const hookUrl = await createStack(api, repository);
    const bare: BareTimes[] = [];
    const platform: PlatformTimes[] = [];
    for (let n = 1; n <= runs + WARM_UP; n++) {
      const hash = await repository.commit('main', `change ${n}`, { 'main.tf': configuration(n) });
      await repository.push('main');
      const bareTimes = bareToo ? await runBare(toolOnPath(), localPath(repository.url)) : undefined;
      const platformTimes = await runOnPlatform(api, STACK, hookUrl, hash);
      if (n <= WARM_UP) continue;
      if (bareTimes !== undefined) bare.push(bareTimes);
      platform.push(platformTimes);
    }
    process.stderr.write(`${name}: ${platform.length} runs\n`);
    return { bare, platform, residentMib: await residentMib(server.pid) };
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a process holds of the machine's memory. */
async function residentMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}

function report(name: string, { bare, platform, residentMib: resident }: Series): readonly (readonly string[])[] {
  const row = (what: string, values: readonly number[]) => {
    const { median, p95 } = summarize(values);
    return [`${name}: ${what}`, ms(median), ms(p95)];
  };
  const finished = platform.map((times) => times.finished);
  const ratio = (what: string, below: readonly number[]) => [`${name}: ${what}`, pairedRatio(finished, below).toFixed(2), ''];
  return [
    row('hook → first line of the worker', platform.map((times) => times.firstLine)),
    row('hook → first byte of init', platform.map((times) => times.init)),
    row('hook → FINISHED', finished),
    row('bare, with clone', bare.map((times) => times.withClone)),
    row('bare, without clone', bare.map((times) => times.withoutClone)),
    ratio('FINISHED ÷ bare with clone', bare.map((times) => times.withClone)),
    ratio('FINISHED ÷ bare without clone', bare.map((times) => times.withoutClone)),
    [`${name}: memory of the server`, `${resident.toFixed(0)} MiB`, ''],
  ];
}

/** `git fetch` of `git -c name=value -C folder fetch …`. */
function commandOf(call: string): string {
  const [name = '', ...words] = call.split(' ');
  const at = words.findIndex((word, index) => !word.startsWith('-') && !['-c', '-C'].includes(words[index - 1] ?? ''));
  return `${name} ${words[at] ?? ''}`;
}

/** How often a run starts the tool and git, counted by small programs of those names that stand before them on PATH. Apart: they cost time. */
async function countChildren(): Promise<readonly (readonly string[])[]> {
  const folder = await mkdtemp(join(tmpdir(), 'windlass-count-'));
  const counted = ['terraform', 'tofu', 'git', 'tar', 'unzip'];
  try {
    await mkdir(join(folder, 'bin'));
    await chmod(folder, 0o755);
    const file = join(folder, 'calls');
    await writeFile(file, '', { mode: 0o666 });
    await chmod(file, 0o666);
    for (const name of counted) {
      let real: string;
      try {
        real = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
      } catch {
        continue;
      }
      await writeFile(join(folder, 'bin', name), `#!/bin/sh\necho ${name} "$@" >>'${file}'\nexec '${real}' "$@"\n`, { mode: 0o755 });
    }
    const runs = 5;
    await measure('children', { PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}` }, runs, false);
    const calls = (await readFile(file, 'utf8')).trim().split('\n');
    // The bench's own pushes run before PATH is changed for the server, so only the platform's calls are here.
    const byName = Map.groupBy(calls, commandOf);
    return [...byName].map(([call, all]) => [call, (all.length / (runs + WARM_UP)).toFixed(1)]).sort();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (section === 'aws') {
  process.stdout.write(`${await awsTables()}\n`);
  process.exit(0);
}
if (section === 'counters') {
  process.stdout.write(`${await writeCounters()}\n`);
  process.exit(0);
}
if (section === 'policies') {
  process.stdout.write(`${await policyTable()}\n`);
  process.exit(0);
}
if (section !== undefined) {
  process.stderr.write(`there is no section "${section}": it is aws, counters, policies, or none\n`);
  process.exit(2);
}

const rows: (readonly string[])[] = [];
rows.push(...report('embedded', await measure('embedded', {}, RUNS, true)));
if (postgresBinaries() === undefined) {
  process.stderr.write('PostgreSQL is not installed: its half of the table is missing\n');
} else {
  const postgres = await startPostgres({ fsync: true });
  try {
    rows.push(...report('PostgreSQL', await measure('PostgreSQL', { DATABASE_URL: await postgres.database('windlass_bench') }, RUNS, true)));
  } finally {
    await postgres.stop();
  }
}
process.stdout.write(`${table(['', 'median', 'p95'], rows)}\n\n`);
process.stdout.write(`${table(['child process', 'per run'], await countChildren())}\n`);
process.exit(0);
