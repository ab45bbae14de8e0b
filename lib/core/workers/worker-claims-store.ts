import type { Tx } from '../ports/database.ts';
import type { Ports } from '../ports/ports.ts';
import { messageRow } from '../shared/message-store.ts';
import { poolChanged } from './worker-messages.ts';
import type { Worker } from './worker.ts';

type Needs = Pick<Ports, 'clock' | 'ids' | 'queue'>;

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
