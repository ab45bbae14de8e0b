import type { Insertable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';
import { rowsIf } from '../shared/guarded-store.ts';
import { toRun } from './run-rows-store.ts';
import { ACTIVE_STATES, isStoppable } from './run-states.ts';
import type { Run } from './run.ts';

export interface StopMark {
  readonly at: Date;
  readonly by: string;
  readonly note: string | null;
  readonly kind: 'stop' | 'kill';
  readonly audit?: Insertable<Tables['audit']>;
}

/** Marks a run that a worker executes, whatever phase it has reached meanwhile; undefined when none is left that can be stopped. */
export async function markStopRequested(sql: Sql, run: Pick<Run, 'id'>, mark: StopMark): Promise<Run | undefined> {
  const states = mark.kind === 'kill' ? ACTIVE_STATES : ACTIVE_STATES.filter(isStoppable);
  const marked = sql.with('marked', (q) =>
    q
      .updateTable('runs')
      .set({ stop_requested_at: mark.at, stop_requested_by: mark.by, stop_note: mark.note, ...(mark.kind === 'kill' ? { kill_requested_at: mark.at } : {}) })
      .where('id', '=', run.id)
      .where('state', 'in', [...states])
      .returningAll(),
  );
  const audit = mark.audit === undefined ? undefined : rowsIf('marked', [mark.audit]);
  const row =
    audit === undefined
      ? await marked.selectFrom('marked').selectAll().executeTakeFirst()
      : await marked.with('audited', (q) => q.insertInto('audit').columns(audit.columns).expression(audit.values)).selectFrom('marked').selectAll().executeTakeFirst();
  return row === undefined ? undefined : toRun(row);
}
