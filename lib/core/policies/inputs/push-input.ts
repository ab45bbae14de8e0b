import { inputText } from '../input-text.ts';
import type { InputObject } from './shared.ts';

/** What GIT_PUSH policies are asked about. */
export function pushInput(input: { readonly inProgress: readonly InputObject[]; readonly pullRequest: InputObject | null; readonly push: InputObject; readonly stack: InputObject; readonly integration: InputObject }): string {
  return inputText({ in_progress: input.inProgress, pull_request: input.pullRequest, push: input.push, stack: input.stack, vcs_integration: input.integration });
}
