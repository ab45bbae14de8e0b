import { sql as raw, type RawBuilder } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Ports } from '../ports/ports.ts';
import type { CommitInfo } from '../ports/vcs.ts';
import { runAdvanced } from '../runs/run-messages.ts';
import { runDocument } from '../runs/run-rows-store.ts';
import type { Run } from '../runs/run.ts';
import { messageRow } from '../shared/message-store.ts';
import { partsOf, rowsOf, type PartRow } from '../shared/parts-store.ts';

/** A run that a push asks for, with the key that keeps a repetition from making another. */
export interface PushedRun {
  readonly run: Run;
  readonly dedupKey: string;
}

/** A stack whose branch stands elsewhere now; `tracks` when it is to be the stack's commit as well. */
export interface MovedStack {
  readonly stackId: string;
  readonly hash: string;
  readonly tracks: boolean;
}

export interface IgnoredPush {
  readonly stackId: string;
  readonly hash: string;
  readonly branch: string;
  readonly reason: string;
}

/** What one push, or several, mean for some stacks; each stack is moved at most once. */
export interface PushBatch {
  readonly runs: readonly PushedRun[];
  readonly moved: readonly MovedStack[];
  readonly ignored: readonly IgnoredPush[];
  /** By hash. */
  readonly commits: ReadonlyMap<string, CommitInfo>;
}

export interface SavedBatch {
  readonly created: ReadonlySet<string>;
  /** Older previews of the branches of new ones, which these make useless: id → id of the new one. */
  readonly superseded: ReadonlyMap<string, string>;
}

type Rows = readonly Readonly<Record<string, unknown>>[];

/**
 * Writes what pushes mean for many stacks in one statement: runs with history and announcement, the commits of the stacks, and what was
 * ignored and why. A run is left out whose key, or whose preview, is there already, or whose stack takes none any more.
 */
export async function savePushes(ports: Pick<Ports, 'clock' | 'ids'>, sql: Sql, batch: PushBatch, movedBy: string): Promise<SavedBatch> {
  const moved = batch.moved.map(({ stackId, hash, tracks }) => ({ stack_id: stackId, hash, tracks }));
  const ignored = batch.ignored.map((entry) => ({ id: ports.ids.ulid(), stack_id: entry.stackId, commit_hash: entry.hash, branch: entry.branch, reason: entry.reason, created_at: ports.clock.now() }));
  const hasRuns = batch.runs.length > 0;
  const answer = await raw<PartRow>`
    with commits as (select ${document(Object.fromEntries(batch.commits))} as document),
    moved as (
      update stacks set branch_head = ${commitOf(raw`m.hash`)},
        tracked_commit = case when m.tracks then ${commitOf(raw`m.hash`)} else stacks.tracked_commit end,
        tracked_commit_set_by = case when m.tracks then ${movedBy} else stacks.tracked_commit_set_by end
      from jsonb_to_recordset(${document(moved)}) as m (stack_id text, hash text, tracks boolean) where stacks.id = m.stack_id)
    ${ignored.length === 0 ? raw`` : raw`, ignored as (insert into ignored_triggers (${columnsOf(ignored)}) select ${columnsOf(ignored, 'i')} from ${rowsFrom('ignored_triggers', ignored)} as i)`}
    ${hasRuns ? runInserts(ports, batch.runs) : raw``}
    select part, document from ${hasRuns ? partsOf({ created: raw`(select id from inserted)`, superseded: SUPERSEDED }) : partsOf({ none: raw`(select 1 as nothing where false)` })}`.execute(sql);
  return {
    created: new Set(rowsOf<{ readonly id: string }>(answer.rows, 'created').map(({ id }) => id)),
    superseded: new Map(rowsOf<{ readonly id: string; readonly newer: string }>(answer.rows, 'superseded').map(({ id, newer }) => [id, newer])),
  };
}

/** The parts that insert the runs; their commits stand once in the statement, however many runs are for them. */
function runInserts(ports: Pick<Ports, 'clock' | 'ids'>, pushed: readonly PushedRun[]) {
  const runs = pushed.map(({ run, dedupKey }) => ({ ...runDocument(run), commit_info: { hash: run.commit.hash }, dedup_key: dedupKey }));
  const messages = pushed.map(({ run }) => {
    const body = { runId: run.id, stackId: run.stackId, stateVersion: run.stateVersion };
    return { ...messageRow(ports, runAdvanced, body), body };
  });
  const values = Object.keys(runs[0] ?? {}).map((name) => (name === 'commit_info' ? commitOf(raw`(wanted.commit_info ->> 'hash')`) : raw.ref(`wanted.${name}`)));
  return raw`, wanted as (
      select r.* from ${rowsFrom('runs', runs)} as r join stacks on stacks.id = r.stack_id
      where not stacks.is_disabled and not stacks.deleting and (r.type <> 'PROPOSED' or not exists (
        select 1 from runs as known where known.stack_id = r.stack_id and known.type = 'PROPOSED' and known.commit_info ->> 'hash' = r.commit_info ->> 'hash'
          and not known.drift_detection and known.local_workspace_id is null))),
    inserted as (
      insert into runs (${columnsOf(runs)}) select ${raw.join(values)} from wanted
      on conflict (stack_id, dedup_key) where dedup_key is not null do nothing
      returning id, stack_id, type, branch, state, state_version, updated_at),
    history as (
      insert into run_history (run_id, state_version, state, at, has_logs, terminal)
      select inserted.id, inserted.state_version, inserted.state, inserted.updated_at, false, false from inserted),
    announced as (
      insert into messages (${columnsOf(messages)})
      select ${columnsOf(messages, 'm')} from ${rowsFrom('messages', messages)} as m join inserted on inserted.id = m.body ->> 'runId')`;
}

const SUPERSEDED = raw`(
    select runs.id, inserted.id as newer from runs join inserted on inserted.stack_id = runs.stack_id and inserted.branch = runs.branch and inserted.type = 'PROPOSED'
    join stacks on stacks.id = runs.stack_id and stacks.branch <> runs.branch
    where runs.type = 'PROPOSED' and runs.id < inserted.id and runs.finished_at is null and runs.triggered_by is null and not runs.drift_detection and runs.local_workspace_id is null
    order by runs.id limit 1000)`;

const document = (value: unknown) => raw`cast(${JSON.stringify(value)} as jsonb)`;
const commitOf = (hash: RawBuilder<unknown>) => raw`(select commits.document -> ${hash} from commits)`;
const rowsFrom = (table: string, rows: Rows) => raw`jsonb_populate_recordset(cast(null as ${raw.table(table)}), ${document(rows)})`;
const columnsOf = (rows: Rows, of?: string) => raw.join(Object.keys(rows[0] ?? {}).map((name) => raw.ref(of === undefined ? name : `${of}.${name}`)));
