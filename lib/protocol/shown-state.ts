import { each, members, take, type Rule } from './json-walk.ts';
import { member, textOf, writeJson, type JsonValue } from './json-value.ts';
import { moduleOf } from './resource-address.ts';
import { sanitizeValue, type HoldsSecret, type SanitizeMode } from './sanitize.ts';
import type { StateResource } from './worker-api.ts';

/** The modules of a state as `show -json` prints it, each resource handed over alone. */
export function eachResource(handler: (resource: JsonValue) => JsonValue | undefined | void): Rule {
  const module: Rule = members({ resources: each(take(handler)), child_modules: () => each(module) });
  return module;
}

/** A resource of `show -json` as it may leave the worker. */
export function shownResource(resource: JsonValue, mode: SanitizeMode, mark: JsonValue | undefined, holdsSecret: HoldsSecret | undefined): StateResource {
  const address = textOf(resource, 'address');
  return {
    address,
    mode: textOf(resource, 'mode') === 'data' ? 'data' : 'managed',
    type: textOf(resource, 'type'),
    name: textOf(resource, 'name'),
    module: moduleOf(address),
    provider: textOf(resource, 'provider_name'),
    tainted: member(resource, 'tainted') === true,
    values: writeJson(sanitizeValue(mode, member(resource, 'values') ?? null, mark, holdsSecret)),
  };
}
