import { listRuns, STACK_LISTS, type StackListName } from '../../../core/runs/run-list-store.ts';
import type { Run } from '../../../core/runs/run.ts';
import type { GraphqlContext } from '../context.ts';

/** What a list of a stack's runs is kept under, once it was read with the stack. */
export const listKey = (stackId: string, name: StackListName, before: string | null): string => [stackId, name, before ?? ''].join(' ');

/** A list of a stack's runs; read with the stack where that was possible. */
export async function runList(stackId: string, name: StackListName, before: string | null | undefined, { ports, loaders }: GraphqlContext): Promise<readonly Run[]> {
  return loaders.runLists.get(listKey(stackId, name, before ?? null)) ?? listRuns(ports.db.sql, stackId, { ...STACK_LISTS[name], before });
}
