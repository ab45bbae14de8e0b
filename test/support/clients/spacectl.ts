import { SpacectlSession, CommandFailed, type SentRequest, type SpacectlOptions } from './spacectl-session.ts';

/** What a command printed, and what it sent to get there. */
export interface Outcome<Result = unknown> {
  readonly result: Result;
  readonly output: string;
  readonly sent: readonly SentRequest[];
}

export interface TailOptions {
  readonly tail?: boolean;
  readonly autoConfirm?: boolean;
  /** Called with each piece of log as it is printed. */
  readonly onOutput?: (text: string) => void;
}

interface Transition {
  readonly state: string;
  readonly stateVersion: number;
  readonly hasLogs: boolean;
  readonly terminal: boolean;
  readonly note: string | null;
}

interface LogPage {
  readonly exists: boolean;
  readonly finished: boolean;
  readonly hasMore: boolean;
  readonly messages: readonly { readonly message: string }[];
  readonly nextToken: string | null;
}

interface StackRef {
  readonly id: string;
  readonly name: string;
}

const PAGE = 50;

/**
 * A double of the public command-line client: each call is one start of the program, asking what it asks, in its order,
 * with its headers and its polling.
 */
export function spacectl(options: SpacectlOptions) {
  const command = async <Result>(work: (session: SpacectlSession, print: (text: string) => void) => Promise<Result>, onOutput?: (text: string) => void): Promise<Outcome<Result>> => {
    const session = await SpacectlSession.start(options);
    let output = '';
    const print = (text: string) => {
      output += text;
      onOutput?.(text);
    };
    return { result: await work(session, print), get output() { return output; }, sent: session.sent };
  };

  const stackOf = async (session: SpacectlSession, id: string, operation = 'stack by id, short'): Promise<StackRef> => {
    const variables = operation === 'stack by id, short' || operation === 'stack by id' ? { id } : { stackId: id };
    const stack = (await session.ask(operation, variables))['stack'] as StackRef | null;
    if (stack === null) throw new CommandFailed(`stack with id "${id}" could not be found`);
    return stack;
  };
  /** Looks the stack up, then makes one request about it. */
  const onStack = (id: string, operation: string, variables: Readonly<Record<string, unknown>>, lookUp?: string) =>
    command(async (session) => {
      await stackOf(session, id, lookUp);
      return session.ask(operation, variables);
    });

  return {
    login: () => command((session) => session.exchangeKey()),
    whoami: () => command(async (session) => (await session.ask('whoami'))['viewer'] as { readonly id: string; readonly name: string } | null),

    stackList: () =>
      command(async (session) => {
        const stacks: StackRef[] = [];
        let after: string | undefined;
        for (;;) {
          const input = { first: PAGE, ...(after ? { after } : {}), predicates: null, fullTextSearch: null, orderBy: { field: 'name', direction: 'ASC' } };
          const page = (await session.ask('stack list', { input }, { 'spacelift-graphql-query': 'StacksPage' }))['searchStacks'] as {
            readonly edges: readonly { readonly node: StackRef }[];
            readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean };
          };
          stacks.push(...page.edges.map((edge) => edge.node));
          if (!page.pageInfo.hasNextPage) break;
          after = page.pageInfo.endCursor;
        }
        await session.ask('whoami');
        return stacks;
      }),
    stackShow: (id: string) => onStack(id, 'stack show', { stackId: id }).then((outcome) => ({ ...outcome, result: outcome.result['stack'] as StackRef & Record<string, unknown> })),
    stackLock: (id: string) => onStack(id, 'stack lock', { stack: id, note: '' }),
    stackUnlock: (id: string) => onStack(id, 'stack unlock', { stack: id }),
    stackOutputs: (id: string) => onStack(id, 'stack outputs', { stackId: id }).then((outcome) => (outcome.result['stack'] as { readonly outputs: readonly { readonly id: string; readonly value: string | null; readonly sensitive: boolean }[] }).outputs),
    stackResources: (id: string) => onStack(id, 'stack resources', { id }).then((outcome) => (outcome.result['stack'] as { readonly entities: readonly { readonly address: string; readonly vendor: unknown }[] }).entities),

    stackDeploy: (id: string, tail: TailOptions & { readonly sha?: string } = {}) =>
      command(async (session, print) => {
        await stackOf(session, id);
        const run = (await session.ask('run trigger, no force', { stack: id, sha: tail.sha ?? null, type: 'TRACKED', runtimeConfig: null }))['runTrigger'] as { readonly id: string };
        return { runId: run.id, final: await tailRun(session, id, run.id, tail, print) };
      }, tail.onOutput),
    stackConfirm: (id: string, runId: string, tail: TailOptions = {}) =>
      command(async (session, print) => {
        await stackOf(session, id);
        await session.ask('run confirm', { stack: id, run: runId });
        return tailRun(session, id, runId, tail, print);
      }, tail.onOutput),
    stackDiscard: (id: string, runId: string) => onStack(id, 'run discard', { stack: id, run: runId }),
    stackLogs: (id: string, runId: string, onOutput?: (text: string) => void) =>
      command(async (session, print) => {
        await stackOf(session, id);
        return tailRun(session, id, runId, { tail: true }, print);
      }, onOutput),
    stackTask: (id: string, commandLine: string, tail: TailOptions & { readonly noInit?: boolean } = {}) =>
      command(async (session, print) => {
        await stackOf(session, id);
        const run = (await session.ask('task', { stack: id, command: commandLine, noinit: tail.noInit ?? false }))['taskCreate'] as { readonly id: string };
        return { runId: run.id, final: await tailRun(session, id, run.id, tail, print) };
      }, tail.onOutput),
    stackLocalPreview: (id: string, archive: Buffer, tail: TailOptions & { readonly environment?: Readonly<Record<string, string>> } = {}) =>
      command(async (session, print) => {
        const stack = (await stackOf(session, id, 'stack by id')) as StackRef & { readonly localPreviewEnabled: boolean };
        if (!stack.localPreviewEnabled) throw new CommandFailed(`local preview has not been enabled for this stack: ${id}`);
        const upload = (await session.ask('workspace upload', { stack: id }))['uploadLocalWorkspace'] as {
          readonly id: string;
          readonly uploadUrl: string;
          readonly uploadHeaders: { readonly entries: readonly { readonly key: string; readonly value: string }[] };
        };
        await session.fetch('PUT', upload.uploadUrl, Object.fromEntries(upload.uploadHeaders.entries.map(({ key, value }) => [key, value])), archive);
        const environmentVarsOverrides = Object.entries(tail.environment ?? {}).map(([key, value]) => ({ key, value }));
        const run = (await session.ask('local preview', { stack: id, workspace: upload.id, environmentVarsOverrides }))['runProposeLocalWorkspace'] as { readonly id: string };
        return { runId: run.id, final: await tailRun(session, id, run.id, { ...tail, tail: tail.tail ?? true }, print) };
      }, tail.onOutput),

    environmentList: (id: string) => onStack(id, 'environment list', { stack: id }).then((outcome) => outcome.result['stack'] as EnvironmentList),
    environmentSetvar: (id: string, name: string, value: string, writeOnly = false) =>
      onStack(id, 'environment setvar', { stack: id, config: { id: name, type: 'ENVIRONMENT_VARIABLE', value, writeOnly } }),
    environmentMount: (id: string, path: string, content: Buffer, writeOnly = false) =>
      onStack(id, 'environment mount', { stack: id, config: { id: path, type: 'FILE_MOUNT', value: content.toString('base64'), writeOnly } }),
    environmentDelete: (id: string, name: string) => onStack(id, 'environment delete', { stack: id, id: name }),

    statePull: (id: string) =>
      command(async (session) => {
        await stackOf(session, id);
        const { url } = (await session.ask('state pull', { input: { stackId: id } }))['stateDownloadUrl'] as { readonly url: string };
        return (await session.fetch('GET', url)).toString();
      }),
    runList: (id: string, list: { readonly preview?: boolean } = {}) =>
      onStack(id, list.preview ? 'run list, preview' : 'run list, tracked', { stackId: id, before: null }).then((outcome) => {
        const stack = outcome.result['stack'] as Readonly<Record<string, readonly RunRow[]>>;
        return stack[list.preview ? 'proposedRuns' : 'runs'] ?? [];
      }),
  };
}

export interface RunRow {
  readonly id: string;
  readonly state: string;
  readonly title: string;
  readonly triggeredBy: string | null;
}

export interface EnvironmentList {
  readonly runtimeConfig: readonly { readonly context: { readonly contextName: string } | null; readonly element: { readonly id: string; readonly value: string | null; readonly writeOnly: boolean; readonly type: string; readonly runtime: boolean } }[];
  readonly attachedContexts: readonly { readonly contextName: string }[];
}

/** Follows the run's history, and the log of each new state, until the run has ended. */
async function tailRun(session: SpacectlSession, stack: string, run: string, options: TailOptions, print: (text: string) => void): Promise<string | undefined> {
  if (options.tail !== true && options.autoConfirm !== true) return undefined;
  const shown = new Set<number>();
  let pause = 0;
  for (;;) {
    await session.sleep(pause);
    const history = (await session.ask('run history', { stack, run }))['stack'] as { readonly run: { readonly history: readonly Transition[] } | null } | null;
    const transitions = [...(history?.run?.history ?? [])].reverse().filter(({ stateVersion }) => !shown.has(stateVersion));
    pause = transitions.length > 0 ? 0 : Math.min(pause + 1, 5);
    for (const transition of transitions) {
      shown.add(transition.stateVersion);
      print(`-----------------\n${transition.state}\n-----------------\n`);
      if (transition.hasLogs) await tailLogs(session, stack, run, transition, print);
      if (transition.state === 'UNCONFIRMED' && options.autoConfirm === true) await session.ask('run confirm', { stack, run });
      if (transition.terminal) return transition.state;
    }
  }
}

async function tailLogs(session: SpacectlSession, stack: string, run: string, { state, stateVersion, terminal }: Transition, print: (text: string) => void): Promise<void> {
  let token: string | null = null;
  let pause = 0;
  for (;;) {
    await session.sleep(pause);
    const answer = (await session.ask('run logs', { stack, run, state, stateVersion, token }))['stack'] as { readonly run: { readonly logs: LogPage | null } | null } | null;
    const page: LogPage | null | undefined = answer?.run?.logs;
    if (!page) return;
    for (const { message } of page.messages) print(message);
    if (page.finished || (!page.hasMore && terminal)) return;
    pause = page.hasMore ? 0 : pause + 1;
    token = page.nextToken;
  }
}
