import type { ServerMessage } from '../../protocol/messages.ts';

/** Best effort: a lost message only delays work, since every state change is committed over HTTP (workers.md §4). */
export interface Broker {
  /** To one worker, or without `workerId` to every worker of the pool. Never throws. */
  publish(to: { readonly poolId: string; readonly workerId?: string }, message: ServerMessage): Promise<void>;
  /**
   * Closes the connections of a pool (or of one worker), whose certificate or session is no longer good. Of a pool, `known` names the
   * workers, for a broker that cannot list its connections.
   */
  disconnect(poolId: string, workerId?: string, known?: readonly string[]): Promise<void>;
}
