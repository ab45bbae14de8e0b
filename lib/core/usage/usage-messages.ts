import * as z from 'zod/mini';
import { defineMessage } from '../shared/messages.ts';

/** A day's report is to be sent; `tries` counts those before. It goes where whatever leaves for addresses outside goes. */
export const usageReportDue = defineMessage({
  name: 'usage.report-due',
  queue: 'eventsInbox',
  schema: z.object({ period: z.string(), tries: z.number() }),
});
