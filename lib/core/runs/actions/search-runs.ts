import type { Ports } from '../../ports/ports.ts';
import { can, type Actor } from '../../shared/actor.ts';
import { selectRuns, type RunPage } from '../run-search-store.ts';
import { parseRunSearch, type RunSearchInput } from '../run-search.ts';

const readableSpaces = (actor: Actor) => (actor.isRootAdmin ? ('all' as const) : [...actor.grants.keys()].filter((spaceId) => can(actor, 'space:read', spaceId)));

/** One page of the runs of all stacks that the actor may see; code that a run executes sees none. */
export async function searchRuns(ports: Pick<Ports, 'db'>, actor: Actor, input: RunSearchInput): Promise<RunPage> {
  const search = parseRunSearch(input);
  return selectRuns(ports.db.sql, actor.kind === 'run' ? [] : readableSpaces(actor), search);
}
