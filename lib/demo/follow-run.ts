import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from './api.ts';

export interface Transition {
  readonly state: string;
  readonly stateVersion: number;
  readonly hasLogs: boolean;
  readonly terminal: boolean;
  readonly note: string | null;
}

const HISTORY = `query ($stack: ID!, $run: ID!) { stack(id: $stack) { run(id: $run) { history { state stateVersion hasLogs terminal note } } } }`;
const LOGS = `query ($stack: ID!, $run: ID!, $state: RunState!, $version: Int!, $token: String) {
  stack(id: $stack) { run(id: $run) { logs(state: $state, stateVersion: $version, token: $token) { exists finished hasMore nextToken messages { message } } } } }`;

const WAITS_FOR_A_PERSON = new Set(['UNCONFIRMED', 'PENDING_REVIEW']);
const POLL_MS = 30;

interface LogPage {
  readonly exists: boolean;
  readonly finished: boolean;
  readonly hasMore: boolean;
  readonly nextToken: string | null;
  readonly messages: readonly { readonly message: string }[];
}

/** Follows a run from a state version on, printing its log as it is written, until it ends or waits for a person. */
export async function followRun(
  api: Api,
  run: { readonly stack: string; readonly id: string; readonly after?: number; readonly signal?: AbortSignal },
  told: { readonly onState: (transition: Transition) => void; readonly onLine: (line: string) => void },
): Promise<Transition> {
  let seen = run.after ?? -1;
  for (;;) {
    run.signal?.throwIfAborted();
    const { stack } = await api.query<{ stack: { run: { history: readonly Transition[] } } }>(HISTORY, { stack: run.stack, run: run.id });
    const news = stack.run.history.filter((step) => step.stateVersion > seen).sort((a, b) => a.stateVersion - b.stateVersion);
    for (const step of news) {
      seen = step.stateVersion;
      told.onState(step);
      if (step.hasLogs) await followPhase(api, run, step, told.onLine);
      if (step.terminal || WAITS_FOR_A_PERSON.has(step.state)) return step;
    }
    if (news.length === 0) await delay(POLL_MS);
  }
}

async function followPhase(api: Api, run: { readonly stack: string; readonly id: string; readonly signal?: AbortSignal }, step: Transition, onLine: (line: string) => void): Promise<void> {
  let token: string | null = null;
  for (;;) {
    run.signal?.throwIfAborted();
    const answer: { stack: { run: { logs: LogPage | null } } } = await api.query(LOGS, { stack: run.stack, run: run.id, state: step.state, version: step.stateVersion, token });
    const { logs } = answer.stack.run;
    if (logs === null || !logs.exists) return;
    for (const { message } of logs.messages) onLine(message);
    token = logs.nextToken;
    if (logs.finished && !logs.hasMore) return;
    if (logs.messages.length === 0) await delay(POLL_MS);
  }
}
