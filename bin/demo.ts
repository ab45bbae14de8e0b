// npm run demo: the main job on a throw-away data folder. A push is planned, looked at, confirmed and applied, twice.
// `--keep` leaves the server running.
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { signIn, type Api } from '../lib/demo/api.ts';
import { followRun, type Transition } from '../lib/demo/follow-run.ts';
import { CHANGED_TFVARS, MAIN_TF } from '../lib/demo/infrastructure.ts';
import { addPolicies, approve, showReasons, showReplay } from '../lib/demo/policies.ts';
import { heading, logLine, say, seconds, showChanges, showTable, stateLine, type Change } from '../lib/demo/report.ts';
import { createRepository, type DemoRepository } from '../lib/demo/repository.ts';
import { startServerProcess, type ServerProcess } from '../lib/demo/server-process.ts';
import { builtEngine } from '../lib/policy-engine/binary.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const keep = process.argv.includes('--keep');
const STACK = 'demo';
const APPEARS_WITHIN_MS = 15_000;

const timings: (readonly [string, string])[] = [];
async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  timings.push([what, seconds(performance.now() - start)]);
  return result;
}

const isOnPath = (command: string): boolean => (process.env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, command)));
/** Whichever of the two is there; with neither, Terraform is downloaded. */
const vendorConfig = !isOnPath('terraform') && isOnPath('tofu') ? { opentofu: {} } : { terraform: { workflowTool: 'TERRAFORM_FOSS' } };

const STACK_INPUT = {
  name: 'Demo', administrative: false, branch: 'main', repository: 'infrastructure', provider: 'GIT', namespace: 'demo',
  vendorConfig,
};

async function createStack(api: Api, repository: DemoRepository): Promise<string> {
  await api.query('mutation ($input: StackInput!, $slug: String) { stackCreate(input: $input, manageState: true, slug: $slug) { id } }', {
    input: { ...STACK_INPUT, repositoryURL: repository.url },
    slug: STACK,
  });
  const { stack } = await api.query<{ stack: { gitHookUrl: string } }>('query ($id: ID!) { stack(id: $id) { gitHookUrl } }', { id: STACK });
  return stack.gitHookUrl;
}

/** The run that a push made: the newest of the kind for the commit. */
async function runOf(api: Api, list: 'runs' | 'proposedRuns', hash: string): Promise<string> {
  const deadline = performance.now() + APPEARS_WITHIN_MS;
  while (performance.now() < deadline) {
    const { stack } = await api.query<{ stack: Record<string, readonly { id: string; commit: { hash: string } }[]> }>(`query ($id: ID!) { stack(id: $id) { ${list} { id commit { hash } } } }`, { id: STACK });
    const found = stack[list]?.find((run) => run.commit.hash === hash);
    if (found !== undefined) return found.id;
    await delay(20);
  }
  throw new Error(`the push of ${hash.slice(0, 8)} made no run within ${APPEARS_WITHIN_MS / 1000} s`);
}

function follow(api: Api, run: string, after?: number): Promise<Transition> {
  return followRun(api, { stack: STACK, id: run, ...(after === undefined ? {} : { after }) }, { onState: (step) => stateLine(step.state, step.note), onLine: logLine });
}

async function changesOf(api: Api, run: string): Promise<readonly Change[]> {
  const { stack } = await api.query<{ stack: { run: { changesV3: readonly { resources: readonly Change[] }[] } } }>(
    'query ($stack: ID!, $run: ID!) { stack(id: $stack) { run(id: $run) { changesV3(input: {}) { resources { address metadata { type } } } } } }',
    { stack: STACK, run },
  );
  return stack.run.changesV3.flatMap((group) => group.resources);
}

function expectState(step: Transition, state: string): void {
  if (step.state !== state) throw new Error(`the run ended ${step.state}${step.note === null ? '' : `: ${step.note}`}; expected ${state}. Its log is above.`);
}

async function planAndApply(api: Api, run: string, which: string, reviewed = false): Promise<void> {
  const planned = await timed(`${which}: push to plan`, () => follow(api, run));
  expectState(planned, 'UNCONFIRMED');
  heading('Planned changes');
  showChanges(await changesOf(api, run));
  if (reviewed) {
    heading('A review approves it');
    await approve(api, STACK, run, delay);
  }
  heading('Confirming');
  const applied = await timed(`${which}: confirm to applied`, async () => {
    await api.query('mutation ($stack: ID!, $run: ID!) { runConfirm(stack: $stack, run: $run) { id } }', { stack: STACK, run });
    return follow(api, run, planned.stateVersion);
  });
  expectState(applied, 'FINISHED');
}

async function showResult(api: Api): Promise<void> {
  const { stack } = await api.query<{ stack: { outputs: readonly { id: string; value: string | null }[]; managedStateVersions: readonly { id: string; serial: number; current: boolean }[] } }>(
    'query ($id: ID!) { stack(id: $id) { outputs { id value } managedStateVersions { id serial current } } }',
    { id: STACK },
  );
  heading('Outputs');
  showTable(stack.outputs.map((output) => [output.id, output.value ?? '(sensitive)'] as const));
  const current = stack.managedStateVersions.find((version) => version.current);
  if (current === undefined) throw new Error('no state was kept');
  say(`  state version ${current.id}, serial ${current.serial}`);
}

async function journey(server: ServerProcess, folder: string): Promise<void> {
  const api = await signIn(server.url, server.apiKey);
  const repository = await createRepository(join(folder, 'git'));
  const first = await repository.commit('main', 'Two servers in a network', { 'main.tf': MAIN_TF });
  await repository.push('main');
  await timed('stack', async () => repository.installHook(await createStack(api, repository)));

  heading('A commit is pushed to main');
  const pushed = await repository.commit('main', 'Say what this is', { 'README.md': '# Demo\n', 'main.tf': `# ${first.slice(0, 8)}\n${MAIN_TF}` });
  const tracked = await timed('first push to run', async () => {
    await repository.push('main');
    return runOf(api, 'runs', pushed);
  });
  await planAndApply(api, tracked, 'first change');
  await showResult(api);

  heading('A branch proposes a change');
  const proposed = await repository.commit('greeting', 'Greet again', { 'terraform.tfvars': CHANGED_TFVARS });
  await repository.push('greeting');
  const preview = await runOf(api, 'proposedRuns', proposed);
  expectState(await timed('proposed run', () => follow(api, preview)), 'FINISHED');
  showChanges(await changesOf(api, preview));

  // Without Go there is no policy engine, and the rest goes on without.
  const hasEngine = (await builtEngine(root)) !== undefined;
  heading('Policies');
  if (hasEngine) await addPolicies(api, STACK);
  else say('  left out: the policy engine is not built; `npm run build:engine` builds it, and needs Go');

  heading('The branch is merged');
  const merged = await repository.merge('greeting');
  await repository.push('main');
  const second = await runOf(api, 'runs', merged);
  await planAndApply(api, second, 'second change', hasEngine);
  await showResult(api);
  if (!hasEngine) return;
  heading('What policies said, and why the run is where it is');
  await showReasons(api, STACK, second);
  heading('A stricter plan policy, tried on the plans so far');
  await timed('replay', () => showReplay(api, delay));
}

const folder = await mkdtemp(join(tmpdir(), 'windlass-demo-'));
// Steps of a server that root started run as another user, who has to get through here.
await chmod(folder, 0o755);
const began = performance.now();
let server: ServerProcess | undefined;
try {
  heading('Starting a server and its workers');
  server = await timed('server start', () =>
    startServerProcess({
      command: [process.execPath, '--no-warnings', join(root, 'dist', 'server.mjs')],
      folder: join(folder, 'data'),
      environment: { ACCOUNT_NAME: 'demo', EMBEDDED_WORKER: 'process', EMBEDDED_WORKER_COUNT: '1', WINDLASS_RUN_ROOT: join(folder, 'runs') },
    }),
  );
  say(`  ${server.url}`);
  if (!isOnPath('terraform') && !isOnPath('tofu')) say('  neither terraform nor tofu is on PATH: the worker downloads Terraform and verifies it; without a network, install one of them');
  await journey(server, folder);
  heading('What took how long');
  showTable([...timings, ['all', seconds(performance.now() - began)]]);
  if (keep) {
    heading('Still running');
    say(`  API      ${server.url}/graphql`);
    say(`  key      ${server.apiKey.id}`);
    say(`  secret   ${server.apiKey.secret}`);
    say(`  folder   ${folder}`);
    say('  Ctrl-C ends it.');
    const running = server;
    process.once('SIGINT', () => void running.stop());
    process.once('SIGTERM', () => void running.stop());
    await running.ended;
  }
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(`\nThe demo failed: ${(error as Error).message}\n`);
  if (server !== undefined) process.stderr.write(`The server's log is ${server.logFile}, its workers' logs are in ${join(server.folder, 'worker')}; both are kept.\n`);
} finally {
  await server?.stop();
  if (process.exitCode !== 1) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
