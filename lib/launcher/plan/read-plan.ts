import { choose, each, JsonWalker, members, take } from '../../protocol/json-walk.ts';
import { member, textOf, type JsonValue } from '../../protocol/json-value.ts';
import { isMarked, type HoldsSecret, type SanitizeMode } from '../../protocol/sanitize.ts';
import { eachResource, shownResource } from '../../protocol/shown-state.ts';
import { ResourcesText, toOutput } from '../../protocol/state-resources.ts';
import type { Change, Delta } from '../../protocol/worker-api.ts';
import type { ArtifactWriter } from './artifact-file.ts';
import { addressesAfter, DeltaCounter, outputChanges, resourceChange } from './plan-changes.ts';
import type { SensitiveMarks } from './sensitive-marks.ts';
import { ShownValues } from './shown-values.ts';

export interface PlanFacts {
  readonly changes: readonly Change[];
  readonly delta: Delta;
  readonly marks: SensitiveMarks;
  readonly sensitiveVariables: ReadonlySet<string>;
}

/** Reads a plan's JSON once: changes, counts and marks; the resources before the plan go to `resources`. */
export async function readPlan(plan: AsyncIterable<Uint8Array>, mode: SanitizeMode, resources: ArtifactWriter, holdsSecret?: HoldsSecret): Promise<PlanFacts> {
  const changes: Change[] = [];
  const counter = new DeltaCounter();
  const marks = new Map<string, JsonValue>();
  const sensitiveVariables = new Set<string>();
  const before = new Set<string>();
  const document = new ResourcesText();
  const shown = new ShownValues(mode, holdsSecret);

  const onResourceChange = (element: JsonValue) => {
    const found = resourceChange(element);
    found.changes.forEach((change, index) => counter.count(change, found.imported && index === 0));
    const values = found.changes.length === 0 ? undefined : shown.values(element);
    changes.push(...found.changes.map((change) => (values === undefined ? change : { ...change, values })));
    const change = member(element, 'change');
    if (member(change, 'after') !== null && textOf(element, 'deposed') === '') note(textOf(element, 'address'), member(change, 'after_sensitive'));
  };
  const note = (address: string, mark: JsonValue | undefined) => {
    if (mark !== undefined && !marks.has(address)) marks.set(address, isMarked(mark) ? mark : false);
  };
  const onOutputChange = (change: JsonValue, name: string) => {
    const found = outputChanges(name, change);
    found.forEach((one) => counter.count(one, false));
    changes.push(...found);
    // `prior_state` already shows the outputs as they will be; what they were stands here.
    const was = member(change, 'before') ?? null;
    if (found[0]?.action !== 'added') document.output(toOutput(name, was, isMarked(member(change, 'before_sensitive')), false, holdsSecret));
  };
  const onPriorResource = (resource: JsonValue) => {
    if (textOf(resource, 'deposed_key') !== '') return;
    const address = textOf(resource, 'address');
    const mark = member(resource, 'sensitive_values');
    if (textOf(resource, 'mode') === 'managed') before.add(address);
    note(address, mark);
    document.resource(shownResource(resource, mode, mark, holdsSecret));
  };

  const walker = new JsonWalker(members({
    resource_changes: each(take(onResourceChange)),
    output_changes: each(take(onOutputChange)),
    prior_state: members({ values: members({ root_module: eachResource(onPriorResource) }) }),
    configuration: members({ root_module: members({ variables: choose((name) => members({ sensitive: take((value) => void (value === true && sensitiveVariables.add(name))) })) }) }),
  }));
  for await (const chunk of plan) {
    walker.write(chunk);
    resources.add(document.take());
    await resources.flush();
  }
  walker.end();
  document.end();
  resources.add(document.take());
  return { changes, delta: counter.delta(addressesAfter(before, changes).size), marks, sensitiveVariables };
}
