import { after, before, describe, it } from 'node:test';
import { createHash } from 'node:crypto';
import { expect } from 'expect';
import type { Bucket } from '../../../lib/core/shared/buckets.ts';
import { objectRoutes } from '../../../lib/edge/http/objects.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { senderTo, type Send } from '../../support/edge-requests.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('object URLs', () => {
  let app: TestApp;
  let send: Send;
  let count = 0;

  before(async () => {
    app = await testApp();
    send = senderTo(objectRoutes(app.ports, app.urls), app);
  });
  after(() => app.close());

  const newKey = () => `object-${++count}`;
  const putUrl = async (
    key: string,
    options: { readonly bytes?: number; readonly sha256?: string; readonly createOnly?: boolean; readonly bucket?: Bucket } = {},
  ) => (await app.ports.objects.presignPut(options.bucket ?? 'states', key, { ttlSeconds: 60, ...options })).url;
  const stored = async (key: string, bucket: Bucket = 'states') => (await app.ports.objects.get(bucket, key))?.toString();

  it('take what is PUT and give it back', async () => {
    const key = newKey();

    const put = await send('PUT', await putUrl(key), { body: 'the state' });
    const { url } = await app.ports.objects.presignGet('states', key, { ttlSeconds: 60, fileName: 'états "1".json' });
    const got = await send('GET', url);

    expect(put.status).toBe(200);
    expect(got).toMatchObject({ status: 200, text: 'the state' });
    expect(got.headers['content-disposition']).toBe("attachment; filename*=UTF-8''%C3%A9tats%20%221%22.json");
  });

  it('of a missing object answer 404', async () => {
    const { url } = await app.ports.objects.presignGet('states', newKey(), { ttlSeconds: 60 });

    expect((await send('GET', url)).status).toBe(404);
  });

  it('used late are refused, and nothing is stored', async () => {
    const key = newKey();
    const url = await putUrl(key);
    app.clock.advance(60_000);

    const late = await send('PUT', url, { body: 'x' });

    expect(late).toMatchObject({ status: 403, text: JSON.stringify({ error: 'this URL has expired: ask for a new one' }) });
    expect(await stored(key)).toBeUndefined();
  });

  for (const method of ['GET', 'DELETE', 'POST', 'HEAD']) {
    it(`for PUT are refused with ${method}`, async () => {
      const refused = await send(method, await putUrl(newKey()), { body: 'x' });

      expect(refused).toMatchObject({ status: 403, text: expect.stringContaining('another method') });
    });
  }

  it('with another path, bucket, limit or life are refused', async () => {
    const url = await putUrl('mine', { bytes: 1, createOnly: true });
    const changed = [
      url.replace('/mine?', '/yours?'),
      url.replace('/mine?', '/../documents/mine?'),
      url.replace('/mine?', '/%2e%2e/mine?'),
      url.replace('/states/', '/modules/'),
      url.replace('b=1', 'b=2'),
      url.replace('&c=1', ''),
      url.replace(/e=\d+/, 'e=9999999999'),
      url.replace(/sig=./, 'sig=-'),
      url.replace(/&sig=.*/, ''),
      '/objects/states/mine',
      '/objects/',
    ];

    for (const wrong of changed) expect([wrong, (await send('PUT', wrong, { body: 'x' })).status]).toEqual([wrong, 403]);
    expect(await stored('mine')).toBeUndefined();
    expect(await stored('yours')).toBeUndefined();
  });

  it('signed for a size refuse more, less, and a header that says otherwise, and keep nothing', async () => {
    const key = newKey();
    const url = await putUrl(key, { bytes: 4 });

    expect((await send('PUT', url, { body: 'more!' })).status).toBe(413);
    expect((await send('PUT', url, { body: 'les' })).status).toBe(400);
    expect((await send('PUT', url, { body: 'four', headers: { 'content-length': '5' } })).status).toBe(400);
    expect(await stored(key)).toBeUndefined();
    expect((await send('PUT', url, { body: 'four' })).status).toBe(200);
    expect(await stored(key)).toBe('four');
  });

  it('signed for a content refuse any other, and keep nothing', async () => {
    const key = newKey();
    const url = await putUrl(key, { sha256: sha256('right') });

    expect((await send('PUT', url, { body: 'wrong' })).status).toBe(400);
    expect(await stored(key)).toBeUndefined();
    expect((await send('PUT', url, { body: 'right' })).status).toBe(200);
  });

  it('that only create refuse other bytes the second time, and take the same ones again', async () => {
    const key = newKey();
    const url = await putUrl(key, { createOnly: true });

    const answers = [await send('PUT', url, { body: 'first' }), await send('PUT', url, { body: 'other' }), await send('PUT', url, { body: 'first' })];

    expect(answers.map(({ status }) => status)).toEqual([200, 412, 200]);
    expect(await stored(key)).toBe('first');
  });

  it('that only create let one of ten at once through', async () => {
    const key = newKey();
    const url = await putUrl(key, { createOnly: true });

    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => send('PUT', url, { body: `body ${index}` })));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 412)]);
  });

  it('of log chunks wake whoever waits for that phase', async () => {
    const waiter = app.ports.wakeups.wait('logs:01RUN/3', 5_000);

    await send('PUT', await putUrl('01RUN/3/00000000', { bucket: 'run-logs', createOnly: true }), { body: 'chunk' });

    expect(await waiter.woken).toBe(true);
  });

  it('whose sender goes away leave nothing behind', async () => {
    const key = newKey();
    async function* broken(): AsyncIterable<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('the connection was lost');
    }

    await expect(send('PUT', await putUrl(key), { body: broken() })).rejects.toThrow('the connection was lost');

    expect(await stored(key)).toBeUndefined();
  });
});
