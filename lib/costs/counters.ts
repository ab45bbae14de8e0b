import type { Hop } from './latency.ts';
import document from './counters.json' with { type: 'json' };

/** How often one run, one tick and one worker without work call each service, by the names of the call counter; and the way of a push. */
export interface Counters {
  readonly countedAt: string;
  /** The functions on the way of a push to the message that a job waits, with their calls, on the local cloud. */
  readonly push: readonly Hop[];
  readonly run: Readonly<Record<string, number>>;
  readonly tick: Readonly<Record<string, number>>;
  /** In a minute. */
  readonly idleWorker: Readonly<Record<string, number>>;
}

export const COUNTERS = document as Counters;
