import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { signIn, type Api } from '../../lib/demo/api.ts';
import { followRun } from '../../lib/demo/follow-run.ts';
import { createRepository, type DemoRepository } from '../../lib/demo/repository.ts';
import type { ServerProcess } from '../../lib/demo/server-process.ts';
import { eventually } from './eventually.ts';
import { freePort } from './postgres.ts';
import { scratchFolder } from './scratch.ts';
import { copySetUpFolder, startServer } from './server.ts';

/** Of a run, from its push or trigger to its end. */
const WITHIN_MS = 60_000;

export interface FollowedRun {
  readonly id: string;
  readonly state: string;
  readonly stateVersion: number;
  readonly note: string | null;
  /** Log lines since the following began, in order. */
  readonly lines: readonly string[];
  readonly states: readonly string[];
}

export interface TestStack {
  readonly id: string;
  readonly repository: DemoRepository;
  readonly hookUrl: string;
  /** Commits, pushes (the hook fires) and returns the commit. */
  push(files: Readonly<Record<string, string>>, options?: { readonly branch?: string; readonly message?: string }): Promise<string>;
  /** Waits for the run of a commit to end or to wait for a person. */
  runOf(hash: string, kind?: 'runs' | 'proposedRuns'): Promise<FollowedRun>;
  follow(runId: string, after?: number): Promise<FollowedRun>;
  trigger(type?: 'TRACKED' | 'PROPOSED', commitSha?: string): Promise<string>;
  /** Triggers, and waits as `runOf` does. */
  run(type?: 'TRACKED' | 'PROPOSED', commitSha?: string): Promise<FollowedRun>;
  task(command: string): Promise<FollowedRun>;
  confirm(runId: string): Promise<void>;
  /** Confirms, and waits for the end. */
  apply(planned: FollowedRun): Promise<FollowedRun>;
  /** One of the mutations that take a stack and a run. */
  act(mutation: 'runConfirm' | 'runDiscard' | 'runCancel' | 'runStop' | 'runKill' | 'runRetry', runId: string, note?: string): Promise<void>;
  /** The state a run is in now, and since how many steps. */
  stateOf(runId: string): Promise<{ readonly state: string; readonly stateVersion: number; readonly note: string | null }>;
  /** Waits for a run to be in a state, without reading its log. */
  reaches(runId: string, state: string): Promise<void>;
  setVariable(name: string, value: string, options?: { readonly writeOnly?: boolean }): Promise<void>;
  query<T>(selection: string): Promise<T>;
}

export interface Platform {
  readonly server: ServerProcess;
  readonly api: Api;
  readonly folder: string;
  /** The server's data folder. */
  readonly data: string;
  /** A stack over a repository of its own, whose first commit holds `files`. */
  stack(name: string, files: Readonly<Record<string, string>>, input?: Readonly<Record<string, unknown>>): Promise<TestStack>;
  /** Starts the server again, in the same folder and on the same ports, after it has ended. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A whole server with workers, driven over its public interfaces only. Started by root, its steps run as the runner user, as anywhere. */
export async function startPlatform(environment: Readonly<Record<string, string | undefined>> = {}, options: { readonly folder?: string } = {}): Promise<Platform> {
  const given = options.folder;
  const folder = given === undefined ? await scratchFolder('platform') : { path: given, remove: async () => {} };
  await chmod(folder.path, 0o711);
  const data = join(folder.path, 'data');
  // A server that is started again is found where it was.
  const ports = { WINDLASS_LISTEN: `127.0.0.1:${await freePort()}`, WINDLASS_MQTT_LISTEN: `127.0.0.1:${await freePort()}` };
  const start = () => startServer({ folder: data, environment: { ...ports, WINDLASS_RUN_ROOT: join(folder.path, 'runs'), ...environment } });
  // One session follows runs, and is answered when there is news; the other is answered at once.
  const sessions = () => Promise.all([signIn(server.url, server.apiKey), signIn(server.url, server.apiKey, 'other')]);
  await copySetUpFolder(data);
  let server = await start();
  let [live, api] = await sessions();

  async function stack(name: string, files: Readonly<Record<string, string>>, input: Readonly<Record<string, unknown>> = {}): Promise<TestStack> {
    const repository = await createRepository(join(folder.path, 'git', name));
    await repository.commit('main', 'first', files);
    await repository.push('main');
    const created = await api.query<{ stackCreate: { id: string; gitHookUrl: string } }>('mutation ($input: StackInput!) { stackCreate(input: $input, manageState: true) { id gitHookUrl } }', {
      input: {
        name, administrative: false, branch: 'main', repository: name, namespace: 'test', provider: 'GIT', repositoryURL: repository.url,
        vendorConfig: { terraform: { workflowTool: 'TERRAFORM_FOSS' } }, ...input,
      },
    });
    const { id, gitHookUrl: hookUrl } = created.stackCreate;
    await repository.installHook(hookUrl);

    const follow = async (runId: string, after?: number): Promise<FollowedRun> => {
      const lines: string[] = [];
      const states: string[] = [];
      const signal = AbortSignal.timeout(WITHIN_MS);
      const told = { onState: (step: { readonly state: string }) => states.push(step.state), onLine: (line: string) => lines.push(line.replace(/\n$/, '')) };
      const last = await followRun(live, { stack: id, id: runId, signal, ...(after === undefined ? {} : { after }) }, told).catch((cause: unknown) => {
        throw signal.aborted ? new Error(`run ${runId} came no further than ${states.join(' ')}:\n${lines.slice(-20).join('\n')}`, { cause }) : cause;
      });
      return { id: runId, state: last.state, stateVersion: last.stateVersion, note: last.note, lines, states };
    };

    const query = async <T>(selection: string): Promise<T> => (await api.query<{ stack: T }>(`query ($id: ID!) { stack(id: $id) { ${selection} } }`, { id })).stack;

    const trigger = async (type: 'TRACKED' | 'PROPOSED' = 'TRACKED', commitSha?: string): Promise<string> => {
      const { runTrigger } = await api.query<{ runTrigger: { id: string } }>('mutation ($stack: ID!, $type: RunType, $sha: String) { runTrigger(stack: $stack, runType: $type, commitSha: $sha) { id } }', { stack: id, type, sha: commitSha });
      return runTrigger.id;
    };

    const act: TestStack['act'] = async (mutation, run, note) => {
      const takesNote = mutation !== 'runRetry';
      await api.query(`mutation ($stack: ID!, $run: ID!${takesNote ? ', $note: String' : ''}) { ${mutation}(stack: $stack, run: $run${takesNote ? ', note: $note' : ''}) { id } }`, { stack: id, run, note });
    };

    const stateOf: TestStack['stateOf'] = async (runId) => {
      const { run } = await query<{ run: { history: readonly { state: string; stateVersion: number; note: string | null }[] } }>(`run(id: "${runId}") { history { state stateVersion note } }`);
      const [latest] = run.history;
      if (latest === undefined) throw new Error(`run ${runId} has no history`);
      return latest;
    };

    return {
      id,
      repository,
      hookUrl,
      follow,
      query,
      trigger,
      act,
      stateOf,
      async push(changed, options = {}) {
        const branch = options.branch ?? 'main';
        const hash = await repository.commit(branch, options.message ?? 'change', changed);
        await repository.push(branch);
        return hash;
      },
      async runOf(hash, kind = 'runs') {
        const found = await eventually(`a run of ${hash} among ${kind}`, async () => (await query<Record<string, readonly { id: string; commit: { hash: string } }[]>>(`${kind} { id commit { hash } }`))[kind]?.find((run) => run.commit.hash === hash));
        return follow(found.id);
      },
      run: async (type, commitSha) => follow(await trigger(type, commitSha)),
      async task(command) {
        const { taskCreate } = await api.query<{ taskCreate: { id: string } }>('mutation ($stack: ID!, $command: String!) { taskCreate(stack: $stack, command: $command) { id } }', { stack: id, command });
        return follow(taskCreate.id);
      },
      confirm: (runId) => act('runConfirm', runId),
      async apply(planned) {
        await act('runConfirm', planned.id);
        return follow(planned.id, planned.stateVersion);
      },
      reaches: async (runId, state) => void (await eventually(`run ${runId} in state ${state}`, async () => (await stateOf(runId)).state === state)),
      setVariable: async (name, value, options = {}) =>
        void (await api.query('mutation ($stack: ID!, $config: ConfigInput!) { stackConfigAdd(stack: $stack, config: $config) { id } }', { stack: id, config: { id: name, type: 'ENVIRONMENT_VARIABLE', value, writeOnly: options.writeOnly ?? false } })),
    };
  }

  return {
    get server() {
      return server;
    },
    get api() {
      return api;
    },
    async restart() {
      server = await start();
      [live, api] = await sessions();
    },
    folder: folder.path,
    data,
    stack,
    async stop() {
      await server.stop();
      await folder.remove();
    },
  };
}
