import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { auditRow } from '../../shared/audit-store.ts';
import { conflict } from '../../shared/errors.ts';
import { isUsableIn } from '../../spaces/space.ts';
import { getSpace, listSpaces } from '../../spaces/space-store.ts';
import { checkedPoolSettings, NO_DRIFT_LIMIT } from '../pool-settings.ts';
import { savePoolSettings, usesOfPool } from '../pool-store.ts';
import type { WorkerPool } from '../worker.ts';
import { requirePool } from './read-pool.ts';

/** What is left out stays; null returns to the default. */
export interface UpdatePoolInput {
  readonly id: string;
  readonly name?: string;
  readonly description?: string | null;
  readonly labels?: readonly string[] | null;
  readonly spaceId?: string | null;
  readonly driftRunLimit?: number | null;
}

const chosen = <T>(asked: T | null | undefined, now: T, fallback: T): T => (asked === undefined ? now : (asked ?? fallback));

/** Changes a pool's settings; its certificate and token stay. */
export async function updatePool(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, actor: Actor, input: UpdatePoolInput): Promise<WorkerPool> {
  const pool = await requirePool(ports, actor, input.id);
  requireAction(actor, 'worker-pool:update', pool.spaceId);
  const spaceId = input.spaceId ?? pool.spaceId;
  if (spaceId !== pool.spaceId) await requireMovable(ports, actor, pool, spaceId);

  const settings = checkedPoolSettings({
    name: input.name ?? pool.name,
    description: chosen(input.description, pool.description, ''),
    labels: chosen(input.labels, pool.labels, []),
    driftRunLimit: chosen(input.driftRunLimit, pool.driftRunLimit, NO_DRIFT_LIMIT),
  });
  const updated: WorkerPool = { ...pool, ...settings, spaceId, updatedAt: ports.clock.now() };
  const audit = auditRow(ports, actor, {
    action: 'worker-pool.update',
    resourceType: 'worker-pool',
    resourceId: pool.id,
    spaceId,
    body: { ...settings },
  });
  await savePoolSettings(ports.db.sql, updated, audit);
  return updated;
}

/** A pool may leave for a space that the actor manages as well, and from which the stacks that use it still see it. */
async function requireMovable(ports: Pick<Ports, 'db'>, actor: Actor, pool: WorkerPool, spaceId: string): Promise<void> {
  requireAction(actor, 'worker-pool:update', spaceId);
  await getSpace(ports.db.sql, spaceId);
  if (pool.isShared) throw conflict('the shared pool serves every space and stays in the root space', { workerPool: pool.id });
  const spaces = await listSpaces(ports.db.sql);
  const { stacks } = await usesOfPool(ports.db.sql, pool.id);
  const cut = stacks.find((stack) => !isUsableIn(spaces, spaceId, stack.spaceId));
  if (cut)
    throw conflict(`stack ${cut.id} uses this worker pool and could not see it in space ${spaceId}; give the stack another pool first`, {
      workerPool: pool.id,
      stack: cut.id,
    });
}
