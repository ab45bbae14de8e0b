import * as z from 'zod/mini';
import { defineMessage } from '../shared/messages.ts';

/** A delivery is to be tried; `tries` counts those before. */
export const deliveryDue = defineMessage({
  name: 'webhook.delivery-due',
  queue: 'eventsInbox',
  schema: z.object({ deliveryId: z.string(), tries: z.number() }),
});
