import * as z from 'zod/mini';
import { defineMessage } from './messages.ts';

export type Severity = 'INFO' | 'WARNING' | 'ERROR';

/** Something went wrong that the administrators of a space should know. */
export interface InternalError {
  readonly title: string;
  /** The same words each time, for those who sort by them. */
  readonly error: string;
  readonly message: string;
  readonly severity: Severity;
  readonly spaceId: string;
  readonly stackId?: string | null;
  readonly runId?: string | null;
  readonly policyId?: string | null;
}

export const internalErrorRaised = defineMessage({
  name: 'internal-error.raised',
  queue: 'async',
  schema: z.object({
    title: z.string(),
    error: z.string(),
    message: z.string(),
    severity: z.enum(['INFO', 'WARNING', 'ERROR']),
    spaceId: z.string(),
    stackId: z.optional(z.nullable(z.string())),
    runId: z.optional(z.nullable(z.string())),
    policyId: z.optional(z.nullable(z.string())),
    at: z.string(),
  }),
});
