import type { Ports } from '../../ports/ports.ts';
import { sightOf, type Actor } from '../../shared/actor.ts';
import { selectRuns, type RunPage } from '../run-search-store.ts';
import { BLIND } from '../../stacks/stack-sight-store.ts';
import { parseRunSearch, type RunSearchInput } from '../run-search.ts';

/** One page of the runs of all stacks that the actor may see; code that a run executes sees none. */
export async function searchRuns(ports: Pick<Ports, 'db'>, actor: Actor, input: RunSearchInput): Promise<RunPage> {
  const search = parseRunSearch(input);
  return selectRuns(ports.db.sql, actor.kind === 'run' ? BLIND : sightOf(actor), search);
}
