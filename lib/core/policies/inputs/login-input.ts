import { inputText } from '../input-text.ts';
import { requestInput, type InputObject } from './shared.ts';

/** What LOGIN policies are asked about. */
export function loginInput(input: { readonly remoteIp: string | null; readonly at: Date; readonly session: InputObject; readonly spaces: readonly InputObject[]; readonly roles: readonly InputObject[] }): string {
  return inputText({ request: requestInput(input.remoteIp, input.at), session: input.session, attachment: null, spaces: input.spaces, roles: input.roles });
}
