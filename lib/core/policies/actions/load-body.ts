import type { Ports } from '../../ports/ports.ts';
import { sha256 } from '../../shared/text.ts';
import { keptBodies, type KeptBody } from '../policy-store.ts';
import type { Policy, PolicyWithBody } from '../policy.ts';

/** Longer ones would not fit into a row. */
const MAX_BODY_IN_ROW = 48 * 1024;

/** Policies with their texts. One whose text is gone gets an empty one, which no engine takes for a policy. */
export async function loadBodies(ports: Pick<Ports, 'db' | 'objects'>, policies: readonly Policy[]): Promise<readonly PolicyWithBody[]> {
  const kept = await keptBodies(ports.db.sql, policies.map(({ id }) => id));
  return Promise.all(policies.map(async (policy) => ({ ...policy, body: await textOf(ports, kept.get(policy.id)) })));
}

async function textOf(ports: Pick<Ports, 'objects'>, kept: KeptBody | undefined): Promise<string> {
  if (kept === undefined) return '';
  return kept.bodyKey === null ? (kept.body ?? '') : ((await ports.objects.get('documents', kept.bodyKey))?.toString('utf8') ?? '');
}

/** Puts a text where its policy's row says; as an object it is written before the row. */
export async function keepBody(ports: Pick<Ports, 'objects' | 'ids'>, body: string): Promise<KeptBody & { readonly sha256: string }> {
  const bytes = Buffer.from(body, 'utf8');
  if (bytes.length <= MAX_BODY_IN_ROW) return { body, bodyKey: null, sha256: sha256(bytes) };
  const bodyKey = `policies/${ports.ids.ulid()}`;
  await ports.objects.put('documents', bodyKey, bytes);
  return { body: null, bodyKey, sha256: sha256(bytes) };
}
