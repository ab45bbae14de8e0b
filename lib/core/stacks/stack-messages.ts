import * as z from 'zod/mini';
import { defineMessage } from '../shared/messages.ts';

const inStackOrder = (body: { readonly stackId: string }) => body.stackId;

/** A stack is to go, after a run that destroys its resources if asked for; `deleting` is set already. */
export const stackDeletionRequested = defineMessage({
  name: 'stack.deletion-requested',
  queue: 'asyncFifo',
  schema: z.object({ stackId: z.string(), destroyResources: z.boolean(), by: z.string() }),
  orderedBy: inStackOrder,
});

/** A stack takes runs again: those that waited for it may go on. */
export const stackEnabled = defineMessage({
  name: 'stack.enabled',
  queue: 'asyncFifo',
  schema: z.object({ stackId: z.string() }),
  orderedBy: inStackOrder,
});
