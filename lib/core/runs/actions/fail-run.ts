import { systemActor, type Actor } from '../../shared/actor.ts';
import type { Run } from '../run.ts';
import { stepRun, type StepNeeds } from './step-run.ts';

/** Ends a run that cannot go on, with the reason as its note. */
export function failRun(ports: StepNeeds, run: Run, note: string, by: Actor = systemActor('runs')): Promise<Run> {
  return stepRun(ports, by, run, 'fail', { note });
}
