import type { Tx } from '../ports/database.ts';
import type { Ports } from '../ports/ports.ts';
import { messageRow } from '../shared/message-store.ts';
import { LOST_AFTER_SECONDS } from './worker-health.ts';
import { poolChanged, workerCheck } from './worker-messages.ts';
import { workerRefusal } from './worker-refusals.ts';
import { toWorker } from './worker-store.ts';
import type { Worker } from './worker.ts';

type Needs = Pick<Ports, 'clock' | 'ids' | 'queue'>;

async function workerOf(tx: Tx, workerId: string): Promise<Worker | undefined> {
  const row = await tx.sql.selectFrom('workers').selectAll().where('id', '=', workerId).executeTakeFirst();
  return row && toWorker(row, false);
}

/**
 * The worker takes a run, and a check of its life is due when it would count as lost. Refused when the worker is drained, busy or
 * gone; the one statement decides on the locked row, so after a drain that found the worker free it can never start.
 */
export async function markClaimed(ports: Needs, tx: Tx, workerId: string, runId: string, lease: number): Promise<void> {
  const now = ports.clock.now();
  const check = messageRow(ports, workerCheck, { workerId, runId, lease }, { delaySeconds: LOST_AFTER_SECONDS.busy + 1 });
  const row = await tx.sql
    .with('check', (q) => q.insertInto('messages').values(check))
    .updateTable('workers')
    .set({ run_id: runId, lease, available_at: null, passed_over_until: null, last_seen_at: now, will_at: null })
    .where('id', '=', workerId)
    .where('run_id', 'is', null)
    .where('drained', '=', false)
    .where('cycling', '=', false)
    .returning('id')
    .executeTakeFirst();
  if (row !== undefined) return;
  // The throw undoes the transaction, and with it the message written above.
  const worker = await workerOf(tx, workerId);
  if (!worker) throw workerRefusal('worker_unknown', `worker ${workerId} is not registered`);
  if (worker.runId !== null) throw workerRefusal('busy', `worker ${workerId} already holds run ${worker.runId}`);
  throw workerRefusal('drained', `worker ${workerId} is ${worker.drained ? 'drained' : 'about to end'} and takes no run`);
}

/** The worker gives its run back and may have another; a worker that holds another run by now, or is gone, stays as it is. */
export async function markFree(ports: Needs, tx: Tx, worker: Pick<Worker, 'id' | 'poolId'>, runId: string): Promise<void> {
  const now = ports.clock.now();
  await tx.sql
    .with('announced', (q) => q.insertInto('messages').values(messageRow(ports, poolChanged, { poolId: worker.poolId })))
    .updateTable('workers')
    .set({ run_id: null, lease: null, available_at: now })
    .where('id', '=', worker.id)
    .where('run_id', '=', runId)
    .execute();
  tx.afterCommit(() => ports.queue.flush());
}

/** The worker let an assignment expire: it stays idle, but others come first until then. */
export async function passOver(tx: Tx, workerId: string, until: Date): Promise<void> {
  await tx.sql.updateTable('workers').set({ passed_over_until: until }).where('id', '=', workerId).where('run_id', 'is', null).execute();
}
