import type { WorkerMessage } from '../../../protocol/messages.ts';
import type { Ports } from '../../ports/ports.ts';
import { WILL_GRACE_SECONDS } from '../worker-health.ts';
import { workerCheck } from '../worker-messages.ts';
import { findWorker, saveHeartbeat, saveWill } from '../worker-store.ts';
import { deregisterWorker } from './deregister-worker.ts';

export interface Report {
  /** From the topic or the session, never from the payload. */
  readonly poolId: string;
  readonly workerId: string;
  readonly message: WorkerMessage;
  readonly receivedAt: Date;
}

/** What a worker learns by reporting over HTTP. */
export interface ReportAnswer {
  readonly drained: boolean;
  /** It ends itself once idle. */
  readonly cycle: boolean;
}

/** Takes a worker's heartbeat, goodbye or last will. Reports come late, twice and in any order; one that is out of date changes nothing. */
export async function recordReport(
  ports: Pick<Ports, 'db' | 'queue' | 'broker' | 'clock' | 'ids' | 'telemetry'>,
  report: Report,
): Promise<ReportAnswer | undefined> {
  const { poolId, workerId, message, receivedAt } = report;
  switch (message.type) {
    case 'heartbeat': {
      const known = await saveHeartbeat(ports.db.sql, {
        poolId,
        workerId,
        bootId: message.bootId,
        seq: message.seq,
        receivedAt,
        drains: message.draining === true,
      });
      if (!known) return undefined;
      if (known.cycling && message.state === 'idle') {
        await ports.broker.publish({ poolId, workerId }, { v: 1, type: 'worker.cycle', id: ports.ids.ulid(), ts: ports.clock.now().toISOString() });
      }
      return { drained: known.drained, cycle: known.cycling };
    }
    case 'worker.bye': {
      const worker = await findWorker(ports.db.sql, workerId);
      if (worker?.poolId === poolId) await deregisterWorker(ports, worker, message.reason);
      return undefined;
    }
    case 'worker.lost': {
      const noted = await saveWill(ports.db.sql, { poolId, workerId, bootId: message.bootId, receivedAt });
      if (!noted) return undefined;
      await ports.queue.enqueue(ports.db.sql, workerCheck, { workerId }, { delaySeconds: WILL_GRACE_SECONDS });
      ports.queue.flush();
      return undefined;
    }
  }
}
