import { describe, it } from 'node:test';
import { expect } from 'expect';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { sha256 } from '../../lib/core/shared/text.ts';

export interface ObjectStoreUnderTest {
  readonly objects: ObjectStore;
  /** Sends a request to a presigned URL; answers its status and body. */
  readonly request: (method: 'GET' | 'PUT', url: string, body?: Buffer, headers?: Readonly<Record<string, string>>) => Promise<{ readonly status: number; readonly body: Buffer }>;
  /** Moves time on, for expiry. */
  readonly advance: (ms: number) => void;
  close(): Promise<void>;
}

async function* chunks(bytes: Buffer, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What every object store of the product does; `sealed` buckets are encrypted at rest without anyone noticing. */
export function objectStoreContract(open: () => Promise<ObjectStoreUnderTest>): void {
  const withStore = async (work: (store: ObjectStoreUnderTest) => Promise<void>) => {
    const under = await open();
    try {
      await work(under);
    } finally {
      await under.close();
    }
  };

  for (const bucket of ['documents', 'states'] as const) {
    describe(`bucket ${bucket}`, () => {
      it('answers undefined for what is missing', () =>
        withStore(async ({ objects }) => {
          expect(await objects.get(bucket, 'no/such')).toBeUndefined();
          expect(await objects.getStream(bucket, 'no/such')).toBeUndefined();
          expect(await objects.getRange(bucket, 'no/such', 0, 10)).toBeUndefined();
          expect(await objects.stat(bucket, 'no/such')).toBeUndefined();
          expect(await objects.list(bucket, 'no/')).toEqual([]);
        }));

      it('gives back the bytes, whole, as a stream and by range', () =>
        withStore(async ({ objects }) => {
          const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251));
          await objects.put(bucket, 'a/b', chunks(bytes, 7_001));
          expect((await objects.get(bucket, 'a/b'))?.equals(bytes)).toBe(true);
          expect((await objects.getRange(bucket, 'a/b', 70_000, 10))?.equals(bytes.subarray(70_000, 70_010))).toBe(true);
          expect(await objects.stat(bucket, 'a/b')).toEqual({ bytes: bytes.length, sha256: sha256(bytes) });
        }));

      it('keeps an empty object', () =>
        withStore(async ({ objects }) => {
          await objects.put(bucket, 'empty', Buffer.alloc(0));
          expect((await objects.get(bucket, 'empty'))?.length).toBe(0);
        }));

      it('replaces, unless asked to create only', () =>
        withStore(async ({ objects }) => {
          await objects.put(bucket, 'a', Buffer.from('1'));
          await objects.put(bucket, 'a', Buffer.from('2'));
          await expect(objects.put(bucket, 'a', Buffer.from('3'), { createOnly: true })).rejects.toMatchObject({ code: 'CONFLICT' });
          expect((await objects.get(bucket, 'a'))?.toString()).toBe('2');
        }));

      it('lists a prefix in order, from a key on', () =>
        withStore(async ({ objects }) => {
          for (const key of ['r/1/00000002', 'r/1/00000000', 'r/1/00000001', 'r/10/00000000', 'r/1/end']) await objects.put(bucket, key, Buffer.from(key));
          expect((await objects.list(bucket, 'r/1/')).map((object) => object.key)).toEqual(['r/1/00000000', 'r/1/00000001', 'r/1/00000002', 'r/1/end']);
          expect((await objects.list(bucket, 'r/1/', { after: 'r/1/00000000', limit: 1 })).map((object) => object.key)).toEqual(['r/1/00000001']);
        }));

      it('deletes, and deletes again', () =>
        withStore(async ({ objects }) => {
          await objects.put(bucket, 'a', Buffer.from('1'));
          await objects.delete(bucket, 'a');
          await objects.delete(bucket, 'a');
          expect(await objects.get(bucket, 'a')).toBeUndefined();
        }));
    });
  }

  for (const key of ['../up', 'a/../b', '/abs', 'a//b', 'a/./b', '.hidden', 'a\0b', '']) {
    it(`refuses the key ${JSON.stringify(key)}`, () =>
      withStore(async ({ objects }) => {
        await expect(objects.put('documents', key, Buffer.from('x'))).rejects.toMatchObject({ code: 'INVALID' });
      }));
  }

  describe('presigned addresses', () => {
    it('let a stranger put one object and get it', () =>
      withStore(async ({ objects, request }) => {
        const body = Buffer.from('payload');
        const put = await objects.presignPut('documents', 'p/1', { ttlSeconds: 60, bytes: body.length, sha256: sha256(body) });
        expect((await request('PUT', put.url, body, put.headers)).status).toBeLessThan(300);
        const get = await objects.presignGet('documents', 'p/1', { ttlSeconds: 60 });
        expect(await request('GET', get.url)).toEqual({ status: 200, body });
      }));

    it('are refused with another method, another path, after their time, and with other content', () =>
      withStore(async ({ objects, request, advance }) => {
        await objects.put('documents', 'p/1', Buffer.from('one'));
        await objects.put('documents', 'p/2', Buffer.from('two'));
        const get = await objects.presignGet('documents', 'p/1', { ttlSeconds: 60 });
        const body = Buffer.from('payload');
        const put = await objects.presignPut('documents', 'p/3', { ttlSeconds: 60, bytes: body.length, sha256: sha256(body) });
        expect((await request('PUT', get.url, Buffer.from('x'))).status).toBe(403);
        expect((await request('GET', get.url.replace('p/1', 'p/2'))).status).toBe(403);
        expect((await request('GET', put.url)).status).toBe(403);
        expect((await request('PUT', put.url, Buffer.from('longer than said'), put.headers)).status).toBeGreaterThanOrEqual(400);
        expect((await request('PUT', put.url, Buffer.from('PAYLOAD'), put.headers)).status).toBeGreaterThanOrEqual(400);
        expect(await objects.get('documents', 'p/3')).toBeUndefined();
        advance(61_000);
        expect((await request('GET', get.url)).status).toBe(403);
        expect((await request('PUT', put.url, body, put.headers)).status).toBe(403);
      }));

    it('take an object once when they create only; the same bytes again are no fault', () =>
      withStore(async ({ objects, request }) => {
        const put = await objects.presignPut('run-logs', 'r/1/00000000', { ttlSeconds: 60, createOnly: true });
        expect((await request('PUT', put.url, Buffer.from('a'), put.headers)).status).toBeLessThan(300);
        expect((await request('PUT', put.url, Buffer.from('b'), put.headers)).status).toBe(412);
        expect((await objects.get('run-logs', 'r/1/00000000'))?.toString()).toBe('a');
      }));
  });
}
