import { requireAction, type Actor } from '../../shared/actor.ts';
import { commitShaOf, overridesOf } from '../run-input.ts';
import type { EnvironmentOverride, Run } from '../run.ts';
import { createNewRun, type CreateNeeds } from './create-run.ts';
import { visibleStack } from './load-run.ts';

export interface ProposeWithOverrides {
  readonly stackId: string;
  readonly commitSha?: string | null;
  readonly environmentVarsOverrides?: readonly EnvironmentOverride[] | null;
  readonly userMetadata?: string | null;
}

/** Previews a commit with variables that rank above all others. They are shown to whoever may see the run: not for secrets. */
export async function proposeWithOverrides(ports: CreateNeeds, actor: Actor, input: ProposeWithOverrides): Promise<Run> {
  const stack = await visibleStack(ports, actor, input.stackId);
  requireAction(actor, 'run:propose-with-overrides', stack);

  const environmentOverrides = overridesOf(input.environmentVarsOverrides ?? []);
  return createNewRun(ports, actor, stack, { type: 'PROPOSED', commitSha: commitShaOf(input.commitSha), environmentOverrides, userMetadata: input.userMetadata });
}
