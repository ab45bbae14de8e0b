import * as z from 'zod/mini';
import { defineMessage } from '../shared/messages.ts';

/** An assignment that its worker did not take in time is to be given up. */
export const assignmentExpired = defineMessage({
  name: 'assignment.expired',
  queue: 'async',
  schema: z.object({ assignmentId: z.string() }),
});

/** A run of the pool that waited for what did not answer may be tried again. */
export const runDueAgain = defineMessage({
  name: 'run.due-again',
  queue: 'async',
  schema: z.object({ poolId: z.string() }),
});

/** A worker has planned, and waits to hear how to go on. */
export const planReported = defineMessage({
  name: 'plan.reported',
  queue: 'policies',
  schema: z.object({
    runId: z.string(),
    lease: z.number(),
    planArtifactId: z.optional(z.string()),
    customArtifactId: z.optional(z.string()),
    skipped: z.optional(z.boolean()),
  }),
});

/** The resources that a plan began with lie in the object store; nobody waits for them. */
export const resourcesReported = defineMessage({
  name: 'resources.reported',
  queue: 'async',
  schema: z.object({ runId: z.string(), artifactId: z.string() }),
});
