import type { QueueName } from './queues.ts';

export interface Schema<T> {
  parse(value: unknown): T;
}

/** A nudge between areas: ids and a version, never state. Defined apart from its handler, so that a sender imports only this. */
export interface MessageType<Body> {
  readonly name: string;
  readonly queue: QueueName;
  readonly schema: Schema<Body>;
  /** Group of a FIFO queue; messages of one group are handled one at a time, in order. */
  readonly orderedBy?: (body: Body) => string;
  /** Two messages with one key within five minutes are one. */
  readonly onceBy?: (body: Body) => string;
}

export function defineMessage<Body>(type: MessageType<Body>): MessageType<Body> {
  return type;
}

/** What a handler gets: parsed body, and how often this message was received before. */
export interface Envelope {
  readonly id: string;
  readonly name: string;
  readonly queue: QueueName;
  readonly body: unknown;
  readonly receiveCount: number;
  /** How many messages led to this one; absent where nobody counts. */
  readonly hops?: number;
  /** The span that it was sent in, as the W3C header `traceparent` says it. */
  readonly traceParent?: string;
  /** When whoever handles it is ended from outside; absent where nobody does that. */
  readonly deadline?: Date;
}

/** Thrown by a handler for what no repetition can mend: logged, counted, kept as a dead letter, acknowledged. */
export class PermanentFailure extends Error {
  override name = 'PermanentFailure';
}

/** By the name that the error itself carries: it may come from another bundle's copy of the class, and in a small bundle the class is called otherwise. */
export const isPermanentFailure = (error: unknown): boolean => (error as { readonly name?: unknown } | null)?.name === 'PermanentFailure';
