import type { Ports } from '../../ports/ports.ts';
import { scheduleStack } from '../../runs/actions/schedule-stack.ts';
import { setWaiting } from '../../runs/run-store.ts';
import type { Run } from '../../runs/run.ts';
import { findPool } from '../../workers/pool-store.ts';
import { listWorkers } from '../../workers/worker-store.ts';
import { insertAssignments, type Assignment } from '../assignment-store.ts';
import { ASSIGNMENT_SECONDS } from '../handover.ts';
import { readWaitingPool } from '../waiting-pool-store.ts';

type Needs = Pick<Ports, 'db' | 'queue' | 'broker' | 'clock' | 'ids' | 'wakeups' | 'license' | 'telemetry'>;

/** Gives the pool's waiting runs, in their order, to its idle workers, and says of the others why they wait. */
export async function assignPool(ports: Needs, { poolId }: { readonly poolId: string }): Promise<void> {
  const { sql } = ports.db;
  const now = ports.clock.now();
  const found = await readWaitingPool(sql, poolId, now);
  if (found.runs.length === 0) return;
  for (const stackId of found.heldBack) await scheduleStack(ports, { stackId });
  const { runs, workers } = found.heldBack.length === 0 ? found : await readWaitingPool(sql, poolId, now);
  const expiresAt = new Date(now.getTime() + ASSIGNMENT_SECONDS * 1000);
  const wanted = workers.slice(0, runs.length).map((worker, index): Assignment => ({ id: ports.ids.ulid(), poolId, runId: runs[index]?.id ?? '', workerId: worker.id, createdAt: now, expiresAt }));
  const made = await insertAssignments(ports, sql, wanted);
  await Promise.all(
    wanted.filter((assignment) => made.has(assignment.id)).map(({ id, runId, workerId }) =>
      ports.broker.publish({ poolId, workerId }, { v: 1, type: 'run.assign', id: ports.ids.ulid(), ts: now.toISOString(), runId, assignmentId: id, expiresAt: expiresAt.toISOString() }),
    ),
  );
  await explainWaiting(ports, poolId, runs.slice(wanted.length));
}

async function explainWaiting(ports: Pick<Ports, 'db' | 'clock' | 'wakeups'>, poolId: string, runs: readonly Run[]): Promise<void> {
  if (runs.length === 0) return;
  const { sql } = ports.db;
  const [pool, connected] = [await findPool(sql, poolId), await listWorkers(sql, poolId)];
  const name = pool?.name ?? poolId;
  const reason = connected.length === 0 ? `no worker is connected to pool ${name}` : `no idle worker in pool ${name}`;
  for (const run of runs) {
    if (run.waiting?.reason === reason) continue;
    if (await setWaiting(ports, sql, run, { reason, workerPoolId: poolId, ...(run.waiting ? { since: run.waiting.since } : {}) })) ports.wakeups.wake(`run:${run.id}`);
  }
}
