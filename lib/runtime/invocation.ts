import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../core/ports/clock.ts';

/** What the runtime tells a function about the call that it is handling; a container handles one at a time. */
export interface InvocationContext {
  readonly getRemainingTimeInMillis: () => number;
  readonly awsRequestId: string;
}

/** How much time is left of the call in hand, for whoever waits for others. */
export interface Invocations {
  begin(context: InvocationContext): void;
  /** When the function is ended from outside. */
  deadline(): Date;
  /** What is left, less what is kept back for the end; never below 0. */
  remainingMs(keptMs: number): number;
}

export function invocations(clock: Pick<Clock, 'now'>): Invocations {
  let deadline = clock.now();
  return {
    begin(context) {
      deadline = new Date(clock.now().getTime() + context.getRemainingTimeInMillis());
    },
    deadline: () => deadline,
    remainingMs: (keptMs) => Math.max(0, deadline.getTime() - clock.now().getTime() - keptMs),
  };
}

/** Turns of the event loop until a connection that was closed is known as such. */
const TURNS = 2;

/**
 * A container is frozen between calls, and servers close connections meanwhile. Lets it see that before one of them is written to: a
 * statement on a dead connection could not be told from one that was executed.
 */
export async function thaw(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A message, and how many others led to it. */
export interface Cause {
  readonly name: string;
  readonly hops?: number;
}

const cause = new AsyncLocalStorage<Cause>();

/** Runs `work` as what a message caused: what it sends counts one hop more. */
export const causedBy = <T>(message: Cause, work: () => Promise<T>): Promise<T> => cause.run(message, work);

/** How many messages led to what is being done, this one included; 0 outside of any. */
export const hopsSoFar = (): number => {
  const message = cause.getStore();
  return message === undefined ? 0 : (message.hops ?? 0) + 1;
};

/** The type of the message that is being handled; undefined outside of any. */
export const typeInHand = (): string | undefined => cause.getStore()?.name;
