import type { Ports } from '../../ports/ports.ts';
import { RETENTION_DAYS } from '../state-rules.ts';
import { deleteCommittedUploads, deleteEmptyAbandoned, deleteUploadedStates, deleteUploads, deleteVersions, expiredVersions, markAbandoned, staleUploads, type DueObject } from '../state-sweep-store.ts';

const DAY_MS = 86_400_000;
const BATCH = 200;

/**
 * Daily: uploads that were never committed go after a day; versions go thirty days after they were superseded or their stack was
 * deleted. Objects go before their rows, so that a sweep that breaks off leaves nothing unreachable.
 */
export async function sweepStateUploads(ports: Pick<Ports, 'db' | 'objects' | 'clock'>): Promise<void> {
  const { sql } = ports.db;
  const now = ports.clock.now();
  const dayAgo = new Date(now.getTime() - DAY_MS);
  const monthAgo = new Date(now.getTime() - RETENTION_DAYS * DAY_MS);

  await inBatches(ports, () => staleUploads(sql, dayAgo, BATCH), (ids) => deleteUploads(sql, ids));
  await deleteCommittedUploads(sql, dayAgo);
  for (let keys = await deleteUploadedStates(sql, now, BATCH); keys.length > 0; keys = await deleteUploadedStates(sql, now, BATCH)) {
    for (const key of keys) await ports.objects.delete('uploads', key);
  }

  await markAbandoned(sql, now);
  await inBatches(ports, () => expiredVersions(sql, monthAgo, BATCH), (ids) => deleteVersions(sql, ids));
  await deleteEmptyAbandoned(sql, monthAgo);
}

async function inBatches(ports: Pick<Ports, 'objects'>, next: () => Promise<readonly DueObject[]>, remove: (ids: readonly string[]) => Promise<void>): Promise<void> {
  for (let due = await next(); due.length > 0; due = await next()) {
    for (const { objectKey } of due) if (objectKey !== '') await ports.objects.delete('states', objectKey);
    await remove(due.map(({ id }) => id));
  }
}
