import type { Ports } from '../../ports/ports.ts';
import type { Action } from '../../shared/actions.ts';
import type { Actor } from '../../shared/actor.ts';
import { forbidden } from '../../shared/errors.ts';
import { insertUploadedState } from '../uploaded-state-store.ts';

const URL_TTL_SECONDS = 3_600;
const OBJECT_TTL_MS = 86_400_000;
const USES = ['stack:create', 'stack:managed-state-import', 'space:admin'] as const satisfies readonly Action[];

/** Where to PUT a state before importing it or making a stack with it. Clients send headers of their own, so none are signed. */
export async function stateUploadUrl(ports: Pick<Ports, 'db' | 'objects' | 'clock' | 'ids'>, actor: Actor): Promise<{ readonly objectId: string; readonly url: string }> {
  const allowed = actor.isRootAdmin || [...actor.grants.values()].some((actions) => USES.some((action) => actions.has(action)));
  if (!allowed) throw forbidden('you need the right stack:create or stack:managed-state-import in some space to upload a state');

  const id = ports.ids.ulid();
  const now = ports.clock.now();
  const objectKey = `states/${id}`;
  const target = await ports.objects.presignPut('uploads', objectKey, { ttlSeconds: URL_TTL_SECONDS });
  await insertUploadedState(ports.db.sql, { id, actor: actor.login, objectKey, createdAt: now, expiresAt: new Date(now.getTime() + OBJECT_TTL_MS), usedAt: null });
  return { objectId: id, url: target.url };
}
