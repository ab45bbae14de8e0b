import { sql as raw, type RawBuilder, type Selectable } from 'kysely';
import { toSealed } from '../contexts/config-store.ts';
import { toAttached, type AttachmentRow } from '../contexts/context-store.ts';
import type { Sql } from '../ports/database.ts';
import type { Ports } from '../ports/ports.ts';
import type { Tables } from '../ports/tables.ts';
import { claimableQuery } from '../runs/pool-queue-store.ts';
import { toRun, type RunRow } from '../runs/run-rows-store.ts';
import { CLAIMABLE_STATES } from '../runs/run-states.ts';
import type { Run } from '../runs/run.ts';
import { partsOf, rowOf, rowsOf, type PartRow } from '../shared/parts-store.ts';
import { pathOf } from '../spaces/space.ts';
import type { InputSources } from '../stacks/input-sources.ts';
import { toStack } from '../stacks/stack-store.ts';
import type { Stack } from '../stacks/stack.ts';
import type { KnownReleases } from '../stacks/tool-catalogue.ts';
import { releasesOf } from '../stacks/tool-release-store.ts';
import { seenBefore, sessionHolds, subjectOf, subjectParts, type SessionSubject } from '../workers/session-subject-store.ts';
import type { SessionFacts } from '../workers/worker-session.ts';
import { claimedColumns, claimEffects } from './claim-step-store.ts';

/** An idempotency key that the call brings, to be kept with the claim: a claim that finds no run leaves none. */
export interface ClaimKey {
  readonly key: string;
  readonly requestSha256: string;
  readonly keptUntil: Date;
}

export interface Claimed {
  /** As it waited. */
  readonly before: Run;
  readonly run: Run;
  readonly stack: Stack;
  readonly spacePath: string;
  /** Undefined where they are too much for one answer: then they are read apart. */
  readonly inputs: InputSources | undefined;
  /** What publishers list, for a run that begins: its tool is chosen then. */
  readonly releases: KnownReleases;
}

/** A handover that a call with a key began; its answer is not kept but made anew. */
export interface KeptClaim {
  readonly requestSha256: string;
  /** `<run>/<lease>`. */
  readonly handover: string;
}

export const handoverText = ({ id, lease }: Pick<Run, 'id' | 'lease'>): string => `${id}/${lease}`;

export interface ClaimAnswer {
  /** Whom the session names, as it was before. */
  readonly subject: SessionSubject | undefined;
  /** The claim that an earlier call with the key made. */
  readonly kept: KeptClaim | undefined;
  /** The worker could have taken a run. */
  readonly isFree: boolean;
  readonly claimed: Claimed | undefined;
}

/** An answer of the database has at most 1 MiB, and a claim cannot be read page by page: of the inputs as much as surely fits beside the rest. */
const MAX_INPUT_BYTES = 512 * 1024;

/**
 * Gives the worker the run that was assigned to it, else the best of its pool, in one statement with everything that goes with it: the session
 * and the idempotency key are judged, the run's row is locked and stepped with history, messages and stack, the worker marked, and what the
 * package needs is read. Assignment, worker, run, stack is the order of locks; of runs that others hold none is waited for.
 */
export async function claimOnce(ports: Pick<Ports, 'clock' | 'ids'>, sql: Sql, session: SessionFacts, key?: ClaimKey): Promise<ClaimAnswer> {
  const now = ports.clock.now();
  const { workerId, poolId } = session;
  const isFree = raw<boolean>`w.id = ${workerId} and w.pool_id = ${poolId} and w.run_id is null and not w.drained and not w.cycling and ${sessionHolds(session)} and not exists ${kept(sql, workerId, key, now)}`;
  const states = raw.join(CLAIMABLE_STATES.map((state) => raw.lit(state)));
  const queued = claimableQuery(sql, poolId, { unassignedAt: now, lock: true, limit: 1, assignee: workerId })
    .where(raw<boolean>`exists (select 1 from free)`)
    .where(raw<boolean>`not exists (select 1 from assigned)`);

  const { rows } = await raw<PartRow>`
    with recursive taken as (delete from assignments where worker_id = ${workerId} and exists (select 1 from workers as w where ${isFree}) returning run_id),
    free as (select w.id from workers as w where ${isFree} and (select count(*) from taken) >= 0 for no key update),
    assigned as (
      select runs.* from runs join taken on taken.run_id = runs.id
      where exists (select 1 from free) and runs.state in (${states}) and not exists (select 1 from workers as holder where holder.run_id = runs.id)
      limit 1 for update of runs skip locked),
    queued as ${queued},
    target as (select * from assigned union all select * from queued),
    stepped as (update runs set ${claimedColumns(workerId, now)} from target where runs.id = target.id and runs.state in (${states}) returning runs.*),
    held as (
      update workers set run_id = stepped.id, lease = stepped.lease, last_seen_at = greatest(workers.last_seen_at, cast(${now} as timestamptz)), will_at = null,
        available_at = case when stepped.id is null then workers.available_at end, passed_over_until = case when stepped.id is null then workers.passed_over_until end
      from free left join stepped on true where workers.id = free.id),
    seen as (
      update workers as w set last_seen_at = ${now}, will_at = null
      where w.id = ${workerId} and w.pool_id = ${poolId} and ${sessionHolds(session)} and not exists (select 1 from free)
        and w.last_seen_at <= ${now} and (w.will_at is not null or w.last_seen_at <= ${seenBefore(now)})),
    ${claimEffects(ports, workerId, now)},
    ${keyHeld(workerId, key, now)}
    stack as (select stacks.* from stacks join stepped on stepped.stack_id = stacks.id),
    lineage as (
      select spaces.id, spaces.parent_id, spaces.inherit_entities from spaces join stack on stack.space_id = spaces.id
      union select above.id, above.parent_id, above.inherit_entities from spaces as above join lineage on lineage.parent_id = above.id),
    attached as (
      select contexts.*, a.id as attachment_id, a.priority from contexts cross join stack
      left join context_attachments as a on a.context_id = contexts.id and a.stack_id = stack.id
      where a.id is not null or exists (
        select 1 from jsonb_array_elements_text(contexts.labels) as label(text)
        where label.text = 'autoattach:*' or (label.text like 'autoattach:%' and jsonb_exists(stack.labels, substr(label.text, 12))))
      limit 1000),
    element as (
      select e.* from config_elements as e cross join stack
      where (e.owner_type = 'stack' and e.owner_id = stack.id) or (e.owner_type = 'context' and e.owner_id in (select attached.id from attached))),
    input as (select 'context' as part, attached.id, to_jsonb(attached) as document from attached union all select 'element', element.id, to_jsonb(element) from element),
    weighed as (select input.*, sum(octet_length(cast(document as text))) over (order by part, id) as weight from input)
    select part, document from ${partsOf({
      ...subjectParts(sql, session),
      kept: kept(sql, workerId, key, now),
      free: raw`(select id from free)`,
      before: raw`(select * from target)`,
      run: raw`(select * from stepped)`,
      stack: raw`(select * from stack)`,
      space: raw`(select * from lineage)`,
      releases: raw`(select kind, versions from tool_releases where exists (select 1 from stepped where phase = 'INITIAL'))`,
      rest: raw`(select id from weighed where weight > ${raw.lit(MAX_INPUT_BYTES)} limit 1)`,
    })}
    union all select part, document from weighed where weight <= ${raw.lit(MAX_INPUT_BYTES)}`.execute(sql);
  return toAnswer(rows);
}

/** The row of the key, if an earlier call took a run with it. */
const kept = (sql: Sql, workerId: string, key: ClaimKey | undefined, now: Date) =>
  sql
    .selectFrom('idempotency_keys')
    .select(['request_sha256', 'response'])
    .where('worker_id', '=', workerId)
    .where('key', '=', key?.key ?? '')
    .where('expires_at', '>', now);

function keyHeld(workerId: string, key: ClaimKey | undefined, now: Date): RawBuilder<unknown> {
  if (key === undefined) return raw``;
  return raw`keyed as (
      insert into idempotency_keys as k (worker_id, key, request_sha256, status, response, expires_at)
      select ${workerId}, ${key.key}, ${key.requestSha256}, 0, stepped.id || '/' || cast(stepped.lease as text), cast(${key.keptUntil} as timestamptz) from stepped
      on conflict (worker_id, key) do update set request_sha256 = excluded.request_sha256, status = 0, response = excluded.response, expires_at = excluded.expires_at
      where k.expires_at <= ${now}),`;
}

function toAnswer(rows: readonly PartRow[]): ClaimAnswer {
  const kept = rowOf<Pick<Selectable<Tables['idempotency_keys']>, 'request_sha256' | 'response'>>(rows, 'kept');
  return {
    subject: subjectOf(rows),
    kept: kept && { requestSha256: kept.request_sha256, handover: kept.response },
    isFree: rowOf(rows, 'free') !== undefined,
    claimed: toClaimed(rows),
  };
}

function toClaimed(rows: readonly PartRow[]): Claimed | undefined {
  const [before, run, stackRow] = [rowOf<RunRow>(rows, 'before'), rowOf<RunRow>(rows, 'run'), rowOf<Selectable<Tables['stacks']>>(rows, 'stack')];
  if (before === undefined || run === undefined || stackRow === undefined) return undefined;
  const stack = toStack(stackRow);
  const spaces = rowsOf<Pick<Selectable<Tables['spaces']>, 'id' | 'parent_id' | 'inherit_entities'>>(rows, 'space').map((row) => ({ id: row.id, parentId: row.parent_id, inheritEntities: row.inherit_entities }));
  const isWhole = rowOf(rows, 'rest') === undefined;
  return {
    before: toRun(before),
    run: toRun(run),
    stack,
    spacePath: pathOf(spaces, stack.spaceId),
    inputs: isWhole
      ? { contexts: toAttached(rowsOf<AttachmentRow>(rows, 'context'), stack, spaces), elements: rowsOf<Selectable<Tables['config_elements']>>(rows, 'element').map(toSealed) }
      : undefined,
    releases: releasesOf(rowsOf<Pick<Selectable<Tables['tool_releases']>, 'kind' | 'versions'>>(rows, 'releases')),
  };
}
