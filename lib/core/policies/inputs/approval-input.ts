import { inputText } from '../input-text.ts';
import type { InputObject } from './shared.ts';

/** What APPROVAL policies are asked about. */
export function approvalInput(input: { readonly run: InputObject; readonly runtimeConfigChanged: boolean; readonly stack: InputObject; readonly reviews: InputObject }): string {
  return inputText({ run: { ...input.run, repository_runtime_config_changed: input.runtimeConfigChanged }, stack: input.stack, reviews: input.reviews });
}
