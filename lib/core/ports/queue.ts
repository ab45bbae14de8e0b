import type { MessageType } from '../shared/messages.ts';
import type { Sql } from './database.ts';

export interface EnqueueOptions {
  /** At most 900, and on standard queues only: longer waits are due columns that ticks take. */
  readonly delaySeconds?: number;
}

export interface Queue {
  /**
   * Writes the message with the handle given, so that it exists exactly when the transaction's change does.
   * Call `flush` after the commit (`tx.afterCommit(() => queue.flush())`); what is lost is found by the sweep.
   */
  enqueue<Body>(sql: Sql, type: MessageType<Body>, body: Body, options?: EnqueueOptions): Promise<void>;
  /** Sends what is committed and unsent; embedded it wakes the consumers. Never throws. */
  flush(): void;
}
