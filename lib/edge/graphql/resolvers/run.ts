import { readRunLogs } from '../../../core/handovers/actions/read-run-logs.ts';
import { readRunChanges } from '../../../core/runs/actions/read-run-changes.ts';
import { canConfirm, canRetry, logsExpired } from '../../../core/runs/run-abilities.ts';
import { listReviews } from '../../../core/runs/run-discussion-store.ts';
import { historyOf, findRun } from '../../../core/runs/run-store.ts';
import { isTerminal, type RunState } from '../../../core/runs/run-states.ts';
import { whyOf } from '../../../core/runs/run-why.ts';
import type { Run as RunModel } from '../../../core/runs/run.ts';
import type { GraphqlContext } from '../context.ts';
import type { CauseResolvers, RunResolvers, RunResourceStateResolvers, RunStateTransitionResolvers, RunWaitResolvers } from '../resolver-types.ts';
import { seconds, toCommit } from './values.ts';

export const Run: RunResolvers = {
  commit: (run) => toCommit(run.commit),
  createdAt: (run) => seconds(run.createdAt),
  updatedAt: (run) => seconds(run.updatedAt),
  canConfirm: async (run, _, { actor, loaders }) => canConfirm(actor, await loaders.getStack(run.stackId), run),
  canRetry: async (run, _, { actor, loaders }) => canRetry(actor, await loaders.getStack(run.stackId), run),
  expired: (run, _, { ports }) => logsExpired(run, ports.clock.now()),
  finished: (run) => isTerminal(run.state),
  isMostRecent: async (run, _, { loaders }) => (await loaders.newestTrackedRunId(run.stackId)) === run.id,
  needsApproval: (run) => (run.waiting?.approvals ?? []).length > 0,
  comments: async (run, _, { loaders }) => ((await loaders.commentsOf(run.id)) ?? []).map(({ body, username, createdAt }) => ({ body, username, createdAt: seconds(createdAt) })),
  history: async (run, _, { ports, holding, loaders }, { path }) => {
    const isOne = typeof path.prev?.key === 'string';
    if (holding !== undefined && isOne) return holding.history(run.id, () => historyOf(ports.db.sql, run.id));
    return (await loaders.historyOf(run.id)) ?? [];
  },
  logs: (run, { state, stateVersion, token }, context) => logsOf(run, { state: state as RunState, stateVersion: stateVersion ?? null, token: token ?? null }, context),
  changesV3: async (run, { input }, { ports }) => {
    const types = input.types ?? [];
    const changes = (await readRunChanges(ports, run)).filter((change) => types.length === 0 || types.includes(change.action));
    const resources = changes.map(({ address, previousAddress, action }) => ({ address, previousAddress, metadata: { type: action } }));
    return resources.length === 0 ? [] : [{ resources }];
  },
  waitingFor: (run) => (isTerminal(run.state) ? null : run.waiting),
  why: async (run, _, { ports, loaders }) => whyOf(run, (await loaders.historyOf(run.id)) ?? [], (await loaders.receiptsOf(run.id)) ?? [], await listReviews(ports.db.sql, run.id)),
  policyReceipts: async (run, _, { loaders }) => (await loaders.receiptsOf(run.id)) ?? [],
};

interface LogQuestion {
  readonly state: RunState;
  readonly stateVersion: number | null;
  readonly token: string | null;
}

/** How long after a run has left a phase the end of its log may still be on its way. */
const CLOSING_MS = 15_000;

async function logsOf(run: RunModel, question: LogQuestion, { ports, holding, loaders }: GraphqlContext) {
  const stateVersion = question.stateVersion ?? (await loaders.historyOf(run.id))?.find((entry) => entry.state === question.state)?.stateVersion;
  if (stateVersion === undefined) return null;
  const read = () => readRunLogs(ports, { run, state: question.state, stateVersion, token: question.token });
  const isOpen = async () => {
    const current = await findRun(ports.db.sql, run.id);
    return current !== undefined && (current.stateVersion === stateVersion || ports.clock.now().getTime() - current.updatedAt.getTime() < CLOSING_MS);
  };
  const page = await (holding === undefined ? read() : holding.logs({ runId: run.id, stateVersion }, read, isOpen));
  return { ...page, messages: page.messages.map(({ message, timestamp }) => ({ message: `${message}\n`, timestamp: Math.floor(timestamp / 1000) })) };
}

export const RunStateTransition: RunStateTransitionResolvers = {
  timestamp: (entry) => seconds(entry.at),
};

export const RunWait: RunWaitResolvers = {
  since: (wait) => seconds(wait.since),
  run: (wait) => wait.runId,
  workerPool: (wait) => wait.workerPoolId,
};

export const Cause: CauseResolvers = {
  timestamp: (cause) => seconds(new Date(cause.at)),
};

export const RunResourceState: RunResourceStateResolvers = {
  finished: (run) => isTerminal(run.state),
};
