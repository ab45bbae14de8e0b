import type { Ports } from '../../ports/ports.ts';
import { audienceOf } from '../audience-store.ts';
import { runTold } from '../notification-messages.ts';

/** Passes a run's step on if anybody listens: one statement where nobody does. */
export async function hearRun(ports: Pick<Ports, 'db' | 'queue'>, input: { readonly runId: string; readonly stackId: string; readonly stateVersion: number }): Promise<void> {
  const audience = await audienceOf(ports.db.sql, input.stackId);
  if (!audience.policies && !audience.stackWebhooks && !audience.audit) return;
  await ports.queue.enqueue(ports.db.sql, runTold, { runId: input.runId, stateVersion: input.stateVersion });
  ports.queue.flush();
}
