import { Agent, request as send, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { expect } from 'expect';
import { randomIds } from '../../lib/adapters/system/random-ids.ts';
import type { LogFields } from '../../lib/core/ports/telemetry.ts';
import { AppError, type ErrorCode } from '../../lib/core/shared/errors.ts';
import { jsonResponse, type HttpRequest, type HttpResponse } from '../../lib/edge/http/router.ts';
import { serveHttp, type HttpServer } from '../../lib/runtime/node-http.ts';
import { fakeClock } from '../support/fake-clock.ts';

const REQUEST_ID = /^[0-9A-Z]{26}$/;

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

describe('the HTTP server', () => {
  let server: HttpServer;
  let handle: (request: HttpRequest) => Promise<HttpResponse>;
  const logged: { readonly message: string; readonly fields: LogFields }[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });

  const serve = () =>
    serveHttp({
      address: { host: '127.0.0.1', port: 0 },
      variable: 'WINDLASS_LISTEN',
      tls: null,
      handle: (request) => handle(request),
      ids: randomIds(fakeClock()),
      telemetry: { log: (_level, message, fields = {}) => void logged.push({ message, fields }), count: () => {}, span: (_name, work) => work() },
    });
  before(async () => void (server = await serve()));
  after(async () => {
    agent.destroy();
    await server.close(0);
  });
  afterEach(() => void logged.splice(0));

  const ask = (options: { readonly method?: string; readonly path?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: Buffer | string } = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const request = send({ host: '127.0.0.1', port: server.port, agent, method: options.method ?? 'GET', path: options.path ?? '/', headers: options.headers ?? {} }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }));
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end(options.body);
    });
  /** Bytes as they are: what no client would send. */
  const askRaw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.on('data', (part: Buffer) => (answer += part.toString()));
      socket.on('end', () => resolve(answer));
      socket.on('error', reject);
    });

  it('hands on what was asked, decoded, and as it was sent', async () => {
    let got: HttpRequest | undefined;
    handle = async (request) => {
      got = request;
      return jsonResponse(200, { length: (await request.body(10)).length });
    };

    const answer = await ask({ method: 'POST', path: '/a%20b/c?x=1&x=2', headers: { 'X-Thing': 'yes' }, body: 'hello' });

    expect(JSON.parse(answer.body.toString())).toEqual({ length: 5 });
    expect(got).toMatchObject({ method: 'POST', path: '/a b/c', rawUrl: '/a%20b/c?x=1&x=2', remoteIp: '127.0.0.1' });
    expect(got?.headers['x-thing']).toBe('yes');
    expect(got?.query.getAll('x')).toEqual(['1', '2']);
  });

  it('gives every answer a request id, errors too, and tells nothing else of a defect but in the log', async () => {
    handle = () => Promise.reject(new Error('the password is hunter2'));

    const answer = await ask({ path: '/x?token=secret' });

    const requestId = String(answer.headers['x-request-id']);
    expect(requestId).toMatch(REQUEST_ID);
    expect(answer.status).toBe(500);
    expect(JSON.parse(answer.body.toString())).toEqual({ error: 'something went wrong on our side', requestId });
    expect(logged).toEqual([{ message: 'a request failed', fields: expect.objectContaining({ requestId, method: 'GET', path: '/x' }) }]);
    expect((await ask()).headers['x-request-id']).not.toBe(requestId);
  });

  const STATUS: readonly (readonly [ErrorCode, number])[] = [
    ['INVALID', 400], ['UNAUTHENTICATED', 401], ['FORBIDDEN', 403], ['NOT_FOUND', 404], ['CONFLICT', 409], ['TOO_LARGE', 413], ['RATE_LIMITED', 429], ['UNAVAILABLE', 503],
  ];
  for (const [code, status] of STATUS) {
    it(`answers ${status} for ${code}, word for word`, async () => {
      handle = () => Promise.reject(new AppError(code, 'so it is'));

      const answer = await ask();

      expect([answer.status, JSON.parse(answer.body.toString())]).toEqual([status, { error: 'so it is' }]);
      expect(logged).toEqual([]);
    });
  }

  for (const path of ['/%', '/%zz', '/%c3%28']) {
    it(`refuses the path ${path}, which is no percent-encoding`, async () => {
      handle = async () => jsonResponse(200, {});

      expect([(await ask({ path })).status, logged]).toEqual([400, []]);
    });
  }

  it('refuses an address that is none, and takes two slashes for a path, not for a host', async () => {
    handle = async (request) => jsonResponse(200, { path: request.path });

    expect(await askRaw('GET http://[ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse((await ask({ path: '//[/graphql' })).body.toString())).toEqual({ path: '//[/graphql' });
    expect(JSON.parse((await ask({ path: '//elsewhere/graphql' })).body.toString())).toEqual({ path: '//elsewhere/graphql' });
    expect(logged).toEqual([]);
  });

  it('answers 413 to a body over the limit, and goes on with the connection', async () => {
    handle = async (request) => jsonResponse(200, { length: (await request.body(1000)).length });

    for (const body of [Buffer.alloc(1001), Buffer.alloc(2_000_000)]) {
      const answer = await ask({ method: 'POST', body });
      expect([answer.status, JSON.parse(answer.body.toString())]).toEqual([413, { error: 'the request body is larger than 1000 bytes' }]);
    }
    expect((await ask({ method: 'POST', body: Buffer.alloc(1000) })).status).toBe(200);
  });

  it('is not held up by a body that nobody read', async () => {
    handle = async () => jsonResponse(401, {});

    expect((await ask({ method: 'POST', body: Buffer.alloc(1_000_000) })).status).toBe(401);
    expect((await ask()).status).toBe(401);
  });

  it('compresses what is worth it for who takes it', async () => {
    const text = 'x'.repeat(5000);
    handle = async (request) => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: request.path === '/short' ? 'x' : text });

    const packed = await ask({ headers: { 'accept-encoding': 'br, gzip' } });
    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding', 'content-length': String(packed.body.length) });
    expect(gunzipSync(packed.body).toString()).toBe(text);
    expect(packed.body.length).toBeLessThan(500);

    for (const [path, accepted] of [['/short', 'gzip'], ['/', ''], ['/', 'br'], ['/', 'gzip;q=0'], ['/', 'gzip; q=0.0, br']] as const) {
      const answer = await ask({ path, headers: accepted === '' ? {} : { 'accept-encoding': accepted } });
      expect([accepted, answer.headers['content-encoding'], answer.headers['content-length']]).toEqual([accepted, undefined, String(answer.body.length)]);
    }
  });

  it('leaves alone what is encoded already', async () => {
    handle = async () => ({ status: 200, headers: { 'content-encoding': 'identity' }, body: 'x'.repeat(5000) });

    expect((await ask({ headers: { 'accept-encoding': 'gzip' } })).body.length).toBe(5000);
  });

  it('streams a body as it comes, and sends none to HEAD', async () => {
    handle = async (request) => ({
      status: 200,
      body: request.path === '/text' ? 'text' : (async function* () {
        yield Buffer.from('one ');
        yield Buffer.from('two');
      })(),
    });

    expect((await ask()).body.toString()).toBe('one two');
    expect((await ask({ method: 'HEAD', path: '/text' })).body.length).toBe(0);
    expect((await ask({ method: 'HEAD' })).body.length).toBe(0);
  });

  it('breaks off a stream that fails rather than ending it as if it were whole', async () => {
    handle = async () => ({
      status: 200,
      body: (async function* () {
        yield Buffer.from('one ');
        throw new Error('the disk is away');
      })(),
    });

    await expect(ask()).rejects.toThrow();
    handle = async () => jsonResponse(200, {});
    expect((await ask()).status).toBe(200);
  });

  it('says which variable names a port that is in use', async () => {
    const refused = serveHttp({
      address: { host: '127.0.0.1', port: server.port }, variable: 'WINDLASS_LISTEN', tls: null, handle, ids: randomIds(fakeClock()),
      telemetry: { log: () => {}, count: () => {}, span: (_name, work) => work() },
    });

    await expect(refused).rejects.toMatchObject({ name: 'StartError', exitCode: 2, message: `WINDLASS_LISTEN: cannot listen on 127.0.0.1:${server.port}: the port is in use` });
  });

  it('lets an open request end when it closes, and tells its client that it was the last', async () => {
    const own = server;
    server = await serve();
    let go: () => void = () => {};
    let arrived: () => void = () => {};
    const isHere = new Promise<void>((resolve) => (arrived = resolve));
    handle = async () => {
      arrived();
      await new Promise<void>((resolve) => (go = resolve));
      return jsonResponse(200, {});
    };
    const answer = ask();
    await isHere;

    const closed = server.close(10_000);
    go();

    expect(await answer).toMatchObject({ status: 200, headers: expect.objectContaining({ connection: 'close' }) });
    await closed;
    server = own;
  });
});
