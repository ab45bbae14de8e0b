import { sql as raw, type Insertable, type RawBuilder, type UpdateObject } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { Ports } from '../ports/ports.ts';
import type { Tables } from '../ports/tables.ts';
import type { Actor } from '../shared/actor.ts';
import { auditRow, type AuditEntry } from '../shared/audit-store.ts';
import { conflict, notFound } from '../shared/errors.ts';
import { rowsIf } from '../shared/guarded-store.ts';
import { messageRow } from '../shared/message-store.ts';
import { poolChanged } from '../workers/worker-messages.ts';
import type { WaitsFor } from './external-dependency.ts';
import { dependencyRows } from './external-dependency-store.ts';
import { runAdvanced } from './run-messages.ts';
import { changedColumns, runColumns, toHistory, toRun } from './run-rows-store.ts';
import { CLAIMABLE_STATES, isActive, isStoppable, isTerminal, type RunState } from './run-states.ts';
import { waitOf } from './run-waiting.ts';
import type { Run, RunHistoryEntry, RunWait } from './run.ts';
import { stackColumns, takesSlot, touchesStack } from './stack-upkeep-store.ts';

type StepPorts = Pick<Ports, 'clock' | 'ids'>;
type MessageRow = Insertable<Tables['messages']>;

export interface Step {
  readonly by: Actor;
  readonly note?: string | null;
  /** Whether the new state has a log; by default those in which a worker executes do. */
  readonly hasLogs?: boolean;
  /** Further messages of the same transaction, made by `messageRow`. */
  readonly announce?: readonly MessageRow[];
  /** Verb for the audit trail when a person acted; by default it names the state. */
  readonly action?: string;
}

const isPerson = (actor: Actor): boolean => actor.kind === 'user' || actor.kind === 'api_key';

/** The query for one run: whole, or a part of a larger statement. */
export const selectRun = (sql: Pick<Sql, 'selectFrom'>, id: string) => sql.selectFrom('runs').selectAll().where('id', '=', id);

export async function findRun(sql: Sql, id: string): Promise<Run | undefined> {
  const row = await selectRun(sql, id).executeTakeFirst();
  return row === undefined ? undefined : toRun(row);
}

export async function getRun(sql: Sql, id: string): Promise<Run> {
  const run = await findRun(sql, id);
  if (run === undefined) throw notFound(`run ${id} not found`);
  return run;
}

/** Newest first, as clients show it. */
export async function historyOf(sql: Sql, runId: string): Promise<readonly RunHistoryEntry[]> {
  const rows = await sql.selectFrom('run_history').selectAll().where('run_id', '=', runId).orderBy('state_version', 'desc').limit(200).execute();
  return rows.map(toHistory);
}

/** History of several runs in one statement, newest first within each. */
export async function historyOfRuns(sql: Sql, runIds: readonly string[]): Promise<readonly RunHistoryEntry[]> {
  if (runIds.length === 0) return [];
  const rows = await sql.selectFrom('run_history').selectAll().where('run_id', 'in', runIds).orderBy('run_id').orderBy('state_version', 'desc').limit(5000).execute();
  return rows.map(toHistory);
}

function historyRow(run: Run, step: Step): Insertable<Tables['run_history']> {
  return {
    run_id: run.id,
    state_version: run.stateVersion,
    state: run.state,
    at: run.updatedAt,
    username: isPerson(step.by) ? step.by.login : null,
    note: step.note ?? null,
    has_logs: step.hasLogs ?? isActive(run.state),
    terminal: isTerminal(run.state),
  };
}

function messagesOf(ports: StepPorts, run: Run, step: Step): [MessageRow, ...MessageRow[]] {
  const pool = run.workerPoolId !== null && CLAIMABLE_STATES.includes(run.state) ? [messageRow(ports, poolChanged, { poolId: run.workerPoolId })] : [];
  return [messageRow(ports, runAdvanced, { runId: run.id, stackId: run.stackId, stateVersion: run.stateVersion }), ...pool, ...(step.announce ?? [])];
}

function auditEntry(run: Run, step: Step): AuditEntry {
  return {
    action: step.action ?? `run.${run.state.toLowerCase()}`,
    resourceType: 'run',
    resourceId: run.id,
    spaceId: run.spaceId,
    relatedType: 'stack',
    relatedId: run.stackId,
    body: { type: run.type, state: run.state, stateVersion: run.stateVersion, ...(step.note ? { note: step.note } : {}) },
  };
}

/**
 * Writes a new run with its first history row, its announcement, what it waits for outside and, for a destruction, the mark on the stack, in one
 * statement.
 * With a `dedupKey` that the stack has seen, nothing is written and the answer is undefined.
 */
export async function insertRun(
  ports: StepPorts,
  sql: Sql,
  run: Run,
  step: Step & { readonly dedupKey?: string; readonly waitsFor?: WaitsFor },
): Promise<Run | undefined> {
  const history = rowsIf('inserted', [historyRow(run, step)]);
  const messages = rowsIf('inserted', messagesOf(ports, run, step));
  const outside = dependencyRows(run.id, step.waitsFor ?? {});
  const told = sql
    .with('inserted', (q) =>
      q
        .insertInto('runs')
        .values({ ...runColumns(run), dedup_key: step.dedupKey ?? null })
        .onConflict((oc) => oc.columns(['stack_id', 'dedup_key']).where('dedup_key', 'is not', null).doNothing())
        .returningAll(),
    )
    .with('history', (q) => q.insertInto('run_history').columns(history.columns).expression(history.values))
    .with('announced', (q) => q.insertInto('messages').columns(messages.columns).expression(messages.values));
  const base =
    outside === undefined
      ? told
      : alsoWith(told, told.with('outside', (q) => q.insertInto('run_external_dependencies').columns(outside.columns).expression(outside.values)));
  const marked = run.type === 'DESTROY' ? alsoWith(base, base.with('marked', (q) => q.updateTable('stacks').set({ deleting: true, deletion_destroys: true, deletion_by: run.triggeredBy ?? step.by.login }).from('inserted').whereRef('stacks.id', '=', 'inserted.stack_id'))) : base;
  const audit = isPerson(step.by) ? rowsIf('inserted', [auditRow(ports, step.by, auditEntry(run, step))]) : undefined;
  const whole = audit === undefined ? marked : alsoWith(marked, marked.with('audited', (q) => q.insertInto('audit').columns(audit.columns).expression(audit.values)));
  const row = await whole.selectFrom('inserted').selectAll().executeTakeFirst();
  return row === undefined ? undefined : toRun(row);
}

/** The same query builder with one more part, which nothing later refers to. */
const alsoWith = <Q>(_base: Q, extended: unknown): Q => extended as Q;

/** What goes without saying when a run enters a state: why it waits there, unless the step itself says so. */
const enter = (before: Run, after: Run): Run => ({ ...after, waiting: before.waiting === after.waiting ? waitOf(after, after.updatedAt) : after.waiting });

/**
 * A stop concerns the phase it was asked for in: it must reach neither what changes resources nor a later handover. Written whatever
 * was read, since it may have been asked for meanwhile. A kill holds while a worker executes.
 */
function forgottenStop(state: RunState): UpdateObject<Tables, 'runs'> {
  if (isTerminal(state) || isStoppable(state)) return {};
  if (!isActive(state)) return { stop_requested_at: null, stop_requested_by: null, stop_note: null, kill_requested_at: null };
  const unlessKilled = <T>(column: string): RawBuilder<T | null> => raw`case when runs.kill_requested_at is null then null else ${raw.ref(`runs.${column}`)} end`;
  return { stop_requested_at: unlessKilled<Date>('stop_requested_at'), stop_requested_by: unlessKilled<string>('stop_requested_by'), stop_note: unlessKilled<string>('stop_note') };
}

/**
 * Writes one step in one statement: the run guarded by (state, version), its history row, `run.advanced` (and `pool.changed` where a worker
 * is wanted), the audit row of a person, and the stack's slot and state. A run that leaves the queue for its stack's slot takes it by
 * compare-and-set. Whoever comes too late gets CONFLICT, and nothing is written.
 */
export async function saveStep(ports: StepPorts, sql: Sql, before: Run, afterStep: Run, step: Step): Promise<Run> {
  const after = enter(before, afterStep);
  const by = isPerson(step.by) ? step.by.login : null;
  const slot = takesSlot(before, after);
  const history = rowsIf('stepped', [historyRow(after, step)]);
  const messages = rowsIf('stepped', messagesOf(ports, after, step));
  const changed = { ...changedColumns(before, after), ...forgottenStop(after.state) };

  const locked = sql.with('target', (q) =>
    q.selectFrom('runs').select(['id', 'stack_id']).where('id', '=', before.id).where('state', '=', before.state).where('state_version', '=', before.stateVersion).forUpdate(),
  );
  const guarded = slot
    ? alsoWith(
        locked,
        locked.with('slot', (q) =>
          q
            .updateTable('stacks')
            .set((eb) => stackColumns(eb, before, after, by))
            .from('target')
            .whereRef('stacks.id', '=', 'target.stack_id')
            .where('stacks.blocker_run_id', 'is', null)
            .returning('target.id'),
        ),
      )
    : locked;
  const stepped = guarded
    .with('stepped', (q) => q.updateTable('runs').set(changed).from(raw<{ id: string }>`${raw.table(slot ? 'slot' : 'target')}`.as('g')).whereRef('runs.id', '=', 'g.id').returningAll('runs'))
    .with('history', (q) => q.insertInto('run_history').columns(history.columns).expression(history.values))
    .with('announced', (q) => q.insertInto('messages').columns(messages.columns).expression(messages.values));
  const kept =
    !slot && touchesStack(after)
      ? alsoWith(stepped, stepped.with('kept', (q) => q.updateTable('stacks').set((eb) => stackColumns(eb, before, after, by)).from('stepped').whereRef('stacks.id', '=', 'stepped.stack_id')))
      : stepped;
  const audit = by === null ? undefined : rowsIf('stepped', [auditRow(ports, step.by, auditEntry(after, step))]);
  const whole = audit === undefined ? kept : alsoWith(kept, kept.with('audited', (q) => q.insertInto('audit').columns(audit.columns).expression(audit.values)));

  const row = await whole.selectFrom('stepped').selectAll().executeTakeFirst();
  if (row === undefined) throw conflict(`run ${before.id} is no longer in state ${before.state}: it moved on meanwhile`, { runId: before.id, state: before.state });
  return toRun(row);
}

/** Columns that no state depends on, written without a new state version. */
export type RunPatch = Partial<Omit<Run, 'id' | 'stackId' | 'spaceId' | 'type' | 'state' | 'stateVersion' | 'createdAt' | 'finishedAt'>>;

export async function patchRun(sql: Sql, run: Run, patch: RunPatch): Promise<Run> {
  const columns = changedColumns(run, { ...run, ...patch });
  if (Object.keys(columns).length === 0) return run;
  const row = await sql.updateTable('runs').set(columns).where('id', '=', run.id).returningAll().executeTakeFirst();
  if (row === undefined) throw notFound(`run ${run.id} not found`);
  return toRun(row);
}

/** Says why a run waits, if it still is where it was read. True when the words are new: then wake `run:<id>` once it is committed. */
export async function setWaiting(
  ports: Pick<Ports, 'clock'>,
  sql: Sql,
  run: Pick<Run, 'id' | 'stateVersion'>,
  wait: Pick<RunWait, 'reason'> & Partial<RunWait>,
): Promise<boolean> {
  const result = await sql
    .updateTable('runs')
    .set({
      waiting_reason: wait.reason,
      waiting_since: wait.since ?? ports.clock.now(),
      waiting_run_id: wait.runId ?? null,
      waiting_pool_id: wait.workerPoolId ?? null,
      waiting_approvals: wait.approvals ? json(wait.approvals) : null,
    })
    .where('id', '=', run.id)
    .where('state_version', '=', run.stateVersion)
    .where((eb) => eb.or([eb('waiting_reason', 'is', null), eb('waiting_reason', '!=', wait.reason)]))
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
