import type { Delta } from '../../protocol/worker-api.ts';
import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { Ports } from '../ports/ports.ts';
import { rowsIf } from '../shared/guarded-store.ts';
import { messageRow } from '../shared/message-store.ts';
import { toRun } from '../runs/run-rows-store.ts';
import type { Run } from '../runs/run.ts';
import { planReported } from './handover-messages.ts';

export interface PlanFacts {
  readonly delta: Delta;
  readonly hasChanges: boolean;
  readonly changesKey: string | null;
  /** For who decides: artifacts of the report. */
  readonly evidence?: { readonly planArtifactId?: string; readonly customArtifactId?: string; readonly skipped?: boolean };
}

/** Keeps what was planned and announces it, in one statement; undefined when the run left planning or was decided upon meanwhile. */
export async function savePlanReport(ports: Pick<Ports, 'clock' | 'ids'>, sql: Sql, run: Pick<Run, 'id' | 'lease' | 'stateVersion'>, facts: PlanFacts): Promise<Run | undefined> {
  const message = rowsIf('reported', [messageRow(ports, planReported, { runId: run.id, lease: run.lease, ...facts.evidence })]);
  const row = await sql
    .with('reported', (q) =>
      q
        .updateTable('runs')
        .set({ delta: json(facts.delta), has_changes: facts.hasChanges, changes_key: facts.changesKey })
        .where('id', '=', run.id)
        .where('lease', '=', run.lease)
        .where('state', '=', 'PLANNING')
        .where('state_version', '=', run.stateVersion)
        .where('decision', 'is', null)
        .returningAll(),
    )
    .with('announced', (q) => q.insertInto('messages').columns(message.columns).expression(message.values))
    .selectFrom('reported')
    .selectAll()
    .executeTakeFirst();
  return row && toRun(row);
}
