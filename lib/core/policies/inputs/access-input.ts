import { inputText } from '../input-text.ts';
import { requestInput, type InputObject } from './shared.ts';

/** What ACCESS policies are asked about. */
export function accessInput(input: { readonly remoteIp: string | null; readonly at: Date; readonly session: InputObject; readonly stack: InputObject }): string {
  return inputText({ request: requestInput(input.remoteIp, input.at), session: input.session, stack: input.stack });
}
