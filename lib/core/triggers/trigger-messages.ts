import * as z from 'zod/mini';
import { defineMessage } from '../shared/messages.ts';

/** A run has ended, and trigger policies are to say what follows. */
export const followersDue = defineMessage({
  name: 'trigger.followers-due',
  queue: 'policies',
  schema: z.object({ runId: z.string() }),
});
