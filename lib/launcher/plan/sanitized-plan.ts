import { choose, each, members, rewriteJson, take, type Rule } from '../../protocol/json-walk.ts';
import { isObject, member, type JsonValue } from '../../protocol/json-value.ts';
import { hashOfValue, hideStrings, sanitizeValue, type HoldsSecret, type SanitizeMode } from '../../protocol/sanitize.ts';
import { eachResource } from '../../protocol/shown-state.ts';

interface Hiding {
  readonly mode: Exclude<SanitizeMode, 'off'>;
  readonly holdsSecret: HoldsSecret | undefined;
}

/** Members of a plan that hold no values of resources, variables or outputs. */
const PLAIN = new Set(['format_version', 'terraform_version', 'relevant_attributes', 'checks', 'timestamp', 'applyable', 'complete', 'errored']);

/** The plan's JSON as it may leave the worker: values hidden, everything else byte for byte. */
export function sanitizedPlan(chunks: AsyncIterable<Uint8Array>, mode: SanitizeMode, sensitiveVariables: ReadonlySet<string>, holdsSecret?: HoldsSecret): AsyncIterable<Uint8Array> {
  return mode === 'off' ? chunks : rewriteJson(chunks, planRule({ mode, holdsSecret }, sensitiveVariables));
}

function planRule(hiding: Hiding, sensitiveVariables: ReadonlySet<string>): Rule {
  const change = members({ change: take((value) => hideChange(hiding, value)) });
  const state = stateRule(hiding);
  const rules = new Map<string, Rule>(Object.entries({
    resource_changes: each(change),
    resource_drift: each(change),
    deferred_changes: each(members({ resource_change: change })),
    output_changes: each(take((value) => hideChange(hiding, value))),
    planned_values: state,
    prior_state: members({ values: state }),
    variables: each(take((value, name) => replaced(value, 'value', (inner) => hideVariable(hiding, inner, sensitiveVariables.has(name))))),
    configuration: configurationRule(hiding),
  }));
  // What a newer version of the tool adds is not known to be harmless.
  return choose((name) => (PLAIN.has(name) ? undefined : (rules.get(name) ?? take(hideStrings))));
}

function stateRule({ mode, holdsSecret }: Hiding): Rule {
  const outputs = each(take((output) => replaced(output, 'value', (value) => (member(output, 'sensitive') === true ? hideWhole(value) : sanitizeValue(mode, value, false, holdsSecret)))));
  const resources = eachResource((resource) => replaced(resource, 'values', (values) => sanitizeValue(mode, values, member(resource, 'sensitive_values'), holdsSecret)));
  return members({ outputs, root_module: resources });
}

/** Constants in the configuration carry no marks, whatever attribute they are given to: all are hidden. */
function configurationRule(hiding: Hiding): Rule {
  const expressions: Rule = choose((name) => (name === 'constant_value' ? take(hideStrings) : expressions));
  const module: Rule = members({
    outputs: each(members({ expression: expressions })),
    resources: each(members({ expressions, count_expression: expressions, for_each_expression: expressions, provisioners: each(members({ expressions })) })),
    module_calls: () => each(members({ expressions, count_expression: expressions, for_each_expression: expressions, module: () => module })),
    variables: each(take((variable) => replaced(variable, 'default', (value) => hideVariable(hiding, value, member(variable, 'sensitive') === true)))),
  });
  return members({ provider_config: each(members({ expressions })), root_module: module });
}

function hideChange({ mode, holdsSecret }: Hiding, change: JsonValue): JsonValue {
  if (!isObject(change)) return hideStrings(change);
  const hidden = new Map<string, JsonValue>();
  for (const [name, value] of change) {
    if (name === 'before') hidden.set(name, sanitizeValue(mode, value, member(change, 'before_sensitive'), holdsSecret));
    else if (name === 'after') hidden.set(name, sanitizeValue(mode, value, member(change, 'after_sensitive'), holdsSecret));
    else if (name === 'generated_config' || (mode === 'default' && (name === 'importing' || name.endsWith('_identity')))) hidden.set(name, hideStrings(value));
    else hidden.set(name, value);
  }
  return hidden;
}

const hideVariable = ({ mode, holdsSecret }: Hiding, value: JsonValue, sensitive: boolean): JsonValue => (sensitive ? hideWhole(value) : sanitizeValue(mode, value, false, holdsSecret));
const hideWhole = (value: JsonValue): JsonValue => (value === null ? null : hashOfValue(value));

function replaced(value: JsonValue, name: string, change: (inner: JsonValue) => JsonValue): JsonValue {
  const inner = member(value, name);
  return isObject(value) && inner !== undefined ? new Map(value).set(name, change(inner)) : value;
}
