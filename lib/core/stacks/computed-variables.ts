import type { PackageVariable, RunType } from '../../protocol/job.ts';
import type { Stack } from './stack.ts';

/** As much of a run as its environment shows. */
export interface RunFacts {
  readonly id: string;
  readonly type: RunType;
  readonly branch: string | null;
  readonly commitHash: string;
  readonly localPreview: boolean;
  readonly triggeredBy: string | null;
  /** Values given for this run alone; they rank above everything. */
  readonly environmentOverrides: readonly { readonly key: string; readonly value: string }[];
}

const WORKSPACE_ROOT = '/mnt/workspace';

/** Variables that the platform itself sets; the phase and final state are the worker's to add, tokens the handover's. */
export function computedVariables(accountName: string, stack: Stack, projectRoot: string, run: RunFacts): readonly PackageVariable[] {
  const values: Readonly<Record<string, string>> = {
    account_name: accountName,
    commit_branch: run.branch ?? '',
    commit_sha: run.commitHash,
    local_preview: String(run.localPreview),
    project_root: projectRoot,
    repository: stack.namespace === '' ? stack.repository : `${stack.namespace}/${stack.repository}`,
    run_id: run.id,
    run_trigger: run.triggeredBy ?? 'git commit',
    run_type: run.type,
    space_id: stack.spaceId,
    stack_branch: stack.branch,
    stack_id: stack.id,
    stack_labels: stack.labels.join(','),
    stack_labels_list: hclList(stack.labels),
    workspace_root: WORKSPACE_ROOT,
  };
  return [
    { name: 'TF_IN_AUTOMATION', value: '1', secret: false },
    ...Object.entries(values).map(([name, value]) => ({ name: `TF_VAR_spacelift_${name}`, value, secret: false })),
  ];
}

/** `["a","b"]`; template signs are doubled, or Terraform would evaluate them. */
function hclList(items: readonly string[]): string {
  return `[${items.map((item) => JSON.stringify(item).replace(/([$%])\{/g, '$1$1{')).join(',')}]`;
}
