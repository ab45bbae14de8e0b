import type { Sql } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { notFound } from '../../shared/errors.ts';
import { canRead } from '../../spaces/space-rights.ts';
import { findStack } from '../stack-store.ts';
import type { Stack } from '../stack.ts';

/** One stack; undefined when missing or not visible. */
export async function readStack(ports: Pick<Ports, 'db'>, actor: Actor, id: string): Promise<Stack | undefined> {
  const stack = await findStack(ports.db.sql, id);
  return stack && canRead(actor, stack) ? stack : undefined;
}

/** The stack, which the caller must see. */
export async function visibleStack(sql: Sql, actor: Actor, id: string): Promise<Stack> {
  const stack = await findStack(sql, id);
  if (!stack || !canRead(actor, stack)) throw notFound(`stack "${id}" not found`, { stack: id });
  return stack;
}
