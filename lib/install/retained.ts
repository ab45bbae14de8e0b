import * as z from 'zod/mini';
import { deleteParameter, readParameter, writeParameter } from './aws/parameters.ts';
import type { AwsClients } from './aws/clients.ts';
import { retainedParameter } from './names.ts';

const Retained = z.object({
  at: z.string(),
  version: z.nullable(z.string()),
  stacks: z.array(z.string()),
  /** Policies of worker pools at the broker, with the certificates attached to them: a kept database is useless to workers without. */
  iotPolicies: z.array(z.string()),
});

export type Retained = z.infer<typeof Retained>;

/** What an uninstallation left for the next installation; undefined when there was none. */
export async function readRetained(aws: AwsClients, prefix: string): Promise<Retained | undefined> {
  const text = await readParameter(aws, retainedParameter(prefix));
  return text === undefined ? undefined : Retained.parse(JSON.parse(text));
}

export const noteRetained = (aws: AwsClients, prefix: string, retained: Retained): Promise<void> => writeParameter(aws, retainedParameter(prefix), JSON.stringify(retained));

export const forgetRetained = (aws: AwsClients, prefix: string): Promise<void> => deleteParameter(aws, retainedParameter(prefix));
