import type { ConfigElement } from '../contexts/config.ts';
import type { AttachedContext } from '../contexts/context.ts';

/** What stack and contexts hold, sealed: a run's variables, files and hooks come from here. */
export interface InputSources {
  readonly contexts: readonly AttachedContext[];
  readonly elements: readonly (ConfigElement & { readonly ciphertext: string | null; readonly objectKey: string | null })[];
}
