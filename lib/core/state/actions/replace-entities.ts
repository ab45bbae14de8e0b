import { members, each, take, rewriteJson } from '../../../protocol/json-walk.ts';
import { isObject, member } from '../../../protocol/json-value.ts';
import type { Change } from '../../../protocol/worker-api.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Stack } from '../../stacks/stack.ts';
import { nextEntities } from '../entity-rules.ts';
import { entitiesOfStack, replaceEntityRows, takeEntityList, type ListPhase } from '../entity-store.ts';
import { replaceOutputRows } from '../output-store.ts';
import { readResources, type FoundResources } from '../resources-document.ts';
import { storedOutputs } from './stored-outputs.ts';

export type EntityPorts = Pick<Ports, 'db' | 'objects' | 'cipher' | 'clock' | 'ids'>;

export interface EntityReport {
  readonly stack: Stack;
  /** Object in `documents` that holds the resources and outputs. */
  readonly documentKey: string;
  /** The run or imported version, and when in it; an older report than the list's own is dropped. */
  readonly source: { readonly id: string; readonly phase: ListPhase };
  readonly runId: string | null;
  readonly kind: 'applied' | 'seen';
  readonly changes: readonly Change[] | undefined;
  /** Whether the outputs of the stack are replaced too, and by which run they then feed dependants. */
  readonly outputs: 'keep' | { readonly runId: string | null };
}

/** Replaces a stack's list of resources and outputs by what a document says. */
export async function replaceEntities(ports: EntityPorts, report: EntityReport): Promise<void> {
  const { stack } = report;
  const document = await readDocument(ports, report.documentKey);
  if (document === undefined) return;
  const now = ports.clock.now();
  const outputs = report.outputs === 'keep' ? undefined : await storedOutputs(ports, stack, document.found.outputs, report.outputs.runId);

  await ports.db.transaction(async (tx) => {
    tx.afterCommit(() => (document.key === report.documentKey ? undefined : ports.objects.delete('documents', report.documentKey)));
    if (!(await takeEntityList(tx.sql, stack.id, report.source, now))) return;
    const before = await entitiesOfStack(tx.sql, stack.id);
    const after = nextEntities(before, document.found.entities, { stack, now, runId: report.runId, kind: report.kind, changes: report.changes });
    await replaceEntityRows(tx.sql, stack.id, after);
    const unused = new Set(before.flatMap((entity) => (entity.values === null ? [] : [entity.values.key])));
    if (outputs !== undefined) for (const key of await replaceOutputRows(tx.sql, stack.id, outputs, now)) unused.add(key);
    unused.delete(document.key);
    tx.afterCommit(async () => {
      for (const key of unused) await ports.objects.delete('documents', key);
    });
  });
}

interface ReadDocument {
  readonly key: string;
  readonly found: FoundResources;
}

/** Reads the document. Of one that holds secret outputs a copy without them is made, which is what the list points to. */
async function readDocument(ports: EntityPorts, key: string): Promise<ReadDocument | undefined> {
  const body = await ports.objects.getStream('documents', key);
  // Handled before: what it said has been replaced, or its secrets were taken out.
  if (body === undefined) return undefined;
  const found = await readResources(key, body);
  if (!found.holdsSecrets) return { key, found };

  const cleanKey = `${key}-clean`;
  const again = await ports.objects.getStream('documents', key);
  if (again === undefined) return undefined;
  await ports.objects.put('documents', cleanKey, rewriteJson(again, members({ outputs: each(take(withoutSecret)) })));
  const copy = await ports.objects.getStream('documents', cleanKey);
  if (copy === undefined) return undefined;
  return { key: cleanKey, found: { ...(await readResources(cleanKey, copy)), outputs: found.outputs } };
}

const withoutSecret: Parameters<typeof take>[0] = (output) => (isObject(output) && member(output, 'sensitive') === true ? new Map(output).set('value', null) : undefined);
