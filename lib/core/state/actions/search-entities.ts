import type { Ports } from '../../ports/ports.ts';
import { sightOf, type Actor } from '../../shared/actor.ts';
import type { Page } from '../../shared/pages.ts';
import { countGroups, selectEntities, type EntityGroup, type EntityGrouping, type StackEntity } from '../entity-search-store.ts';
import { parseEntitySearch, type EntitySearchInput } from '../entity-search.ts';

/** One page of the resources, modules and outputs of all stacks that the actor may see. */
export async function searchEntities(ports: Pick<Ports, 'db'>, actor: Actor, input: EntitySearchInput): Promise<Page<StackEntity>> {
  return selectEntities(ports.db.sql, sightOf(actor), parseEntitySearch(input));
}

/** Counts of those resources by provider, stack or type. */
export async function groupEntities(ports: Pick<Ports, 'db'>, actor: Actor, input: EntitySearchInput, by: EntityGrouping): Promise<readonly EntityGroup[]> {
  return countGroups(ports.db.sql, sightOf(actor), parseEntitySearch(input), by);
}
