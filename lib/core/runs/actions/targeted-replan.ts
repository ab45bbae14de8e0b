import { requireAction, type Actor } from '../../shared/actor.ts';
import { targetsOf } from '../run-input.ts';
import type { Run } from '../run.ts';
import { loadRun, type RunChoice } from './load-run.ts';
import { stepRun, type StepNeeds } from './step-run.ts';

/** Plans an unconfirmed run again, limited to some addresses. Both vendors there are, Terraform and OpenTofu, know targets. */
export async function targetedReplan(ports: StepNeeds, actor: Actor, input: RunChoice & { readonly targets: readonly string[] }): Promise<Run> {
  const { run, stack } = await loadRun(ports, actor, input);
  requireAction(actor, 'run:targeted-replan', stack.spaceId);

  return stepRun(ports, actor, run, 'replan', { action: 'run.replan', change: { phase: 'REPLAN', targets: targetsOf(input.targets), attempts: 0, decision: null, decisionNote: null } });
}
