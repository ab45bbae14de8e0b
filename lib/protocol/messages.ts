import * as z from 'zod/mini';

/** Envelope of every MQTT message: receivers drop unknown types and repeated ids. */
const base = { v: z.literal(1), id: z.string(), ts: z.string() };

const serverMessages = [
  z.object({ ...base, type: z.literal('job.available') }),
  z.object({ ...base, type: z.literal('pool.cycle') }),
  z.object({ ...base, type: z.literal('pool.reset') }),
  z.object({ ...base, type: z.literal('run.assign'), runId: z.string(), assignmentId: z.string(), expiresAt: z.string() }),
  z.object({ ...base, type: z.literal('run.continue'), runId: z.string(), lease: z.number(), decision: z.string() }),
  z.object({ ...base, type: z.literal('run.stop'), runId: z.string(), lease: z.number() }),
  z.object({ ...base, type: z.literal('run.kill'), runId: z.string(), lease: z.number(), reason: z.string() }),
  z.object({ ...base, type: z.literal('worker.drain'), drain: z.boolean() }),
  z.object({ ...base, type: z.literal('worker.cycle') }),
] as const;

export const ServerMessage = z.discriminatedUnion('type', serverMessages);
export type ServerMessage = z.infer<typeof ServerMessage>;

export const Heartbeat = z.object({
  ...base,
  type: z.literal('heartbeat'),
  bootId: z.string(),
  seq: z.number(),
  state: z.enum(['idle', 'busy']),
  // Set once the launcher was told to end: it takes no further run.
  draining: z.optional(z.boolean()),
  runId: z.optional(z.string()),
  lease: z.optional(z.number()),
  phase: z.optional(z.string()),
  resource: z.optional(z.string()),
});
export type Heartbeat = z.infer<typeof Heartbeat>;

export const WorkerMessage = z.discriminatedUnion('type', [
  Heartbeat,
  z.object({ ...base, type: z.literal('worker.bye'), reason: z.enum(['signal', 'cycle', 'spot', 'fatal']) }),
  // The last will is fixed at connect time, so it carries no id or time of its own.
  z.object({ v: z.literal(1), type: z.literal('worker.lost'), bootId: z.string() }),
]);
export type WorkerMessage = z.infer<typeof WorkerMessage>;
