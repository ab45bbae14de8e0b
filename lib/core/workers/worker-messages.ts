import * as z from 'zod/mini';
import { WorkerMessage } from '../../protocol/messages.ts';
import { defineMessage } from '../shared/messages.ts';

/** Runs or workers of the pool became available: worth another look at who gets what. */
export const poolChanged = defineMessage({
  name: 'pool.changed',
  queue: 'asyncFifo',
  schema: z.object({ poolId: z.string() }),
  orderedBy: (body: { poolId: string }) => body.poolId,
});

/** What a worker said over MQTT. The ids are the topic's, never the payload's. */
export const workerReport = defineMessage({
  name: 'worker.report',
  queue: 'iot',
  schema: z.object({ poolId: z.string(), workerId: z.string(), message: WorkerMessage, receivedAt: z.string() }),
});

/** Certificates are compared with the pools there are, step by step: pools behind `after`, and at their end what belongs to none, behind `orphan`. */
export const certificatesDue = defineMessage({
  name: 'certificates.due',
  queue: 'async',
  schema: z.object({ after: z.nullable(z.string()), orphan: z.nullable(z.string()) }),
});

/** Asks, after a delay, whether the worker still lives. With a run and lease: only while it holds that handover. */
export const workerCheck = defineMessage({
  name: 'worker.check',
  queue: 'async',
  schema: z.object({ workerId: z.string(), runId: z.optional(z.string()), lease: z.optional(z.number()) }),
});

/** A worker is gone while it held a run. `reason` is the note that a run which cannot be repeated fails with. */
export const workerLost = defineMessage({
  name: 'worker.lost',
  queue: 'async',
  schema: z.object({
    workerId: z.string(),
    poolId: z.string(),
    runId: z.string(),
    lease: z.number(),
    reason: z.string(),
    /** False when the run may not go to another worker, however early it was: its pool was reset or deleted. */
    mayRequeue: z.boolean(),
  }),
});
