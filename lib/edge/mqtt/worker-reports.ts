import type { Ports } from '../../core/ports/ports.ts';
import { workerReport } from '../../core/workers/worker-messages.ts';
import { WorkerMessage } from '../../protocol/messages.ts';

export interface ReceivedReport {
  /** Both from the topic, which the broker lets only this worker write to. */
  readonly poolId: string;
  readonly workerId: string;
  readonly payload: Uint8Array;
  readonly receivedAt: Date;
}

/** Puts what a worker said on the queue. What is no message of ours is dropped: the other side may be newer than we are. */
export async function receiveReport(ports: Pick<Ports, 'db' | 'queue' | 'telemetry'>, report: ReceivedReport): Promise<void> {
  const { poolId, workerId, receivedAt } = report;
  const message = read(report.payload);
  if (message === undefined) {
    ports.telemetry.log('debug', 'worker report of unknown shape dropped', { poolId, workerId });
    return;
  }
  await ports.queue.enqueue(ports.db.sql, workerReport, { poolId, workerId, message, receivedAt: receivedAt.toISOString() });
  ports.queue.flush();
}

function read(payload: Uint8Array): WorkerMessage | undefined {
  try {
    return WorkerMessage.parse(JSON.parse(Buffer.from(payload).toString('utf8')));
  } catch {
    return undefined;
  }
}
