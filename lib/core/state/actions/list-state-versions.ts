import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { findStack } from '../../stacks/stack-store.ts';
import { requireManagedStack } from '../managed-stack.ts';
import { pageOfVersions } from '../state-store.ts';
import type { StateVersion } from '../state.ts';

const PAGE = 30;

/** The history of a stack's state, newest first, thirty a page; `before` is the last id of the page before. */
export async function listStateVersions(ports: Pick<Ports, 'db'>, actor: Actor, input: { readonly stackId: string; readonly before?: string | undefined }): Promise<readonly (StateVersion & { readonly current: boolean })[]> {
  const stack = requireManagedStack(actor, await findStack(ports.db.sql, input.stackId), input.stackId, 'stack:state-read');
  return pageOfVersions(ports.db.sql, stack.id, { before: input.before, limit: PAGE });
}
