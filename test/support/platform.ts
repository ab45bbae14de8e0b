import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { signIn, type Api } from '../../lib/demo/api.ts';
import { followRun } from '../../lib/demo/follow-run.ts';
import { createRepository, type DemoRepository } from '../../lib/demo/repository.ts';
import type { ServerProcess } from '../../lib/demo/server-process.ts';
import { scratchFolder } from './scratch.ts';
import { startServer } from './server.ts';

const WITHIN_MS = 30_000;

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
  confirm(runId: string): Promise<void>;
  query<T>(selection: string): Promise<T>;
}

export interface Platform {
  readonly server: ServerProcess;
  readonly api: Api;
  readonly folder: string;
  /** A stack over a repository of its own, whose first commit holds `files`. */
  stack(name: string, files: Readonly<Record<string, string>>, input?: Readonly<Record<string, unknown>>): Promise<TestStack>;
  stop(): Promise<void>;
}

/** A whole server with workers, driven over its public interfaces only. */
export async function startPlatform(environment: Readonly<Record<string, string | undefined>> = {}): Promise<Platform> {
  const folder = await scratchFolder('platform');
  const server = await startServer({ folder: join(folder.path, 'data'), environment: { WINDLASS_RUN_ROOT: join(folder.path, 'runs'), ...environment } });
  const api = await signIn(server.url, server.apiKey);

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
      const last = await followRun(api, { stack: id, id: runId, ...(after === undefined ? {} : { after }) }, { onState: (step) => states.push(step.state), onLine: (line) => lines.push(line.replace(/\n$/, '')) });
      return { id: runId, state: last.state, stateVersion: last.stateVersion, note: last.note, lines, states };
    };

    const query = async <T>(selection: string): Promise<T> => (await api.query<{ stack: T }>(`query ($id: ID!) { stack(id: $id) { ${selection} } }`, { id })).stack;

    return {
      id,
      repository,
      hookUrl,
      follow,
      query,
      async push(changed, options = {}) {
        const branch = options.branch ?? 'main';
        const hash = await repository.commit(branch, options.message ?? 'change', changed);
        await repository.push(branch);
        return hash;
      },
      async runOf(hash, kind = 'runs') {
        const deadline = performance.now() + WITHIN_MS;
        while (performance.now() < deadline) {
          const found = (await query<Record<string, readonly { id: string; commit: { hash: string } }[]>>(`${kind} { id commit { hash } }`))[kind]?.find((run) => run.commit.hash === hash);
          if (found !== undefined) return follow(found.id);
          await delay(20);
        }
        throw new Error(`no ${kind} for ${hash}`);
      },
      async trigger(type = 'TRACKED', commitSha) {
        const { runTrigger } = await api.query<{ runTrigger: { id: string } }>('mutation ($stack: ID!, $type: RunType, $sha: String) { runTrigger(stack: $stack, runType: $type, commitSha: $sha) { id } }', { stack: id, type, sha: commitSha });
        return runTrigger.id;
      },
      confirm: async (runId) => void (await api.query('mutation ($stack: ID!, $run: ID!) { runConfirm(stack: $stack, run: $run) { id } }', { stack: id, run: runId })),
    };
  }

  return {
    server,
    api,
    folder: folder.path,
    stack,
    async stop() {
      await server.stop();
      await folder.remove();
    },
  };
}
