import type { Change } from '../../protocol/worker-api.ts';
import { entityId, modulesOf, parentAddress, type Entity, type EntityKind, type FoundEntity } from './entity.ts';

export interface EntityUpdate {
  readonly stack: { readonly id: string; readonly createdAt: Date };
  readonly now: Date;
  /** The run that shows the state, if one does. */
  readonly runId: string | null;
  /** `applied`: the run has changed things; `seen`: it, or an import, only shows what is there. */
  readonly kind: 'applied' | 'seen';
  /** The changes that the run made or plans; undefined for a task, of which only the result is known. */
  readonly changes: readonly Change[] | undefined;
}

/**
 * The stack's new list. Its creator is the run in which an address first appeared, its updater the last run whose changes
 * named it; untouched entities keep both, and one that moved keeps its creator.
 */
export function nextEntities(before: readonly Entity[], found: readonly FoundEntity[], update: EntityUpdate): readonly Entity[] {
  const known = new Map(before.map((entity) => [keyOf(entity.kind, entity.address), entity]));
  const named = new Set(update.changes?.map((change) => change.address));
  const movedFrom = new Map(update.changes?.flatMap((change) => (change.previousAddress === null ? [] : [[change.address, change.previousAddress] as const])));
  const unique = new Map([...found, ...modulesOf(found.filter((entity) => entity.kind === 'resource'))].map((entity) => [keyOf(entity.kind, entity.address), entity]));
  const idOf = (kind: EntityKind, address: string) => known.get(keyOf(kind, address))?.id ?? entityId(update.stack, kind, address);

  return [...unique.values()].map((entity) => {
    const same = known.get(keyOf(entity.kind, entity.address));
    const origin = same ?? known.get(keyOf(entity.kind, movedFrom.get(entity.address) ?? entity.address));
    const parent = parentAddress(entity);
    const touched = isTouched(entity, same, update, named);
    return {
      ...entity,
      id: idOf(entity.kind, entity.address),
      stackId: update.stack.id,
      parentId: parent === '' ? '' : idOf('module', parent),
      creatorRunId: origin === undefined ? update.runId : origin.creatorRunId,
      updaterRunId: touched ? update.runId : (origin?.updaterRunId ?? null),
      // What a run has just written is as it should be.
      driftedAt: touched ? null : (origin?.driftedAt ?? null),
      thirdPartyMetadata: origin?.thirdPartyMetadata ?? null,
      createdAt: origin?.createdAt ?? update.now,
      updatedAt: touched || origin === undefined ? update.now : origin.updatedAt,
    };
  });
}

const keyOf = (kind: EntityKind, address: string): string => `${kind} ${address}`;

function isTouched(entity: FoundEntity, before: Entity | undefined, update: EntityUpdate, named: ReadonlySet<string>): boolean {
  if (update.kind === 'seen') return false;
  if (update.changes !== undefined && entity.kind !== 'module') return named.has(entity.address);
  return before === undefined || before.valuesSha256 !== entity.valuesSha256;
}
