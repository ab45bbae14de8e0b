import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Telemetry } from '../../lib/core/ports/telemetry.ts';
import type { FUNCTIONS } from '../../lib/core/shared/functions.ts';
import { signIn, type Api } from '../../lib/demo/api.ts';
import { createRepository } from '../../lib/demo/repository.ts';
import { runTick } from '../../lib/edge/drain/ticks.ts';
import { readEmbeddedConfig } from '../../lib/runtime/config.ts';
import { startEmbedded, type EmbeddedServer, type Observer } from '../../lib/runtime/embedded.ts';
import { callCounter, type CallCounter } from './call-counter.ts';
import { eventually } from './eventually.ts';

const silent: Telemetry = { log: () => {}, count: () => {}, span: (_name, work) => work() };
const root = fileURLToPath(new URL('../..', import.meta.url));

/** What one run from its push on, and one tick, ask of the services. */
export interface CountedCalls {
  readonly run: Readonly<Record<string, number>>;
  readonly tick: Readonly<Record<string, number>>;
}

type FunctionOf = keyof typeof FUNCTIONS | 'objects';

/** The function that would answer a request on AWS; objects are answered by the store itself. */
function functionFor(path: string): FunctionOf {
  if (path.startsWith('/objects/')) return 'objects';
  if (path.startsWith('/worker/')) return 'worker-api';
  if (path.startsWith('/webhooks/')) return 'webhooks';
  return path === '/graphql' ? 'graphql' : 'http';
}

/** Counts what an embedded server asks of its ports, requests and messages included. */
function counting() {
  let counter: CallCounter | undefined;
  const calls = () => {
    if (counter === undefined) throw new Error('the server has not started');
    return counter;
  };
  const observer: Observer = {
    ports: (ports) => (counter = callCounter(ports)).ports,
    request: ({ method, path }) => calls().count(functionFor(path) === 'objects' ? `objects.${method.toLowerCase()} by url` : `request ${functionFor(path)}`),
    message: ({ queue }) => calls().count(`message ${queue}`),
  };
  return { observer, calls };
}

/** A push that is planned and applied, with a real worker, Terraform and git: `runs` times, and what one of them takes on average. */
export async function countJourney(runs: number): Promise<CountedCalls> {
  const folder = await mkdtemp(join(tmpdir(), 'windlass-counted-'));
  const secret = randomBytes(32).toString('hex');
  const environment = {
    ...process.env, WINDLASS_DATA: join(folder, 'data'), WINDLASS_LISTEN: '127.0.0.1:0', WINDLASS_MQTT_LISTEN: '127.0.0.1:0', ACCOUNT_NAME: 'counted',
    EMBEDDED_WORKER: 'process', EMBEDDED_WORKER_COUNT: '1', ADMIN_API_KEY_ID: 'counted', ADMIN_API_KEY_SECRET: secret,
  };
  const { config, faults } = readEmbeddedConfig(environment);
  if (faults.length > 0) throw new Error(faults.join('; '));
  const { observer, calls } = counting();
  const server = await startEmbedded({ config, tls: null, root, launcherCommand: [process.execPath, '--no-warnings', join(root, 'bin', 'launcher.ts')], environment, telemetry: silent, observer });
  try {
    const repository = await createRepository(join(folder, 'git'));
    const commit = async (change: number) => {
      const hash = await repository.commit('main', `change ${change}`, { 'main.tf': `resource "terraform_data" "only" {\n  input = "${change}"\n}\n` });
      await repository.push('main');
      return hash;
    };
    await commit(0);
    const hookUrl = await createStack(await signIn(server.url, { id: 'counted', secret }), repository.url);
    const once = async (change: number) => follow(server, hookUrl, await commit(change));
    await once(1);
    const total = await calls().during(async () => {
      for (let run = 0; run < runs; run++) await once(run + 2);
    });
    const tick = await calls().during(() => runTick(server.ports, 'tick'));
    return { run: averaged(total, runs), tick: averaged(tick, 1) };
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const averaged = (counts: Readonly<Record<string, number>>, runs: number) => Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => [name, Math.round((10 * count) / runs) / 10]));

async function createStack(api: Api, repositoryURL: string): Promise<string> {
  await api.query('mutation ($input: StackInput!) { stackCreate(input: $input, manageState: true, slug: "counted") { id } }', {
    input: { name: 'Counted', administrative: false, branch: 'main', repository: 'counted', provider: 'GIT', namespace: 'counted', autodeploy: true, repositoryURL, vendorConfig: { terraform: { workflowTool: 'TERRAFORM_FOSS' } } },
  });
  const { stack } = await api.query<{ stack: { gitHookUrl: string } }>('{ stack(id: "counted") { gitHookUrl } }');
  return stack.gitHookUrl;
}

/** Calls the hook, and waits without a call to the API until the run has ended and its worker is free. */
async function follow({ ports }: EmbeddedServer, hookUrl: string, hash: string): Promise<void> {
  const hook = await fetch(hookUrl, { method: 'POST' });
  await hook.arrayBuffer();
  const sql = ports.db.sql.withoutPlugins();
  await eventually(`the end of the run for ${hash}`, async () => {
    const run = await sql.selectFrom('runs').select(['state', 'commit_info']).where('finished_at', 'is not', null).orderBy('id', 'desc').limit(1).executeTakeFirst();
    if ((run?.commit_info as { readonly hash?: string } | undefined)?.hash !== hash) return undefined;
    if (run?.state !== 'FINISHED') throw new Error(`the run ended ${run?.state}`);
    const busy = await sql.selectFrom('workers').select('id').where('run_id', 'is not', null).executeTakeFirst();
    const queued = await sql.selectFrom('messages').select('id').where('queue', '=', 'asyncFifo').executeTakeFirst();
    return busy === undefined && queued === undefined;
  });
}
