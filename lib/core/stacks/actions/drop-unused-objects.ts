import type { Ports } from '../../ports/ports.ts';
import type { Bucket } from '../../shared/buckets.ts';
import { dueObjects, forgetObject } from '../stack-removal-store.ts';

const BATCH = 200;

/** Deletes what stacks that are gone have left in the object store. An object goes before the note on it, so that none is forgotten. */
export async function dropUnusedObjects({ db, objects, clock }: Pick<Ports, 'db' | 'objects' | 'clock'>): Promise<void> {
  const now = clock.now();
  for (let due = await dueObjects(db.sql, now, BATCH); due.length > 0; due = await dueObjects(db.sql, now, BATCH)) {
    for (const object of due) {
      await objects.delete(object.bucket as Bucket, object.objectKey);
      await forgetObject(db.sql, object);
    }
  }
}
