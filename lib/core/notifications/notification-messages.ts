import * as z from 'zod/mini';
import { defineMessage } from '../shared/messages.ts';

/** A run entered a state that somebody wants to hear of. */
export const runTold = defineMessage({
  name: 'run.told',
  queue: 'policies',
  schema: z.object({ runId: z.string(), stateVersion: z.number() }),
});
