import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { conflict } from '../../shared/errors.ts';
import { findStack } from '../../stacks/stack-store.ts';
import { requireManagedStack } from '../managed-stack.ts';
import { inspectState } from '../state-body.ts';
import type { StateVersion } from '../state.ts';
import { openUpload, useUpload } from './import-state.ts';
import { replaceState, type ReplacePorts } from './replace-state.ts';

/** Refuses an upload that no stack can begin with; asked before the stack is made. */
export async function requireSeed(ports: Pick<Ports, 'db' | 'objects' | 'clock'>, actor: Actor, objectId: string): Promise<void> {
  const open = await openUpload(ports, actor, objectId);
  await inspectState(await open());
}

/** Gives a new stack the state that its creator uploaded. */
export async function seedState(ports: ReplacePorts, actor: Actor, input: { readonly stackId: string; readonly objectId: string }): Promise<StateVersion> {
  const stack = requireManagedStack(actor, await findStack(ports.db.sql, input.stackId), input.stackId, 'stack:create');
  const open = await openUpload(ports, actor, input.objectId);

  return replaceState(ports, actor, {
    stack,
    origin: 'import',
    action: 'stack.state-seed',
    open,
    require: async (_sql, _workspace, current) => {
      if (current !== undefined) throw conflict(`stack "${stack.id}" has a state already`, { stack: stack.id });
    },
    claim: (sql) => useUpload(ports, sql, input.objectId),
  });
}
