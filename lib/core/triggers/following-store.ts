import { sql as raw, type Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';
import { partsOf, rowOf, rowsOf } from '../shared/parts-store.ts';
import { toStack } from '../stacks/stack-store.ts';
import type { Stack } from '../stacks/stack.ts';
import { seenHeads } from '../vcs/repository-store.ts';

export interface LastRun {
  readonly id: string;
  readonly hash: string;
}

/** Who follows a repository, with what decides whether a push makes a run. */
export interface Following {
  /** Heads as last seen: branch → commit hash. */
  readonly seen: ReadonlyMap<string, string>;
  /** The end of the look that saw them; undefined when they were too many to be read at one moment. */
  readonly seenAt: Date | null | undefined;
  readonly stacks: readonly Stack[];
  /** Stack id → its newest tracked run. */
  readonly lastTracked: ReadonlyMap<string, LastRun>;
  /** The pool of stacks that name none. */
  readonly sharedPoolId: string | null;
  /** There are push policies, so that each stack's are asked first. */
  readonly hasPushPolicies: boolean;
}

const MAX_STACKS = 1000;
/** Of more branches the heads are read page by page. */
const MAX_BRANCHES = 2000;

/** The stacks that follow a repository, by its normalized address, and its heads as last seen, in one statement. */
export async function followingOf(sql: Sql, url: string): Promise<Following> {
  const stacks = sql.selectFrom('stacks').selectAll().where('repository_url', '=', url).orderBy('id').limit(MAX_STACKS);
  const answer = await sql
    .with('following', () => stacks)
    .selectFrom(
      partsOf({
        stack: raw`(select * from following)`,
        last: raw`(
          select following.id as stack_id, newest.id, newest.hash from following cross join lateral (
            select runs.id, runs.commit_info ->> 'hash' as hash from runs where runs.stack_id = following.id and runs.type = 'TRACKED' order by runs.id desc limit 1) as newest)`,
        look: raw`(select seen_at from git_repositories where url = ${url})`,
        head: raw`(select name, hash from git_branches where url = ${url} limit ${raw.lit(MAX_BRANCHES)})`,
        pool: raw`(select id from worker_pools where deleted_at is null and is_shared order by id limit 1)`,
        policy: raw`(select id from policies where type = 'GIT_PUSH' order by id limit 1)`,
      }),
    )
    .selectAll()
    .execute();
  const found = rowsOf<Selectable<Tables['stacks']>>(answer, 'stack').map(toStack);
  const heads = rowsOf<{ readonly name: string; readonly hash: string }>(answer, 'head');
  const atOnce = heads.length < MAX_BRANCHES;
  const seenAt = rowOf<{ readonly seen_at: string | null }>(answer, 'look')?.seen_at ?? null;
  return {
    seenAt: !atOnce ? undefined : seenAt === null ? null : new Date(seenAt),
    seen: atOnce ? new Map(heads.map(({ name, hash }) => [name, hash])) : await seenHeads(sql, url),
    stacks: found.sort((a, b) => (a.id < b.id ? -1 : 1)),
    lastTracked: new Map(rowsOf<LastRun & { readonly stack_id: string }>(answer, 'last').map(({ stack_id, id, hash }) => [stack_id, { id, hash }])),
    hasPushPolicies: rowOf<{ readonly id: string }>(answer, 'policy') !== undefined,
    sharedPoolId: rowOf<{ readonly id: string }>(answer, 'pool')?.id ?? null,
  };
}
