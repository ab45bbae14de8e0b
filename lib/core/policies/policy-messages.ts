import * as z from 'zod/mini';
import { defineMessage } from '../shared/messages.ts';

/** A policy was made, changed, attached, detached or deleted: runs that wait for its kind are to be asked about again. */
export const policyChanged = defineMessage({
  name: 'policy.changed',
  queue: 'async',
  schema: z.object({ policyId: z.string(), type: z.string(), /** Only this stack is concerned. */ stackId: z.optional(z.string()) }),
});

/** The next part of a replay is due. */
export const policyReplayDue = defineMessage({
  name: 'policy.replay-due',
  queue: 'policies',
  schema: z.object({ replayId: z.string() }),
});
