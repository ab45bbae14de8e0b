import { sql as raw, type Selectable } from 'kysely';
import type { Sql, Tx } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';
import { LOST_AFTER_SECONDS, RETURN_SECONDS, SUSPECT_AFTER_SECONDS, WILL_GRACE_SECONDS } from './worker-health.ts';
import type { ToolOnWorker, Worker } from './worker.ts';

/** More workers than a pool has; a list never grows beyond it. */
const MAX_WORKERS = 1000;

export function toWorker(row: Selectable<Tables['workers']>, assigned: boolean): Worker {
  return {
    id: row.id,
    poolId: row.pool_id,
    bootId: row.boot_id,
    certificateId: row.certificate_id,
    drained: row.drained,
    cycling: row.cycling,
    runId: row.run_id,
    lease: row.lease,
    metadata: row.metadata as Worker['metadata'],
    launcherVersion: row.launcher_version,
    os: row.os,
    arch: row.arch,
    execution: row.execution as Worker['execution'],
    sensitiveOutputs: row.sensitive_outputs,
    tools: row.tools as readonly ToolOnWorker[],
    heartbeatSeq: row.heartbeat_seq,
    lastSeenAt: row.last_seen_at,
    willAt: row.will_at,
    awaitedSince: row.awaited_since,
    passedOverUntil: row.passed_over_until,
    availableAt: row.available_at,
    createdAt: row.created_at,
    busy: row.run_id !== null || assigned,
  };
}

const withAssignment = (sql: Sql) =>
  sql.selectFrom('workers as w').leftJoin('assignments as a', 'a.worker_id', 'w.id').selectAll('w').select('a.id as assignment_id');

const toWorkers = (rows: readonly (Selectable<Tables['workers']> & { assignment_id: string | null })[]) =>
  rows.map((row) => toWorker(row, row.assignment_id !== null));

export async function findWorker(sql: Sql, workerId: string): Promise<Worker | undefined> {
  return toWorkers(await withAssignment(sql).where('w.id', '=', workerId).execute())[0];
}

/** The pool's workers, oldest first. */
export async function listWorkers(sql: Sql, poolId: string): Promise<readonly Worker[]> {
  return toWorkers(await withAssignment(sql).where('w.pool_id', '=', poolId).orderBy('w.created_at').orderBy('w.id').limit(MAX_WORKERS).execute());
}

/** Workers of several pools in one statement, oldest first, for lists of pools. */
export async function listWorkersOfPools(sql: Sql, poolIds: readonly string[]): Promise<readonly Worker[]> {
  if (poolIds.length === 0) return [];
  return toWorkers(
    await withAssignment(sql)
      .where('w.pool_id', 'in', poolIds)
      .orderBy('w.created_at')
      .orderBy('w.id')
      .limit(10 * MAX_WORKERS)
      .execute(),
  );
}

const secondsBefore = (now: Date, seconds: number) => new Date(now.getTime() - seconds * 1000);

/** The query for workers that may be given a run now; the newest available first, so that an autoscaler can remove the oldest. */
export const idleQuery = (sql: Sql, poolId: string, now: Date) =>
  withAssignment(sql)
    .where('w.pool_id', '=', poolId)
    .where('w.run_id', 'is', null)
    .where('a.id', 'is', null)
    .where('w.drained', '=', false)
    .where('w.cycling', '=', false)
    .where('w.will_at', 'is', null)
    .where((eb) => eb.or([eb('w.awaited_since', 'is', null), eb('w.awaited_since', '<', eb.ref('w.last_seen_at'))]))
    .where('w.last_seen_at', '>', secondsBefore(now, SUSPECT_AFTER_SECONDS.idle))
    .where((eb) => eb.or([eb('w.passed_over_until', 'is', null), eb('w.passed_over_until', '<=', now)]))
    .orderBy('w.available_at', 'desc')
    .orderBy('w.id', 'desc')
    .limit(MAX_WORKERS);

export const idleWorkers = async (sql: Sql, poolId: string, now: Date): Promise<readonly Worker[]> => toWorkers(await idleQuery(sql, poolId, now).execute());

/** Candidates of the sweep: silent or disconnected for longer than a living worker would be. */
export async function silentWorkers(sql: Sql, now: Date, limit: number): Promise<readonly Worker[]> {
  const rows = await withAssignment(sql)
    .where((eb) =>
      eb.or([
        eb('w.awaited_since', 'is', null),
        eb('w.awaited_since', '<', eb.ref('w.last_seen_at')),
        eb('w.awaited_since', '<=', secondsBefore(now, RETURN_SECONDS)),
      ]),
    )
    .where((eb) =>
      eb.or([
        eb('w.last_seen_at', '<=', secondsBefore(now, LOST_AFTER_SECONDS.idle)),
        eb.and([eb('w.run_id', 'is not', null), eb('w.last_seen_at', '<=', secondsBefore(now, LOST_AFTER_SECONDS.busy))]),
        eb('w.will_at', '<=', secondsBefore(now, WILL_GRACE_SECONDS)),
      ]),
    )
    .orderBy('w.last_seen_at')
    .limit(limit)
    .execute();
  return toWorkers(rows);
}

export interface HeartbeatRow {
  readonly poolId: string;
  readonly workerId: string;
  readonly bootId: string;
  readonly seq: number;
  readonly receivedAt: Date;
  readonly drains: boolean;
}

/** Takes a heartbeat unless a newer one was taken before: the queue reorders. Returns what the worker ought to know. */
export async function saveHeartbeat(sql: Sql, beat: HeartbeatRow): Promise<{ readonly drained: boolean; readonly cycling: boolean } | undefined> {
  return sql
    .updateTable('workers')
    .set((eb) => ({
      heartbeat_seq: beat.seq,
      last_seen_at: raw<Date>`greatest(last_seen_at, cast(${beat.receivedAt} as timestamptz))`,
      will_at: eb.case().when('will_at', '>', beat.receivedAt).then(eb.ref('will_at')).else(null).end(),
      ...(beat.drains ? { drained: true } : {}),
    }))
    .where('id', '=', beat.workerId)
    .where('pool_id', '=', beat.poolId)
    .where('boot_id', '=', beat.bootId)
    .where('heartbeat_seq', '<', beat.seq)
    .returning(['drained', 'cycling'])
    .executeTakeFirst();
}

/** Notes the broker's last will, unless the worker was heard of since. */
export async function saveWill(
  sql: Sql,
  will: { readonly poolId: string; readonly workerId: string; readonly bootId: string; readonly receivedAt: Date },
): Promise<boolean> {
  const row = await sql
    .updateTable('workers')
    .set({ will_at: will.receivedAt })
    .where('id', '=', will.workerId)
    .where('pool_id', '=', will.poolId)
    .where('boot_id', '=', will.bootId)
    .where('last_seen_at', '<', will.receivedAt)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** After a time in which nobody could report, every worker counts as seen now. */
export async function excuseSilence(sql: Sql, now: Date): Promise<number> {
  const { numUpdatedRows } = await sql.updateTable('workers').set({ last_seen_at: now, will_at: null }).executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/**
 * From now on workers have the time to find another region: all of them, or those that have not returned since they were last awaited.
 * What the broker of the old region said of them no longer counts. Returns how many there are.
 */
export async function awaitWorkers(tx: Tx, { since, all }: { readonly since: Date; readonly all: boolean }): Promise<number> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('workers')
    .set({ awaited_since: raw<Date>`greatest(last_seen_at, cast(${since} as timestamptz))`, will_at: null })
    .$if(!all, (statement) => statement.where('awaited_since', '>=', (eb) => eb.ref('last_seen_at')))
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

export interface Removed {
  readonly workerId: string;
  readonly runId: string | null;
  readonly lease: number | null;
}

/**
 * Takes back what is assigned to the worker and not claimed; false when nothing is. Whoever changes a worker and its assignment does
 * this first, as a claim does: in another order two of them wait for each other.
 */
export async function dropAssignment(tx: Tx, workerId: string): Promise<boolean> {
  const row = await tx.sql.deleteFrom('assignments').where('worker_id', '=', workerId).returning('id').executeTakeFirst();
  return row !== undefined;
}

/** Takes the worker's row away. With `lastSeenAt`: only if it has not been heard of since. */
export async function removeWorker(tx: Tx, workerId: string, guard: { readonly lastSeenAt?: Date } = {}): Promise<Removed | undefined> {
  const row = await tx.sql
    .deleteFrom('workers')
    .where('id', '=', workerId)
    .$if(guard.lastSeenAt !== undefined, (statement) => statement.where('last_seen_at', '<=', guard.lastSeenAt ?? null))
    .returning(['id', 'run_id', 'lease'])
    .executeTakeFirst();
  return row && { workerId: row.id, runId: row.run_id, lease: row.lease };
}

/** Takes every worker of a pool away, with what is assigned to them; a reset or deleted pool has none. */
export async function removeWorkersOfPool(tx: Tx, poolId: string): Promise<readonly Removed[]> {
  await tx.sql.deleteFrom('assignments').where('pool_id', '=', poolId).execute();
  const rows = await tx.sql.deleteFrom('workers').where('pool_id', '=', poolId).returning(['id', 'run_id', 'lease']).execute();
  return rows.map((row) => ({ workerId: row.id, runId: row.run_id, lease: row.lease }));
}

/** Marks every worker of the pool to end itself once idle. */
export async function markCycling(sql: Sql, poolId: string): Promise<void> {
  await sql.updateTable('workers').set({ cycling: true }).where('pool_id', '=', poolId).execute();
}

/** Drains or undrains the worker. A claim that came before is seen as a run; one that comes after finds the worker drained. */
export async function setDrained(
  tx: Tx,
  change: { readonly poolId: string; readonly workerId: string; readonly drain: boolean; readonly now: Date },
): Promise<Worker | undefined> {
  const row = await tx.sql
    .updateTable('workers')
    .set((eb) => ({
      drained: change.drain,
      ...(change.drain ? {} : { available_at: eb.case().when('run_id', 'is', null).then(change.now).else(eb.ref('available_at')).end() }),
    }))
    .where('id', '=', change.workerId)
    .where('pool_id', '=', change.poolId)
    .returningAll()
    .executeTakeFirst();
  return row && toWorker(row, false);
}
