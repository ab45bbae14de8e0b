import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Api } from '../../lib/demo/api.ts';
import { followRun } from '../../lib/demo/follow-run.ts';
import { createRepository } from '../../lib/demo/repository.ts';
import { eventually } from './eventually.ts';
import type { FollowedRun, Platform, TestStack } from './platform.ts';

/** Of a run, from its push or trigger to its end. */
const WITHIN_MS = 60_000;

export interface StacksOptions {
  /** Where repositories are made. */
  readonly folder: string;
  /** A session that follows runs, and is answered when there is news. */
  readonly live: () => Api;
  /** One that is answered at once. */
  readonly api: () => Api;
  /** What every stack is made with. */
  readonly always?: Readonly<Record<string, unknown>>;
  readonly withinMs?: number;
  /** Where a repository in a folder is found; by its path without it. */
  readonly addressOf?: (folder: string) => string;
}

/** Makes stacks over a public interface, and drives their runs. */
export function stacksOver({ folder, live, api, always = {}, withinMs = WITHIN_MS, addressOf }: StacksOptions): Platform['stack'] {
  return async (name, files, input = {}): Promise<TestStack> => {
    const made = await createRepository(join(folder, 'git', name));
    const repository = { ...made, localUrl: made.url, url: addressOf?.(fileURLToPath(made.url)) ?? made.url };
    await repository.commit('main', 'first', files);
    await repository.push('main');
    const created = await api().query<{ stackCreate: { id: string; gitHookUrl: string } }>(
      'mutation ($input: StackInput!) { stackCreate(input: $input, manageState: true) { id gitHookUrl } }',
      {
        input: {
          name,
          administrative: false,
          branch: 'main',
          repository: name,
          namespace: 'test',
          provider: 'GIT',
          repositoryURL: repository.url,
          vendorConfig: { terraform: { workflowTool: 'TERRAFORM_FOSS' } },
          ...always,
          ...input,
        },
      },
    );
    const { id, gitHookUrl: hookUrl } = created.stackCreate;
    await repository.installHook(hookUrl);

    const follow = async (runId: string, after?: number): Promise<FollowedRun> => {
      const lines: string[] = [];
      const states: string[] = [];
      const signal = AbortSignal.timeout(withinMs);
      const told = { onState: (step: { readonly state: string }) => states.push(step.state), onLine: (line: string) => lines.push(line.replace(/\n$/, '')) };
      const last = await followRun(live(), { stack: id, id: runId, signal, ...(after === undefined ? {} : { after }) }, told).catch((cause: unknown) => {
        throw signal.aborted ? new Error(`run ${runId} came no further than ${states.join(' ')}:\n${lines.slice(-20).join('\n')}`, { cause }) : cause;
      });
      return { id: runId, state: last.state, stateVersion: last.stateVersion, note: last.note, lines, states };
    };

    const query = async <T>(selection: string): Promise<T> =>
      (await api().query<{ stack: T }>(`query ($id: ID!) { stack(id: $id) { ${selection} } }`, { id })).stack;

    const trigger = async (type: 'TRACKED' | 'PROPOSED' = 'TRACKED', commitSha?: string): Promise<string> => {
      const { runTrigger } = await api().query<{ runTrigger: { id: string } }>(
        'mutation ($stack: ID!, $type: RunType, $sha: String) { runTrigger(stack: $stack, runType: $type, commitSha: $sha) { id } }',
        { stack: id, type, sha: commitSha },
      );
      return runTrigger.id;
    };

    const act: TestStack['act'] = async (mutation, run, note) => {
      const takesNote = mutation !== 'runRetry';
      await api().query(
        `mutation ($stack: ID!, $run: ID!${takesNote ? ', $note: String' : ''}) { ${mutation}(stack: $stack, run: $run${takesNote ? ', note: $note' : ''}) { id } }`,
        { stack: id, run, note },
      );
    };

    const stateOf: TestStack['stateOf'] = async (runId) => {
      const { run } = await query<{ run: { history: readonly { state: string; stateVersion: number; note: string | null }[] } }>(
        `run(id: "${runId}") { history { state stateVersion note } }`,
      );
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
        const found = await eventually(
          `a run of ${hash} among ${kind}`,
          async () =>
            (await query<Record<string, readonly { id: string; commit: { hash: string } }[]>>(`${kind} { id commit { hash } }`))[kind]?.find(
              (run) => run.commit.hash === hash,
            ),
          withinMs,
        );
        return follow(found.id);
      },
      run: async (type, commitSha) => follow(await trigger(type, commitSha)),
      async task(command) {
        const { taskCreate } = await api().query<{ taskCreate: { id: string } }>(
          'mutation ($stack: ID!, $command: String!) { taskCreate(stack: $stack, command: $command) { id } }',
          { stack: id, command },
        );
        return follow(taskCreate.id);
      },
      confirm: (runId) => act('runConfirm', runId),
      async apply(planned) {
        await act('runConfirm', planned.id);
        return follow(planned.id, planned.stateVersion);
      },
      reaches: async (runId, state) => void (await eventually(`run ${runId} in state ${state}`, async () => (await stateOf(runId)).state === state)),
      setVariable: async (name, value, options = {}) =>
        void (await api().query('mutation ($stack: ID!, $config: ConfigInput!) { stackConfigAdd(stack: $stack, config: $config) { id } }', {
          stack: id,
          config: { id: name, type: 'ENVIRONMENT_VARIABLE', value, writeOnly: options.writeOnly ?? false },
        })),
    };
  };
}
