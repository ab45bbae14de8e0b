import * as z from 'zod/mini';
import { defineMessage } from '../shared/messages.ts';

/** A state was put in place by hand: its resources and outputs are to be read from the body. */
export const stateReplaced = defineMessage({
  name: 'state.replaced',
  queue: 'async',
  schema: z.object({ stackId: z.string(), versionId: z.string() }),
});
