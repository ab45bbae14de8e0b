import type { Sql } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import { requireRootAdmin, type Actor } from '../../shared/actor.ts';
import { invalid } from '../../shared/errors.ts';
import { csvLine } from '../csv.ts';
import { exportQuery, type ExportQuery } from '../export-query.ts';
import { minutesOf } from '../usage-report.ts';
import { workedRuns, type PageStart } from '../worked-time-store.ts';
import { workerCounts, type WorkerCount } from '../worker-count-store.ts';

/** What one answer of the API may hold. */
const MAX_EXPORT_BYTES = 1024 * 1024;
/** Lines read in one statement: some 250 bytes each. */
const PAGE = 1000;

const COLUMNS = {
  'worker-count': ['id', 'count', 'timestamp_unix', 'worker_pool_name'],
  'run-minutes': [
    'timestamp_unix', 'state_duration_minutes', 'public', 'run_state', 'run_type', 'run_ulid', 'stack_name', 'stack_slug', 'stack_ulid', 'is_stack',
    'worker_pool_name', 'worker_pool_ulid',
  ],
} as const;

/** Usage as comma-separated values, for administrators. A period with more than fits into one answer is refused, for nobody would see what is missing. */
export async function exportUsage(ports: Pick<Ports, 'db' | 'clock'>, actor: Actor, asked: Parameters<typeof exportQuery>[0]): Promise<string> {
  requireRootAdmin(actor);
  const now = ports.clock.now();
  const query = exportQuery(asked, now);
  const lines = [csvLine(COLUMNS[query.aspect])];
  let bytes = 0;
  for await (const line of query.aspect === 'worker-count' ? countLines(ports.db.sql, query) : runLines(ports.db.sql, query, now)) {
    bytes += Buffer.byteLength(line);
    if (bytes > MAX_EXPORT_BYTES) throw invalid(`there is more than ${MAX_EXPORT_BYTES} bytes of it: ask for a shorter period, by since and until`);
    lines.push(line);
  }
  return lines.join('');
}

const unix = (at: Date): number => Math.floor(at.getTime() / 1000);

async function* countLines(sql: Sql, { span }: ExportQuery): AsyncGenerator<string> {
  let after: WorkerCount | undefined;
  do {
    const counts = await workerCounts(sql, span, after, PAGE);
    for (const { poolId, poolName, workers, at } of counts) yield csvLine([poolId, workers, unix(at), poolName]);
    after = counts.length < PAGE ? undefined : counts.at(-1);
  } while (after !== undefined);
}

/** A line for each state of a run in which a worker had it; by type, a line for each run, which is in no single state then. */
async function* runLines(sql: Sql, { span, groupBy }: ExportQuery, now: Date): AsyncGenerator<string> {
  let after: PageStart | undefined;
  do {
    const { items, next } = await workedRuns(sql, span, { by: groupBy === 'run-state' ? 'state' : 'run', after, limit: PAGE, now });
    for (const run of items) {
      // A stack is known by its slug alone.
      yield csvLine([
        unix(run.startedAt), minutesOf(run.ms), run.isPublic, run.state, run.type, run.runId, run.stackName, run.stackId, run.stackId, true,
        run.poolName, run.poolId,
      ]);
    }
    after = next;
  } while (after !== undefined);
}
