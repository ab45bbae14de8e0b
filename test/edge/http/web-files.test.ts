import { before, describe, it } from 'node:test';
import { expect } from 'expect';
import { MAX_FILE_BYTES, webRoutes } from '../../../lib/edge/http/web-files.ts';
import { senderTo, type Send } from '../../support/edge-requests.ts';

const files: Record<string, Uint8Array> = {
  'index.html': Buffer.from('<!doctype html><title>ü</title>'),
  'assets/index-BqT3xY9z.js': Buffer.from('console.log(1)'),
  'robots.txt': Buffer.from('User-agent: *'),
  'assets/logo-a1b2c3d4.png': Buffer.from([137, 80, 78, 71, 255]),
  'large.js': Buffer.alloc(MAX_FILE_BYTES + 1),
};

describe('the files of the user interface', () => {
  const asked: string[] = [];
  const read = async (path: string) => {
    asked.push(path);
    return files[path];
  };
  let send: Send;
  before(() => {
    const app = { ports: { settings: { baseUrl: 'https://windlass.example.test' }, ids: { ulid: () => 'R' } } } as never;
    send = senderTo(webRoutes(read, { uploads: 'https://uploads.example.test' }), app);
  });

  it('are kept for ever by browsers when their name holds their hash', async () => {
    const answer = await send('GET', '/assets/index-BqT3xY9z.js');

    expect(answer).toMatchObject({ status: 200, text: 'console.log(1)' });
    expect(answer.headers).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=31536000, immutable', 'x-content-type-options': 'nosniff' });
  });

  it('are asked for each time otherwise', async () => {
    expect((await send('GET', '/robots.txt')).headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'text/plain; charset=utf-8' });
  });

  it('keep their bytes', async () => {
    expect((await send('GET', '/assets/logo-a1b2c3d4.png')).bytes).toEqual(Buffer.from([137, 80, 78, 71, 255]));
  });

  it('are its page for every address of the interface, with the policy that the page needs', async () => {
    for (const path of ['/', '/stack/network', '/stack/network/run/01J']) {
      const answer = await send('GET', path, { headers: { accept: 'text/html' } });

      expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('<title>ü') });
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.headers['content-security-policy']).toContain("connect-src 'self' https://uploads.example.test");
    }
  });

  it('are missing when they are, and too large when they are', async () => {
    expect((await send('GET', '/assets/gone-12345678.js')).status).toBe(404);
    expect((await send('GET', '/api', { headers: { accept: 'application/json' } })).status).toBe(404);
    expect((await send('GET', '/large.js')).status).toBe(500);
    expect((await send('POST', '/')).status).toBe(405);
  });

  for (const path of ['/..%2f..%2fetc%2fpasswd.js', '/%2e%2e/%2e%2e/secret.js', '/a/..%2f..%2fb.js', '/.env', '/assets/.git/config.js', '//evil.js/..%5c', '/%00.js']) {
    it(`never read outside of them: ${path}`, async () => {
      asked.length = 0;

      expect((await send('GET', path)).status).not.toBe(500);

      for (const name of asked) expect(name === 'index.html' || /^[A-Za-z0-9_-]/.test(name)).toBe(true);
      expect(asked.join()).not.toMatch(/\.\.|\/\./);
    });
  }

  it('are not there when nothing is installed', async () => {
    const empty = senderTo(webRoutes(async () => undefined), { ports: { settings: { baseUrl: 'https://windlass.example.test' }, ids: { ulid: () => 'R' } } } as never);

    expect(await empty('GET', '/')).toMatchObject({ status: 404, text: expect.stringContaining('not installed') });
  });
});
