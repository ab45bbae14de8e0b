import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BUCKET_NAMES, BUCKETS } from '../../core/shared/buckets.ts';

const DAY_MS = 86_400_000;

/** Removes what has outlived its bucket, and temporary files that a crash left; returns how many. */
export async function expireObjects(folder: string, now: Date): Promise<number> {
  let removed = 0;
  for (const bucket of BUCKET_NAMES) {
    const days = BUCKETS[bucket].expiryDays;
    const entries = await readdir(join(folder, bucket), { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      const left = entry.name.startsWith('.tmp-') ? 1 : days;
      if (left === null) continue;
      const path = join(entry.parentPath, entry.name);
      const facts = await stat(path).catch(() => undefined);
      if (facts === undefined || now.getTime() - facts.mtimeMs < left * DAY_MS) continue;
      await rm(path, { force: true });
      removed++;
    }
  }
  return removed;
}
