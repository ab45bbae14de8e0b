import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { advance, type RunEvent } from '../run-states.ts';
import { saveStep, type Step } from '../run-store.ts';
import type { Run } from '../run.ts';

export type StepNeeds = Pick<Ports, 'db' | 'queue' | 'clock' | 'ids' | 'wakeups' | 'telemetry'>;

export interface RunStep extends Omit<Step, 'by'> {
  /** What else the step changes about the run. */
  readonly change?: Partial<Run>;
}

/** One step outside any transaction: decided, saved with what it announces, and told to whoever waits for the run. */
export async function stepRun(ports: StepNeeds, by: Actor, run: Run, event: RunEvent, { change, ...step }: RunStep = {}): Promise<Run> {
  const saved = await saveStep(ports, ports.db.sql, run, { ...advance(run, event, ports.clock.now()), ...change }, { ...step, by });
  tellStep(ports, run, saved, by);
  return saved;
}

/** After the commit of a step: sends what it announced, wakes whoever watches the run, and leaves the fact in the log. */
export function tellStep(ports: Pick<Ports, 'queue' | 'wakeups' | 'telemetry'>, before: Pick<Run, 'state'> | undefined, run: Run, by: Actor): void {
  ports.queue.flush();
  ports.wakeups.wake(`run:${run.id}`);
  ports.telemetry.log('info', 'run stepped', { runId: run.id, stackId: run.stackId, from: before?.state ?? null, state: run.state, stateVersion: run.stateVersion, actor: by.login });
  ports.telemetry.count('run.steps', { type: run.type, state: run.state });
}
