import * as z from 'zod/mini';
import { defineMessage } from '../shared/messages.ts';

/** Why a repository is looked at: its hook was called, its time had come, or a stack began to follow it. */
export const LOOK_KINDS = ['hook', 'poll', 'api'] as const;
export type LookKind = (typeof LOOK_KINDS)[number];

export interface LookCause {
  readonly kind: LookKind;
  /** ISO 8601. */
  readonly at: string;
  /** Id of the stack whose hook was called. */
  readonly subject?: string | null;
}

/** Something may have changed in a repository: compare its heads with what was last seen. */
export const repositoryChanged = defineMessage({
  name: 'repository.changed',
  queue: 'webhooks',
  schema: z.object({ url: z.string(), cause: z.object({ kind: z.enum(LOOK_KINDS), at: z.string(), subject: z.optional(z.nullable(z.string())) }) }),
});

/** A hook was called: what was sent, unread and unchecked. Whoever takes it in may have no database at hand. */
export const deliveryReceived = defineMessage({
  name: 'delivery.received',
  queue: 'webhooks',
  schema: z.object({
    /** Decoded, without query. */
    path: z.string(),
    /** Lower-case names. */
    headers: z.record(z.string(), z.string()),
    /** Base64 of the bytes as they came. */
    body: z.string(),
    receivedAt: z.string(),
  }),
});
