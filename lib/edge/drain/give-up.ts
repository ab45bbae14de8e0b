import { planReported } from '../../core/handovers/handover-messages.ts';
import type { Ports } from '../../core/ports/ports.ts';
import { failRun } from '../../core/runs/actions/fail-run.ts';
import { runAdvanced } from '../../core/runs/run-messages.ts';
import { isTerminal } from '../../core/runs/run-states.ts';
import { findRun } from '../../core/runs/run-store.ts';
import { isAppError } from '../../core/shared/errors.ts';
import type { Envelope, MessageType } from '../../core/shared/messages.ts';

type GiveUp = (ports: Ports, body: unknown, reason: string) => Promise<void>;

function onGiveUp<Body>(type: MessageType<Body>, action: (ports: Ports, body: Body, reason: string) => Promise<void>): readonly [string, GiveUp] {
  return [type.name, async (ports, raw, reason) => {
    const body = parsed(type, raw);
    if (body !== undefined) await action(ports, body, reason);
  }];
}

function parsed<Body>(type: MessageType<Body>, raw: unknown): Body | undefined {
  try {
    return type.schema.parse(raw);
  } catch {
    return undefined;
  }
}

/**
 * What is done for whoever waits on a message that nobody could handle. Types that are not here have nobody waiting: a tick finds what
 * they left undone.
 */
export const GIVE_UP: ReadonlyMap<string, GiveUp> = new Map([
  onGiveUp(runAdvanced, failWaitingRun),
  onGiveUp(planReported, failWaitingRun),
]);

/** The run would wait for ever for its next step. */
async function failWaitingRun(ports: Ports, { runId }: { readonly runId: string }, reason: string): Promise<void> {
  const run = await findRun(ports.db.sql, runId);
  if (run === undefined || isTerminal(run.state)) return;
  try {
    await failRun(ports, run, reason);
  } catch (error) {
    // It moved on by itself: then nobody waits.
    if (!isAppError(error, 'CONFLICT')) throw error;
  }
}

/** Runs the action of a message's type, if it has one; a body that cannot be read has nobody whom it concerns. */
export async function giveUp(ports: Ports, envelope: Pick<Envelope, 'id' | 'name' | 'body'>): Promise<void> {
  const action = GIVE_UP.get(envelope.name);
  if (action === undefined) return;
  await action(ports, envelope.body, `the platform could not handle its message ${envelope.name} (${envelope.id}), which is kept among the dead letters`);
}
