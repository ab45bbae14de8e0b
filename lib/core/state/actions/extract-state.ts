import { resourcesDocument } from '../../../protocol/state-resources.ts';
import { PermanentFailure } from '../../shared/messages.ts';
import { findStack } from '../../stacks/stack-store.ts';
import { inspectState } from '../state-body.ts';
import { findVersionOf } from '../state-store.ts';
import type { StateVersion } from '../state.ts';
import { findWorkspace } from '../workspace-store.ts';
import { replaceEntities, type EntityPorts } from './replace-entities.ts';

/**
 * Reads resources and outputs out of a state that was put in place by hand; handler of `state.replaced`. Marks of sensitive
 * attributes are unknown here, so every string is hashed. Encrypted and old formats leave the list as it is.
 */
export async function extractState(ports: EntityPorts, input: { readonly stackId: string; readonly versionId: string }): Promise<void> {
  const { sql } = ports.db;
  const stack = await findStack(sql, input.stackId);
  const version = await findVersionOf(sql, input.stackId, input.versionId);
  if (stack === undefined || version === undefined) return;
  // Something newer stands there: its own report shows it.
  if ((await findWorkspace(sql, stack.id))?.currentVersionId !== version.id) return;
  const summary = await inspectState(await bodyOf(ports, version));
  if (summary.format !== 4) return;

  const documentKey = `state-resources/${version.id}`;
  await ports.objects.put('documents', documentKey, resourcesDocument(await bodyOf(ports, version), { mode: 'default', marksOf: () => undefined, sensitiveOutputs: false }));
  await replaceEntities(ports, {
    stack,
    documentKey,
    source: { id: version.id, phase: 'none' },
    runId: null,
    kind: 'seen',
    changes: undefined,
    outputs: { runId: null },
  });
}

async function bodyOf(ports: EntityPorts, version: StateVersion): Promise<AsyncIterable<Uint8Array>> {
  const body = await ports.objects.getStream('states', version.objectKey);
  if (body === undefined) throw new PermanentFailure(`the body of state version ${version.id} is gone`);
  return body;
}
