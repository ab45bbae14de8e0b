import { describe, it } from 'node:test';
import { expect } from 'expect';
import { s3Objects } from '../../../lib/adapters/aws/s3-objects.ts';
import { s3Presigner } from '../../../lib/adapters/aws/s3-presigner.ts';
import { replicatedStates } from '../../../lib/adapters/aws/replicated-states.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import { objectStoreContract } from '../../contracts/object-store.ts';
import { createBuckets, refusing, testAws, type TestAwsOptions } from '../../support/aws.ts';
import { errorAnswer, type Intercept } from '../../support/aws-proxy.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { needsMoto } from '../../support/requirements.ts';

async function openStore(options: TestAwsOptions = {}) {
  const clock = fakeClock();
  const aws = await testAws({ now: () => clock.now(), ...options });
  const buckets = await createBuckets(aws);
  const objects = s3Objects({ client: () => aws.clients.s3, presigner: () => s3Presigner({ client: aws.clients.presigning, clock }), buckets });
  return {
    aws,
    clock,
    buckets,
    objects,
    advance: (ms: number) => clock.advance(ms),
    request: async (method: 'GET' | 'PUT', url: string, body?: Buffer, headers: Readonly<Record<string, string>> = {}) => {
      const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: new Uint8Array(body) }) });
      return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
    },
    close: () => aws.close(),
  };
}

describe('states that may still be on their way from the other region', needsMoto, () => {
  const KEY = 'stack/default/01J0000000000000000000000A';
  const withRegions = async (work: (both: { readonly here: ObjectStore; readonly there: ObjectStore; readonly objects: ObjectStore; readonly request: (url: string) => Promise<string> }) => Promise<void>, intercept?: Intercept) => {
    const [one, other] = [await openStore(), await openStore(intercept === undefined ? {} : { intercept })];
    try {
      const request = async (url: string) => (await one.request('GET', url)).body.toString();
      await work({ here: one.objects, there: other.objects, objects: replicatedStates(one.objects, () => other.objects), request });
    } finally {
      await one.close();
      await other.close();
    }
  };

  it('are read here once they are here', () => withRegions(async ({ here, there, objects, request }) => {
    await here.put('states', KEY, Buffer.from('newest'));
    await there.put('states', KEY, Buffer.from('not this'));

    expect((await objects.get('states', KEY))?.toString()).toBe('newest');
    expect(await request((await objects.presignGet('states', KEY, { ttlSeconds: 60 })).url)).toBe('newest');
  }));

  it('are read where they were written until then', () => withRegions(async ({ there, objects, request }) => {
    await there.put('states', KEY, Buffer.from('newest'));

    expect((await objects.get('states', KEY))?.toString()).toBe('newest');
    expect((await objects.getRange('states', KEY, 0, 3))?.toString()).toBe('new');
    expect(await objects.getStream('states', KEY)).toBeDefined();
    expect(await request((await objects.presignGet('states', KEY, { ttlSeconds: 60 })).url)).toBe('newest');
  }));

  it('are unavailable, never missing, when they are nowhere or the other region does not answer', async () => {
    const refused = { code: 'UNAVAILABLE', message: expect.stringContaining('state not replicated yet') };
    await withRegions(async ({ objects }) => {
      await expect(objects.get('states', KEY)).rejects.toMatchObject(refused);
      await expect(objects.getStream('states', KEY)).rejects.toMatchObject(refused);
      await expect(objects.presignGet('states', KEY, { ttlSeconds: 60 })).rejects.toMatchObject(refused);
    });
    const down: Intercept = (call, next) => (call.method === 'GET' ? Promise.resolve(errorAnswer(call, 403, 'AccessDenied', 'down')) : next(call));
    await withRegions(({ objects }) => expect(objects.presignGet('states', KEY, { ttlSeconds: 60 })).rejects.toMatchObject(refused), down);
  });

  it('leave alone what is no version of a state', () => withRegions(async ({ there, objects }) => {
    await there.put('states', 'license/state.json', Buffer.from('{}'));
    await there.put('documents', KEY, Buffer.from('{}'));

    expect(await objects.get('states', 'license/state.json')).toBeUndefined();
    expect(await objects.get('documents', KEY)).toBeUndefined();
    expect(await objects.stat('states', KEY)).toBeUndefined();
    expect((await objects.presignGet('documents', KEY, { ttlSeconds: 60 })).url).toContain('X-Amz-Signature');
  }));
});

describe('objects in S3', needsMoto, () => {
  objectStoreContract(openStore);

  const withStore = async (work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<void>, options: TestAwsOptions = {}) => {
    const store = await openStore(options);
    try {
      await work(store);
    } finally {
      await store.close();
    }
  };

  it('list more than one page', () =>
    withStore(async ({ objects }) => {
      const keys = Array.from({ length: 1005 }, (_, n) => `many/${String(n).padStart(4, '0')}`);
      for (let at = 0; at < keys.length; at += 50)
        await Promise.all(keys.slice(at, at + 50).map((key) => objects.put('documents', key, Buffer.from('x'))));
      expect((await objects.list('documents', 'many/', { limit: 5000 })).map(({ key }) => key)).toEqual(keys);
      expect(await objects.list('documents', 'many/', { limit: 1002 })).toHaveLength(1002);
    }));

  it('give presigned addresses that no checksum of an empty body narrows', () =>
    withStore(async ({ objects, request }) => {
      const put = await objects.presignPut('run-logs', 'r/1', { ttlSeconds: 60 });
      expect(put.url).not.toMatch(/checksum|crc32/i);
      expect((await request('PUT', put.url, Buffer.from('some lines'), put.headers)).status).toBe(200);
    }));

  it('never presign for longer than an hour', () =>
    withStore(async ({ objects, clock, request, advance }) => {
      await objects.put('documents', 'a', Buffer.from('x'));
      const get = await objects.presignGet('documents', 'a', { ttlSeconds: 7200 });
      expect(get.expiresAt.getTime() - clock.now().getTime()).toBe(3_600_000);
      advance(3_601_000);
      expect((await request('GET', get.url)).status).toBe(403);
    }));

  it('never presign beyond the end of the credentials', () => {
    const start = fakeClock().now().getTime();
    return withStore(
      async ({ objects, clock, advance }) => {
        const put = await objects.presignPut('documents', 'a', { ttlSeconds: 3600 });
        expect(put.expiresAt.getTime() - clock.now().getTime()).toBe(90_000);
        expect(new URL(put.url).searchParams.get('X-Amz-Expires')).toBe('90');
        advance(90_000);
        await expect(objects.presignGet('documents', 'a', { ttlSeconds: 60 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      },
      { credentialsExpire: new Date(start + 90_500) },
    );
  });

  it('name a download for browsers, whatever its characters', () =>
    withStore(async ({ objects, aws }) => {
      await objects.put('states', 'a', Buffer.from('{}'));
      const { url } = await objects.presignGet('states', 'a', { ttlSeconds: 60, fileName: 'zustand "ä".json' });
      expect(new URL(url).searchParams.get('response-content-disposition')).toBe(
        `attachment; filename="zustand ___.json"; filename*=UTF-8''zustand%20%22%C3%A4%22.json`,
      );
      expect(url.startsWith(aws.url)).toBe(true);
    }));

  it('take what S3 refuses once or twice with 503, and say UNAVAILABLE when it goes on', async () => {
    const busy = (times?: number) =>
      refusing(
        (call) => call.service === 's3' && call.path.includes('/busy'),
        (call) => errorAnswer(call, 503, 'SlowDown', 'Please reduce your request rate.'),
        times,
      );
    const twice = busy(2);
    await withStore(
      async ({ objects }) => {
        await objects.put('documents', 'busy', Buffer.from('x'));
        expect((await objects.get('documents', 'busy'))?.toString()).toBe('x');
        expect(twice.refused()).toBe(2);
      },
      { intercept: twice },
    );
    await withStore(
      async ({ objects }) => {
        await expect(objects.put('documents', 'busy', Buffer.from('x'))).rejects.toMatchObject({
          code: 'UNAVAILABLE',
          details: { retryAfterSeconds: 5 },
        });
        await expect(objects.get('documents', 'busy')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      },
      { intercept: busy() },
    );
  });

  it('do not take a missing bucket, or a denied call, for a missing object', async () => {
    await withStore(async ({ aws, clock }) => {
      const objects = s3Objects({
        client: () => aws.clients.s3,
        presigner: () => s3Presigner({ client: aws.clients.presigning, clock }),
        buckets: { documents: `${aws.prefix}-nowhere` },
      });
      await expect(objects.get('documents', 'a')).rejects.toMatchObject({ name: 'NoSuchBucket' });
      await expect(objects.get('states', 'a')).rejects.toThrow(/no bucket states/);
    });
    const denied = refusing(
      (call) => call.method === 'GET' && call.path.includes('/secret'),
      (call) => errorAnswer(call, 403, 'AccessDenied', 'Access Denied'),
    );
    await withStore(
      ({ objects }) =>
        expect(objects.get('documents', 'secret')).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('role') }),
      { intercept: denied },
    );
  });
});
