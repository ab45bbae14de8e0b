import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { invalid, notFound } from '../../shared/errors.ts';
import { findLocalWorkspace } from '../local-workspace-store.ts';
import { overridesOf } from '../run-input.ts';
import type { EnvironmentOverride, Run } from '../run.ts';
import { createNewRun, type CreateNeeds } from './create-run.ts';
import { visibleStack } from './load-run.ts';
import { requireLocalPreview } from './upload-local-workspace.ts';

const MAX_BYTES = 2 ** 30;

export interface ProposeLocalWorkspace {
  readonly stackId: string;
  readonly workspaceId: string;
  readonly environmentVarsOverrides?: readonly EnvironmentOverride[] | null;
  readonly userMetadata?: string | null;
}

/** Previews a person's working copy, uploaded before, in place of the repository. */
export async function proposeLocalWorkspace(ports: CreateNeeds & Pick<Ports, 'objects'>, actor: Actor, input: ProposeLocalWorkspace): Promise<Run> {
  const stack = await visibleStack(ports, actor, input.stackId);
  requireAction(actor, 'run:propose-local-workspace', stack);

  requireLocalPreview(stack);
  const workspace = await findLocalWorkspace(ports.db.sql, input.workspaceId, ports.clock.now());
  if (workspace === undefined || workspace.stackId !== stack.id) throw notFound(`workspace ${input.workspaceId} not found: an upload is kept for a day`, { workspaceId: input.workspaceId });
  const [archive] = await ports.objects.list('user-uploaded-workspaces', workspace.objectKey, { limit: 1 });
  if (archive === undefined) throw invalid('the workspace was not uploaded: send it to its upload URL first', { workspaceId: workspace.id });
  if (archive.bytes > MAX_BYTES) throw invalid('the uploaded workspace is larger than 1 GiB', { workspaceId: workspace.id, bytes: archive.bytes });
  return createNewRun(ports, actor, stack, {
    type: 'PROPOSED',
    title: `Local preview by ${actor.login}`,
    localWorkspaceId: workspace.id,
    environmentOverrides: overridesOf(input.environmentVarsOverrides ?? []),
    userMetadata: input.userMetadata,
  });
}
