import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import type { Page } from '../../shared/pages.ts';
import { canRead } from '../../spaces/space-rights.ts';
import { searchStacks } from '../../stacks/actions/search-stacks.ts';
import type { StackSearch } from '../../stacks/stack-search.ts';
import type { Stack } from '../../stacks/stack.ts';
import type { RunListing } from '../run-list-store.ts';
import type { Run } from '../run.ts';
import { extraParts, findStackWithRuns, toExtras, type StackExtra, type StackExtras } from '../stack-list-store.ts';

/** One page of the stacks that the caller sees, by name unless asked otherwise, with what else the list shows of them, in one statement. */
export async function listStacks(ports: Pick<Ports, 'db'>, actor: Actor, search: StackSearch & { readonly atOnce?: number }, extras: ReadonlySet<StackExtra>): Promise<{ readonly page: Page<Stack>; readonly extras: StackExtras }> {
  const byName = { ...search, orderBy: search.orderBy ?? { field: 'name', direction: 'ASC' } };
  const { answer, ...page } = await searchStacks(ports, actor, byName, { also: extraParts(extras, actor.login), ...(search.atOnce === undefined ? {} : { atOnce: search.atOnce }) });
  return { page, extras: toExtras(answer) };
}

/** One stack with lists of its runs, in one statement; undefined when missing or not visible. */
export async function readStackWithRuns(
  ports: Pick<Ports, 'db'>,
  actor: Actor,
  input: { readonly id: string; readonly listings: readonly RunListing[] },
): Promise<{ readonly stack: Stack; readonly lists: readonly (readonly Run[])[] } | undefined> {
  const { stack, lists } = await findStackWithRuns(ports.db.sql, input.id, input.listings);
  return stack !== undefined && canRead(actor, stack) ? { stack, lists } : undefined;
}
