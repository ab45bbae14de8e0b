import { isList, isObject, member, textOf, type JsonValue } from '../../protocol/json-value.ts';
import type { Change, Delta } from '../../protocol/worker-api.ts';

type Action = Change['action'];

/** What the tool intends for one resource or output, in the words of the product; nothing for reads and what stays. */
function intents(actions: readonly string[]): readonly Action[] {
  switch (actions.join(',')) {
    case 'create': return ['added'];
    case 'update': return ['changed'];
    case 'delete': return ['deleted'];
    case 'forget': return ['forget'];
    case 'delete,create': return ['destroy-Before-create-replaced'];
    case 'create,delete': return ['create-Before-destroy-replaced'];
    // A replacement whose old object is left alone.
    case 'create,forget': case 'forget,create': return ['added', 'forget'];
    default: return [];
  }
}

const actionsOf = (change: JsonValue | undefined): readonly string[] => {
  const actions = member(change, 'actions');
  return isList(actions) ? actions.filter((action) => typeof action === 'string') : [];
};

/** Counts of a plan while its changes pass by. */
export class DeltaCounter {
  #counts = { addCount: 0, changeCount: 0, deleteCount: 0, importCount: 0, moveCount: 0, forgetCount: 0 };

  count(change: Change, imported: boolean): void {
    const counts = this.#counts;
    if (imported) counts.importCount++;
    if (change.moved) counts.moveCount++;
    switch (change.action) {
      case 'added': counts.addCount++; break;
      case 'changed': counts.changeCount++; break;
      case 'deleted': counts.deleteCount++; break;
      case 'forget': counts.forgetCount++; break;
      case 'destroy-Before-create-replaced': case 'create-Before-destroy-replaced':
        counts.addCount++;
        counts.deleteCount++;
        break;
      case 'import': case 'moved': break;
    }
  }

  delta(resources: number): Delta {
    return { ...this.#counts, resources };
  }
}

/** A run without any of these changes nothing, and ends after planning. */
export const hasChanges = (delta: Delta): boolean =>
  delta.addCount + delta.changeCount + delta.deleteCount + delta.importCount + delta.moveCount + delta.forgetCount > 0;

export interface ResourceChange {
  readonly changes: readonly Change[];
  readonly imported: boolean;
}

/** An element of the plan's `resource_changes`. Reads of data sources are no changes. */
export function resourceChange(element: JsonValue): ResourceChange {
  const change = member(element, 'change');
  const imported = isObject(member(change, 'importing'));
  if (textOf(element, 'mode') !== 'managed') return { changes: [], imported: false };
  const address = textOf(element, 'address');
  const previous = textOf(element, 'previous_address');
  const moved = previous !== '' && previous !== address;
  const base = {
    phase: 'plan' as const,
    address,
    name: textOf(element, 'name'),
    type: textOf(element, 'type'),
    provider: textOf(element, 'provider_name') || null,
  };
  const wanted = intents(actionsOf(change));
  // What only gets another name, or only enters the state, is a change as well.
  const actions: readonly Action[] = wanted.length > 0 ? wanted : imported ? ['import'] : moved ? ['moved'] : [];
  const changes = actions.map((action, index) => ({ ...base, action, moved: moved && index === 0, previousAddress: moved ? previous : null }));
  return { changes, imported };
}

/** A member of the plan's `output_changes`. */
export function outputChanges(name: string, change: JsonValue): readonly Change[] {
  return intents(actionsOf(change)).map((action) => ({ action, phase: 'plan', moved: false, address: `output.${name}`, previousAddress: null, name, type: 'output', provider: null }));
}

/** Addresses of managed resources once the changes are made. */
export function addressesAfter(before: ReadonlySet<string>, changes: readonly Change[]): ReadonlySet<string> {
  const after = new Set(before);
  for (const change of changes) {
    if (change.type === 'output') continue;
    if (change.previousAddress !== null) after.delete(change.previousAddress);
  }
  for (const change of changes) {
    if (change.type === 'output') continue;
    if (change.action === 'deleted' || change.action === 'forget') after.delete(change.address);
  }
  // Additions last: the old object of a replacement may be listed after the new one.
  for (const change of changes) {
    if (change.type !== 'output' && change.action !== 'deleted' && change.action !== 'forget') after.add(change.address);
  }
  return after;
}
