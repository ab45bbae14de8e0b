import * as z from 'zod/mini';
import { defineMessage } from '../shared/messages.ts';

/** A run was created or made a step. Whoever follows runs from outside (scheduling, reports, dependants) starts here. */
export const runAdvanced = defineMessage({
  name: 'run.advanced',
  queue: 'asyncFifo',
  schema: z.object({ runId: z.string(), stackId: z.string(), stateVersion: z.number() }),
  orderedBy: (body: { readonly stackId: string }) => body.stackId,
});
