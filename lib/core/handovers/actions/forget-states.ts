import type { Ports } from '../../ports/ports.ts';
import { RESCUE_DAYS } from '../artifact.ts';
import { expiredStates, removeArtifacts } from '../artifact-store.ts';

const DAY_MS = 86_400_000;
const BATCH = 200;

/** States that runs could not save are kept for an administrator for thirty days. Objects go before their rows, so that a sweep that breaks off leaves nothing unreachable. */
export async function forgetStates({ db, objects, clock }: Pick<Ports, 'db' | 'objects' | 'clock'>): Promise<void> {
  const before = new Date(clock.now().getTime() - RESCUE_DAYS * DAY_MS);
  for (let due = await expiredStates(db.sql, before, BATCH); due.length > 0; due = await expiredStates(db.sql, before, BATCH)) {
    for (const { bucket, objectKey } of due) await objects.delete(bucket, objectKey);
    await removeArtifacts(db.sql, due.map(({ id }) => id));
  }
}
