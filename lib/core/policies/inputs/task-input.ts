import { inputText } from '../input-text.ts';
import { requestInput, type InputObject } from './shared.ts';

/** What TASK policies are asked about. */
export function taskInput(input: { readonly command: string; readonly remoteIp: string | null; readonly at: Date; readonly session: InputObject; readonly stack: InputObject }): string {
  return inputText({ request: { command: input.command, ...requestInput(input.remoteIp, input.at) }, session: input.session, stack: input.stack });
}
