import { inputText } from '../input-text.ts';
import type { InputObject } from './shared.ts';

/** What TRIGGER policies are asked about when a run of a stack has ended. */
export function triggerInput(input: { readonly run: InputObject; readonly history: readonly InputObject[]; readonly stack: InputObject; readonly stacks: readonly InputObject[]; readonly workflow: readonly InputObject[] }): string {
  return inputText({ run: { ...input.run, states_history: input.history }, stack: input.stack, stacks: input.stacks, workflow: input.workflow });
}
