import { randomBytes } from 'node:crypto';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { expect } from 'expect';
import { expireObjects } from '../../../lib/adapters/embedded/expire-objects.ts';
import { fileObjects } from '../../../lib/adapters/embedded/file-objects.ts';
import { localWakeups } from '../../../lib/adapters/system/local-wakeups.ts';
import { randomIds } from '../../../lib/adapters/system/random-ids.ts';
import { signedUrls } from '../../../lib/adapters/embedded/signed-urls.ts';
import { objectRoutes } from '../../../lib/edge/http/objects.ts';
import { router } from '../../../lib/edge/http/router.ts';
import { serveHttp } from '../../../lib/runtime/node-http.ts';
import { objectStoreContract } from '../../contracts/object-store.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { scratchFolder } from '../../support/scratch.ts';

const telemetry = { log: () => {}, count: () => {}, span: <T>(_: string, work: () => Promise<T>) => work() };
const BASE = 'http://objects.test';

async function openStore() {
  const folder = await scratchFolder('objects');
  const clock = fakeClock();
  const dataKey = randomBytes(32);
  const urls = signedUrls({ baseUrl: BASE, dataKey, clock });
  return { folder, clock, dataKey, urls, objects: fileObjects({ folder: folder.path, dataKey, urls }) };
}

describe('objects in a folder', () => {
  objectStoreContract(async () => {
    const { folder, clock, urls, objects } = await openStore();
    const handle = router(objectRoutes({ objects, wakeups: localWakeups() }, urls));
    const server = await serveHttp({ address: { host: '127.0.0.1', port: 0 }, variable: 'TEST', tls: null, handle, ids: randomIds(clock), telemetry });
    return {
      objects,
      async request(method, url, body, headers = {}) {
        const response = await fetch(url.replace(BASE, `http://127.0.0.1:${server.port}`), { method, headers, ...(body === undefined ? {} : { body: new Uint8Array(body) }) });
        return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
      },
      advance: (ms) => clock.advance(ms),
      async close() {
        await server.close(100);
        await folder.remove();
      },
    };
  });

  it('hold states and uploads encrypted, bound to their names', async () => {
    const { folder, objects } = await openStore();
    await objects.put('states', 'stack/1', Buffer.from('canary-in-state'));
    const raw = await readFile(join(folder.path, 'states', 'stack', '1'));
    expect(raw.includes('canary')).toBe(false);
    await writeFile(join(folder.path, 'states', 'stack', '2'), raw);
    await expect(objects.get('states', 'stack/2')).rejects.toThrow();
    await writeFile(join(folder.path, 'states', 'stack', '1'), raw.subarray(0, -1));
    await expect(objects.get('states', 'stack/1')).rejects.toThrow();
    await folder.remove();
  });

  it('leave nothing half-written when the source breaks off', async () => {
    const { folder, objects } = await openStore();
    async function* broken(): AsyncIterable<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('the line went dead');
    }
    await expect(objects.put('documents', 'a/b', broken())).rejects.toThrow('the line went dead');
    expect(await readdir(join(folder.path, 'documents', 'a'))).toEqual([]);
    await folder.remove();
  });

  it('expire by their bucket, and not before', async () => {
    const { folder, objects } = await openStore();
    const now = new Date('2026-03-01T00:00:00Z');
    const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);
    for (const [bucket, key, age] of [['run-logs', 'old/1', 61], ['run-logs', 'young/1', 59], ['states', 'kept/1', 900], ['metadata', 'package/1', 3]] as const) {
      await objects.put(bucket, key, Buffer.from('x'));
      await utimes(join(folder.path, bucket, key), daysAgo(age), daysAgo(age));
    }
    expect(await expireObjects(folder.path, now)).toBe(2);
    expect(await objects.get('run-logs', 'young/1')).toBeDefined();
    expect(await objects.get('states', 'kept/1')).toBeDefined();
    expect(await objects.get('run-logs', 'old/1')).toBeUndefined();
    await folder.remove();
  });
});
