import type { Ports } from '../../ports/ports.ts';
import { dropConfigObjects } from '../../contexts/actions/seal-config.ts';
import { removeConfigOf } from '../../contexts/config-store.ts';
import { conflict } from '../../shared/errors.ts';
import { openRunsOf, removeStack, unmarkDeleting } from '../stack-removal-store.ts';

/** Removes a stack that is marked as going, with its runs and values, unless a run is in one of the states given. Doing it twice changes nothing. */
export async function eraseStack(ports: Pick<Ports, 'db' | 'objects' | 'clock'>, input: { readonly stackId: string; readonly busyStates: readonly string[] }): Promise<void> {
  await ports.db.transaction(async (tx) => {
    const busy = (await openRunsOf(tx.sql, input.stackId)).find((run) => input.busyStates.includes(run.state));
    if (busy) throw conflict(`run ${busy.id} of stack "${input.stackId}" is still with a worker`, { stack: input.stackId, run: busy.id });
    if (!(await removeStack(tx.sql, input.stackId, input.busyStates, ports.clock.now()))) return;
    const unused = await removeConfigOf(tx.sql, { type: 'stack', id: input.stackId });
    await dropConfigObjects(ports, tx.sql, unused);
  });
}

/** Keeps a stack whose resources could not be destroyed. */
export async function keepStack(ports: Pick<Ports, 'db' | 'clock'>, input: { readonly stackId: string }): Promise<void> {
  await unmarkDeleting(ports.db.sql, input.stackId, ports.clock.now());
}
