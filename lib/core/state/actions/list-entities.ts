import type { Ports } from '../../ports/ports.ts';
import type { StackEntity } from '../entity-search-store.ts';
import { entitiesOfStack } from '../entity-store.ts';

/** Everything a stack's state holds, by address; the caller has made sure that the stack may be seen. Values: `entityValues`. */
export async function listEntities(ports: Pick<Ports, 'db'>, stack: { readonly id: string; readonly name: string }): Promise<readonly StackEntity[]> {
  return (await entitiesOfStack(ports.db.sql, stack.id)).map((entity) => ({ ...entity, stackName: stack.name }));
}
