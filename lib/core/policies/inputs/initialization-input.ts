import { inputText, nanoseconds } from '../input-text.ts';
import type { InputObject } from './shared.ts';

/** What INITIALIZATION policies are asked about. */
export function initializationInput(input: { readonly commit: InputObject; readonly at: Date; readonly run: InputObject; readonly stack: InputObject }): string {
  return inputText({ commit: input.commit, request: { timestamp_ns: nanoseconds(input.at) }, run: input.run, stack: input.stack });
}
