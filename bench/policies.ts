import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { builtEngine, ENGINE_SOURCES } from '../lib/policy-engine/binary.ts';
import { PolicyEngineClient, type PolicySource } from '../lib/policy-engine/policy-engine.ts';
import { summarize, table } from './statistics.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const command = (await builtEngine(root)) ?? '';

const KIB = 1024;
const MIB = 1024 * KIB;
const open = (memoryMib = 512) => new PolicyEngineClient({ command, memoryMib, maxInputMib: 64 });
const plan = (rego: string): PolicySource & { readonly type: 'PLAN' } => ({ type: 'PLAN', version: 'v1', source: `package spacelift\n\n${rego}\n` });
const time = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};
const p99 = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(0.99 * values.length))] ?? Number.NaN;
const residentMib = (pid: number | undefined): number => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid ?? 0}/status`, 'utf8'))?.[1]) / KIB;

/** A plan of about this size. */
function planOf(bytes: number): string {
  const one = (n: number) => ({ address: `aws_instance.web[${n}]`, type: 'aws_instance', name: 'web', provider_name: 'aws', change: { actions: n % 3 === 0 ? ['create'] : ['update'], before: null, after: { tags: { owner: `team ${n}` }, text: 'x'.repeat(300) } } });
  const size = JSON.stringify(one(1)).length + 1;
  return JSON.stringify({ terraform: { resource_changes: Array.from({ length: Math.max(1, Math.round(bytes / size)) }, (_, n) => one(n)) } });
}

// No alias of the type, so that bare OPA can evaluate it as well.
const RULE = plan('changed := [r | some r in input.terraform.resource_changes; "update" in r.change.actions]\n\ndeny contains sprintf("%s has no owner", [r.address]) if {\n\tsome r in changed\n\tnot r.change.after.tags.owner\n}\n\nwarn contains "many" if count(changed) > 100000');
const rows: string[][] = [];
const note = (measure: string, goal: string, measured: string, met: boolean): void => void rows.push([measure, goal, measured, met ? 'yes' : 'NO']);
const shown = (ms: number): string => `${ms.toFixed(ms < 10 ? 2 : 0)} ms`;

async function start(): Promise<void> {
  const times: number[] = [];
  let idle = 0;
  for (let n = 0; n < 15; n++) {
    const engine = open();
    times.push(await time(() => engine.version()));
    if (n === 0) {
      await sleep(200);
      idle = residentMib(engine.pid);
    }
    await engine.close();
  }
  const { median } = summarize(times);
  note('child start to first answer', '<= 15 ms', shown(median), median <= 15);
  note('idle child', '<= 25 MB', `${((idle * MIB) / 1e6).toFixed(1)} MB`, idle * MIB <= 25e6);
}

async function compile(engine: PolicyEngineClient): Promise<void> {
  const body = (n: number) => Array.from({ length: 15 }, (_, k) => `deny contains "m${n}-${k}" if {\n\tsome r in affected_resources\n\tr.type == "t${k}"\n}`).join('\n');
  const times: number[] = [];
  for (let n = 0; n < 60; n++) times.push(await time(() => engine.check(plan(body(n)))));
  const { median } = summarize(times);
  note('compile a 60-line policy', '<= 3 ms', shown(median), median <= 3);
}

async function evaluate(engine: PolicyEngineClient): Promise<void> {
  for (const [name, bytes, goal, count] of [['1 KB', KIB, 0.2, 3000], ['84 KB', 84 * KIB, 3, 600]] as const) {
    const input = planOf(bytes);
    const once = () => engine.evaluate([RULE], [input], { deadlineMs: 5000 });
    for (let n = 0; n < 200; n++) await once();
    const times: number[] = [];
    for (let n = 0; n < count; n++) times.push(await time(once));
    const { median } = summarize(times);
    note(`evaluate ${name}, p50`, `<= ${goal} ms`, shown(median), median <= goal);
    note(`evaluate ${name}, p99`, '<= 5 x p50', `${shown(p99(times))} (${(p99(times) / median).toFixed(1)} x)`, p99(times) <= 5 * median);
  }
}

async function large(engine: PolicyEngineClient): Promise<void> {
  const input = planOf(5e6);
  const once = (policies: readonly (PolicySource & { readonly type: 'PLAN' })[]) => time(() => engine.evaluate(policies, [input], { deadlineMs: 45_000 }));
  await once([RULE]);
  const times: number[] = [];
  for (let n = 0; n < 7; n++) times.push(await once([RULE]));
  const one = summarize(times).median;

  const folder = await mkdtemp(join(tmpdir(), 'windlass-policies-'));
  try {
    await writeFile(join(folder, 'input.json'), input);
    await writeFile(join(folder, 'policy.rego'), RULE.source);
    const go = spawnSync('go', ['test', '-run', 'NONE', '-bench', 'OPAWithFiles', '-benchtime', '7x', '.'], {
      cwd: join(root, ENGINE_SOURCES), encoding: 'utf8', env: { ...process.env, BENCH_INPUT: join(folder, 'input.json'), BENCH_POLICY: join(folder, 'policy.rego') },
    });
    const metric = (unit: string): number => Number(new RegExp(`([\\d.]+) ${unit}`).exec(go.stdout ?? '')?.[1]) / (unit === 'ns/op' ? 1e6 : 1);
    const alone = metric('ns/op');
    if (Number.isFinite(alone)) note('5 MB: client / OPA in Go', '<= 1.3', `${(one / alone).toFixed(2)} (${shown(one)} / ${shown(alone)})`, one / alone <= 1.3);
    else note('5 MB: client / OPA in Go', '<= 1.3', 'Go is missing', false);
    const [parse, evaluation] = [metric('parse-ms/op'), metric('eval-ms/op')];
    const ten = Array.from({ length: 10 }, (_, n) => plan(`${RULE.source.slice('package spacelift'.length)}\nflag contains "f${n}"`));
    await once(ten);
    const tens = [await once(ten), await once(ten), await once(ten)];
    const together = summarize(tens).median;
    const ideal = parse + (10 * evaluation) / Math.min(availableParallelism(), 10);
    if (Number.isFinite(ideal)) note('ten policies on 5 MB / (parse + ten evaluations / cores)', '<= 1.2', `${(together / ideal).toFixed(2)} (${shown(together)})`, together / ideal <= 1.2);
    else note('ten policies on 5 MB', '<= 1.2 x (parse + ten / cores)', shown(together), false);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function huge(): Promise<void> {
  const engine = open(2048);
  const input = planOf(32 * MIB * 0.98);
  const from = performance.now();
  const [[evaluation] = []] = await engine.evaluate([RULE], [input], { deadlineMs: 45_000 });
  note('32 MB plan in 2,048 MiB', 'evaluated', evaluation?.error === undefined ? `evaluated in ${shown(performance.now() - from)}` : evaluation.error.message, evaluation?.error === undefined);
  await engine.close();
}

async function checks(engine: PolicyEngineClient): Promise<void> {
  const policy = { type: 'ACCESS', version: 'v1', source: 'package spacelift\n\nread if "db" in input.session.teams\n\nwrite if {\n\t"db" in input.session.teams\n\tnot "frozen" in input.stack.labels\n}\n' } as const;
  const inputs = Array.from({ length: 2000 }, (_, n) => JSON.stringify({ session: { login: 'kim', teams: ['db'], admin: false }, stack: { id: `stack-${n}`, labels: n % 2 === 0 ? ['frozen'] : [] } }));
  const times: number[] = [];
  for (let n = 0; n < 9; n++) times.push(await time(() => engine.evaluate([policy], inputs, { deadlineMs: 500 })));
  const { median } = summarize(times.slice(2));
  note('2,000 access checks', '<= 50 ms', shown(median), median <= 50);
}

async function runaway(engine: PolicyEngineClient): Promise<void> {
  const endless = plan('deny contains "x" if {\n\tsome a in numbers.range(1, 4000)\n\tsome b in numbers.range(1, 4000)\n\tsome c in numbers.range(1, 4000)\n\ta + b + c == 1\n}');
  const input = planOf(KIB);
  const quick = () => time(() => engine.evaluate([RULE], [input], { deadlineMs: 5000 }));
  for (let n = 0; n < 200; n++) await quick();
  const usual: number[] = [];
  for (let n = 0; n < 500; n++) usual.push(await quick());
  const deadlineMs = 2000;
  const state = { over: false };
  const from = performance.now();
  const ended = engine.evaluate([endless], [input], { deadlineMs }).then(() => {
    state.over = true;
    return performance.now() - from;
  });
  const beside: number[] = [];
  while (!state.over) beside.push(await quick());
  const late = (await ended) - deadlineMs;
  note('runaway policy ends after its deadline', '<= 300 ms', shown(late), late <= 300);
  const delay = p99(beside) - p99(usual);
  note('others beside it, p99', '<= 20 ms more', shown(delay), delay <= 20);
}

async function bomb(): Promise<void> {
  const engine = open(512);
  const before = process.memoryUsage.rss();
  const policy = plan('deny contains "x" if {\n\tlong := concat("", [s | some _ in numbers.range(1, 100000); s := "0123456789012345678901234567890123456789"])\n\tmore := [m | some i in numbers.range(1, 100000); m := sprintf("%d%s", [i, long])]\n\tcount(more) == 1\n}');
  const [[evaluation] = []] = await engine.evaluate([policy], ['{}'], { deadlineMs: 20_000 });
  const moved = (process.memoryUsage.rss() - before) / MIB;
  const kind = evaluation?.error?.kind ?? 'none';
  note('memory bomb', 'ended; the caller stays', `${kind}, the caller ${moved >= 0 ? '+' : ''}${moved.toFixed(0)} MiB`, kind === 'memory' && moved < 32);
  await engine.close();
}

async function many(): Promise<void> {
  const engine = open();
  const input = planOf(KIB);
  const run = async (count: number) => {
    for (let n = 0; n < count; n++) await engine.evaluate([RULE], [input], { deadlineMs: 5000 });
  };
  await run(2000);
  const before = residentMib(engine.pid);
  await run(10_000);
  const grown = residentMib(engine.pid) - before;
  note('10,000 evaluations', 'no growth', `${grown >= 0 ? '+' : ''}${grown.toFixed(1)} MiB`, grown < 4);
  await engine.close();
}

/** What the layer of the functions takes, as `npm run build:engine -- --layers` has made it. */
async function layer(): Promise<void> {
  const folder = join(root, 'dist', 'layers', 'opa-arm64');
  const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const bytes = files.filter((file) => file.isFile()).reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
  note('layer for arm64, unzipped', '<= 30 MB', bytes === 0 ? 'not built' : `${(bytes / 1e6).toFixed(1)} MB`, bytes > 0 && bytes <= 30e6);
}

/** How fast policies are asked, against the goals for it. Needs the built engine; the comparison with Go needs Go. */
export async function policyTable(): Promise<string> {
  if (command === '') throw new Error('the policy engine is not built: run `npm run build:engine`');
  await start();
  const engine = open(4096);
  for (const measure of [compile, evaluate, checks, runaway, large]) await measure(engine);
  await engine.close();
  await huge();
  await bomb();
  await many();
  await layer();
  return table(['Measure', 'Goal', 'Measured', 'Met'], rows);
}
