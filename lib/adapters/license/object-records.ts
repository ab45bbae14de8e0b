import { createHash } from 'node:crypto';
import type { LicenseRecords } from '../../core/ports/license.ts';
import type { ObjectStore } from '../../core/ports/object-store.ts';
import { parseRecord, RECORD_KEY, recordText } from './record-document.ts';

/** The record in an object store that only this process writes. */
export function objectRecords(objects: Pick<ObjectStore, 'get' | 'put'>): LicenseRecords {
  let last: Promise<unknown> = Promise.resolve();
  const versionOf = (body: Buffer) => createHash('sha256').update(body).digest('hex');

  async function read() {
    const body = await objects.get('states', RECORD_KEY);
    return body === undefined ? undefined : { record: parseRecord(body), version: versionOf(body) };
  }

  return {
    read,
    replace(record, version) {
      const replaced = last.then(async () => {
        if ((await read())?.version !== version) return undefined;
        const body = Buffer.from(recordText(record));
        await objects.put('states', RECORD_KEY, body);
        return versionOf(body);
      });
      last = replaced.catch(() => undefined);
      return replaced;
    },
  };
}
