import { randomUUID } from 'node:crypto';
import { createParameter, deleteParameter, readParameter } from './aws/parameters.ts';
import type { AwsClients } from './aws/clients.ts';
import { parameterName } from './names.ts';
import { CommandFault } from './outcome.ts';

interface Holder {
  readonly id: string;
  readonly command: string;
  readonly since: string;
}

/**
 * Runs a command that changes an installation, one at a time. Only the operator breaks the lock of one that died: two commands that both took it
 * for dead would go on side by side.
 */
export async function exclusively<T>(options: { readonly aws: AwsClients; readonly prefix: string; readonly command: string; readonly now: () => Date }, work: () => Promise<T>): Promise<T> {
  const { aws, prefix, command, now } = options;
  const name = parameterName(prefix, 'install', 'lock');
  const mine: Holder = { id: randomUUID(), command, since: now().toISOString() };
  if (!(await createParameter(aws, name, JSON.stringify(mine)))) {
    const holder = await holderOf(aws, name);
    throw new CommandFault('preCheck', `another command changes this installation: ${holder?.command ?? 'unknown'}, since ${holder?.since ?? 'a moment ago'}; if it died, delete the parameter ${name}`);
  }
  try {
    return await work();
  } finally {
    const holder = await holderOf(aws, name).catch(() => undefined);
    if (holder?.id === mine.id) await deleteParameter(aws, name).catch(() => undefined);
  }
}

async function holderOf(aws: AwsClients, name: string): Promise<Holder | undefined> {
  const text = await readParameter(aws, name);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Holder);
  } catch {
    return { id: '', command: 'unknown', since: new Date(0).toISOString() };
  }
}
