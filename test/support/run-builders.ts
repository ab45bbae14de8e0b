import type { Ports } from '../../lib/core/ports/ports.ts';
import type { CommitInfo } from '../../lib/core/ports/vcs.ts';
import { newRun } from '../../lib/core/runs/new-run.ts';
import { runColumns } from '../../lib/core/runs/run-rows-store.ts';
import { isActive, isBlocking, isTerminal, type RunState } from '../../lib/core/runs/run-states.ts';
import { waitOf } from '../../lib/core/runs/run-waiting.ts';
import type { Run } from '../../lib/core/runs/run.ts';
import { setsStackState, stackStateOf } from '../../lib/core/runs/stack-state.ts';
import { systemActor } from '../../lib/core/shared/actor.ts';
import { isAppError } from '../../lib/core/shared/errors.ts';
import type { Stack } from '../../lib/core/stacks/stack.ts';
import type { TestApp } from './app.ts';
import { aStack } from './stack-builders.ts';

type App = { readonly ports: Pick<Ports, 'db' | 'clock' | 'ids'> };

/** A commit as a value; different messages are different commits. */
export function commitWith(changes: Partial<CommitInfo> = {}): CommitInfo {
  const message = changes.message ?? 'Add a network';
  const hash = Buffer.from(message.padEnd(20, '.').slice(0, 20)).toString('hex');
  return { hash, message, authorName: 'Ada', authorLogin: 'ada', timestamp: 1_768_000_000, url: `https://git.example.com/commit/${hash}`, ...changes };
}

/** A run as a value, in any state: by default a tracked run in the queue. */
export function runWith(app: App, stack: Pick<Stack, 'id' | 'spaceId' | 'workerPoolId' | 'branch'>, changes: Partial<Run> = {}): Run {
  const now = app.ports.clock.now();
  const id = changes.id ?? app.ports.ids.ulid();
  const queued = newRun(systemActor('test'), stack, { type: 'TRACKED', commit: commitWith() }, { id, now, sharedPoolId: null });
  const state = changes.state ?? 'QUEUED';
  const run: Run = { ...queued, stateVersion: VERSION_BY_STATE[state] ?? 0, finishedAt: isTerminal(state) ? now : null, ...changes };
  return changes.waiting === undefined ? { ...run, waiting: waitOf(run, now) } : run;
}

/** Versions along the usual path, so that a run looks like one that got there. */
const VERSION_BY_STATE: Partial<Record<RunState, number>> = {
  QUEUED: 0, READY: 1, PREPARING: 2, INITIALIZING: 3, PLANNING: 4, PERFORMING: 4, DESTROYING: 4, UNCONFIRMED: 5, PENDING_REVIEW: 5,
  CONFIRMED: 6, REPLAN_REQUESTED: 6, PREPARING_APPLY: 7, PREPARING_REPLAN: 7, APPLYING: 8, FINISHED: 9, FAILED: 9, STOPPED: 5, CANCELED: 1, DISCARDED: 6, SKIPPED: 1,
};

/**
 * A run in the database, in any state, without announcing anything. A blocking run past QUEUED holds its stack's slot, and the stack shows it;
 * its history has the row of its state only.
 */
export async function insertTestRun(app: App, stack: Pick<Stack, 'id' | 'spaceId' | 'workerPoolId' | 'branch'>, changes: Partial<Run> = {}): Promise<Run> {
  const run = runWith(app, stack, changes);
  const { sql } = app.ports.db;
  await sql.insertInto('runs').values(runColumns(run)).execute();
  await sql
    .insertInto('run_history')
    .values({ run_id: run.id, state_version: run.stateVersion, state: run.state, at: run.updatedAt, has_logs: isActive(run.state), terminal: isTerminal(run.state) })
    .execute();
  if (isBlocking(run.type) && run.state !== 'QUEUED') {
    const shown = setsStackState(run.type) ? stackStateOf(run.state) : undefined;
    await sql
      .updateTable('stacks')
      .set({ ...(isTerminal(run.state) ? {} : { blocker_run_id: run.id }), ...(shown === undefined ? {} : { state: shown, state_set_at: run.updatedAt }), updated_at: run.updatedAt })
      .where('id', '=', run.stackId)
      .execute();
  }
  return run;
}

/** The run as the database has it now. */
export async function reload(app: App, run: Pick<Run, 'id'>): Promise<Run> {
  const { getRun } = await import('../../lib/core/runs/run-store.ts');
  return getRun(app.ports.db.sql, run.id);
}

let stacks = 0;

/** A stack that no other test has. */
export function aStackOfItsOwn(app: TestApp, changes: Partial<Stack> = {}): Promise<Stack> {
  return aStack(app, { id: `stack-${++stacks}`, ...changes });
}

/** A worker pool in the root space, by its id; nobody has its key. */
export async function aPool(app: App, changes: { readonly isShared?: boolean; readonly name?: string } = {}): Promise<string> {
  const now = app.ports.clock.now();
  const id = app.ports.ids.ulid();
  await app.ports.db.sql
    .insertInto('worker_pools')
    .values({ id, name: changes.name ?? id, space_id: 'root', is_shared: changes.isShared ?? false, certificate: '', certificate_id: id, spki_sha256: '', public_key: '', certificate_issued_at: now, created_at: now, updated_at: now })
    .execute();
  return id;
}

/** Expects a CONFLICT and answers its message. */
export async function conflictOf(work: Promise<unknown>): Promise<string> {
  const outcome = await work.then(() => undefined, (error: unknown) => error);
  if (!isAppError(outcome, 'CONFLICT')) throw new Error('expected a CONFLICT', { cause: outcome });
  return outcome.message;
}
