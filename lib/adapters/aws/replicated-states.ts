import type { ObjectStore } from '../../core/ports/object-store.ts';
import type { Bucket } from '../../core/shared/buckets.ts';
import { unavailable } from '../../core/shared/errors.ts';

/** Stack, workspace, version: what else lies in the bucket has fewer parts. */
const isVersion = (bucket: Bucket, key: string): boolean => bucket === 'states' && key.split('/').length === 3;

const LATE = 'state not replicated yet: it was written in the other region, and its copy is on its way; try again in a minute';
const late = (cause?: unknown) => unavailable(LATE, {}, cause === undefined ? {} : { cause });

type Readable = Pick<ObjectStore, 'get' | 'getRange' | 'getStream' | 'presignGet'>;

/**
 * States of which the newest may still be on its way from the other region: one that is not here is read where it was written. What is
 * nowhere yet is unavailable rather than missing, for an older version in its place would undo what was applied.
 */
export function replicatedStates(here: ObjectStore, elsewhere: () => Readable): ObjectStore {
  type Read<T> = (there: Readable) => Promise<T | undefined>;

  async function orElsewhere<T>(bucket: Bucket, key: string, found: T | undefined, read: Read<T>): Promise<T | undefined> {
    if (found !== undefined || !isVersion(bucket, key)) return found;
    const there = await read(elsewhere()).catch((error: unknown) => Promise.reject(late(error)));
    if (there === undefined) throw late();
    return there;
  }

  /** One byte tells that it is there, with no more than the right to read. */
  const isIn = async (store: Pick<ObjectStore, 'getRange'>, bucket: Bucket, key: string): Promise<true | undefined> =>
    (await store.getRange(bucket, key, 0, 1)) === undefined ? undefined : true;

  return {
    ...here,
    get: async (bucket, key) => orElsewhere(bucket, key, await here.get(bucket, key), (there) => there.get(bucket, key)),
    getStream: async (bucket, key) => orElsewhere(bucket, key, await here.getStream(bucket, key), (there) => there.getStream(bucket, key)),
    getRange: async (bucket, key, offset, length) =>
      orElsewhere(bucket, key, await here.getRange(bucket, key, offset, length), (there) => there.getRange(bucket, key, offset, length)),
    async presignGet(bucket, key, options) {
      if (!isVersion(bucket, key) || (await isIn(here, bucket, key)) !== undefined) return here.presignGet(bucket, key, options);
      await orElsewhere(bucket, key, undefined, (there) => isIn(there, bucket, key));
      return elsewhere().presignGet(bucket, key, options);
    },
  };
}
