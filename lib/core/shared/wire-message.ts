import * as z from 'zod/mini';

/** Larger bodies travel as a claim check: other regions, emulators and event rules take less than the queue itself. */
export const CLAIM_CHECK_BYTES = 240 * 1024;
/** How often a queue hands a message out before it is a dead letter. */
export const MAX_RECEIVES = 10;
/** A message that was caused by a longer chain of messages goes in circles. */
export const MAX_HOPS = 1000;

/** The message attribute that says which span of OpenTelemetry a message was sent in. */
export const TRACE_ATTRIBUTE = 'traceparent';

/** Where a body is that was too large for the queue. */
export const ClaimCheck = z.object({ bucket: z.literal('large-queue-messages'), key: z.string().check(z.regex(/^[0-9a-f]{2}\/[0-9A-Z]{26}$/)), sha256: z.string(), bytes: z.number() });
export type ClaimCheck = z.infer<typeof ClaimCheck>;

/** A message as it travels outside the database: itself, or the claim check for its body. `hops` counts the messages that led to it. */
export const WireMessage = z.union([
  z.object({ id: z.string(), type: z.string(), hops: z.number(), claim: ClaimCheck }),
  z.object({ id: z.string(), type: z.string(), hops: z.number(), body: z.unknown() }),
]);
export type WireMessage = z.infer<typeof WireMessage>;

/** The key of a claim check: spread over prefixes by the id's random end. */
export const claimKey = (id: string): string => `${spread(id)}/${id}`;

/** Two hexadecimal digits that differ from one id to the next. */
function spread(id: string): string {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) & 0xff;
  return sum.toString(16).padStart(2, '0');
}

/** What a rule of the scheduler puts on the queue, whole: constant, so that the rule can hold it. */
export const Tick = z.object({ tick: z.string() });
export const tickInput = (tick: string): z.infer<typeof Tick> => ({ tick });
