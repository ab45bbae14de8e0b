import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { invalid } from '../../shared/errors.ts';
import { targetsOf } from '../run-input.ts';
import type { Run } from '../run.ts';
import { loadRun, type RunChoice } from './load-run.ts';
import { readRunChanges } from './read-run-changes.ts';
import { stepRun, type StepNeeds } from './step-run.ts';

/** Plans an unconfirmed run again, limited to some addresses. Both vendors there are, Terraform and OpenTofu, know targets. */
export async function targetedReplan(ports: StepNeeds & Pick<Ports, 'objects'>, actor: Actor, input: RunChoice & { readonly targets: readonly string[] }): Promise<Run> {
  const { run, stack } = await loadRun(ports, actor, input);
  requireAction(actor, 'run:targeted-replan', stack);
  const targets = targetsOf(input.targets);
  await requirePlanned(ports, run, targets);

  return stepRun(ports, actor, run, 'replan', { action: 'run.replan', change: { phase: 'REPLAN', targets, attempts: 0, decision: null, decisionNote: null } });
}

/**
 * The tool plans nothing for an address that does not exist, which would end the run as one without changes. A plan that is narrowed
 * already does not know what the whole one held, so then any address goes.
 */
async function requirePlanned(ports: Pick<Ports, 'objects'>, run: Run, targets: readonly string[]): Promise<void> {
  if (run.state !== 'UNCONFIRMED' || run.changesKey === null || run.targets.length > 0) return;
  const planned = (await readRunChanges(ports, run)).filter(({ type }) => type !== 'output').map(({ address }) => address);
  const isPlanned = (target: string) => planned.some((address) => address === target || address.startsWith(`${target}[`) || (isModule(target) && address.startsWith(`${target}.`)));
  const unknown = targets.find((target) => !isPlanned(target));
  if (unknown !== undefined) throw invalid(`the plan of run ${run.id} changes nothing at "${unknown}": take addresses from its changes`, { runId: run.id, target: unknown });
}

const isModule = (address: string): boolean => /(?:^|\.)module\.[^.[]+(?:\[[^\]]*\])?$/.test(address);
