import { createReadStream } from 'node:fs';
import { each, members, take, walkJson } from '../../protocol/json-walk.ts';
import { isList, textOf, member, writeJson } from '../../protocol/json-value.ts';
import { resourceAddress } from '../../protocol/resource-address.ts';
import { eachResource } from '../../protocol/shown-state.ts';
import { sanitized } from '../../protocol/sanitize.ts';
import type { Change } from '../../protocol/worker-api.ts';

/** A digest of each resource and output (`output.<name>`) in a state body. */
export type StateDigests = ReadonlyMap<string, string>;

export async function digestState(path: string | undefined): Promise<StateDigests> {
  const digests = new Map<string, string>();
  if (path === undefined) return digests;
  const outputs = each(take((output, name) => void digests.set(`output.${name}`, sanitized(writeJson(output)))));
  await walkJson(createReadStream(path, { highWaterMark: 1 << 20 }), members({
    outputs,
    values: members({ outputs, root_module: eachResource((resource) => void digests.set(textOf(resource, 'address'), sanitized(writeJson(resource)))) }),
    resources: each(take((resource) => {
      const instances = member(resource, 'instances');
      if (!isList(instances)) return;
      const parts = { module: textOf(resource, 'module'), mode: textOf(resource, 'mode'), type: textOf(resource, 'type'), name: textOf(resource, 'name') };
      for (const instance of instances) {
        if (textOf(instance, 'deposed') !== '') continue;
        digests.set(resourceAddress({ ...parts, index: member(instance, 'index_key') }), sanitized(writeJson(instance)));
      }
    })),
  }));
  return digests;
}

/** Which planned changes were made: all of them, or after a failure those that the state shows. */
export function appliedChanges(planned: readonly Change[], outcome: { readonly succeeded: true } | { readonly succeeded: false; readonly before: StateDigests; readonly after: StateDigests }): readonly Change[] {
  const made = outcome.succeeded ? planned : planned.filter((change) => isMade(change, outcome.before, outcome.after));
  return made.map((change) => ({ ...change, phase: 'apply' }));
}

function isMade(change: Change, before: StateDigests, after: StateDigests): boolean {
  const { action, address } = change;
  if (action === 'deleted' || action === 'forget') return !after.has(address);
  if (action === 'moved') return after.has(address) && !before.has(address);
  return after.has(address) && after.get(address) !== before.get(address);
}
