import { describe, it } from 'node:test';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { expect } from 'expect';
import { MAX_RESPONSE_BYTES, toHttpRequest, toProxyResult, isFromOrigin } from '../../lib/runtime/http-event.ts';

function anEvent(facts: Partial<APIGatewayProxyEvent> = {}): APIGatewayProxyEvent {
  return {
    httpMethod: 'POST',
    path: '/graphql',
    headers: {},
    multiValueHeaders: {},
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    resource: '/{proxy+}',
    body: null,
    isBase64Encoded: false,
    requestContext: { requestId: 'R', identity: { sourceIp: '198.51.100.4' } },
    ...facts,
  } as APIGatewayProxyEvent;
}

const read = (facts: Partial<APIGatewayProxyEvent> = {}, originSecret: string | null = null) => toHttpRequest(anEvent(facts), { originSecret });

describe('a request of API Gateway', () => {
  it('has lower-case headers, those sent several times joined', () => {
    const { headers } = read({ headers: { Host: 'example.test', Accept: 'text/html' }, multiValueHeaders: { Accept: ['text/html', 'text/plain'], Cookie: ['a=1', 'b=2'] } });

    expect(headers).toMatchObject({ host: 'example.test', accept: 'text/html, text/plain', cookie: 'a=1; b=2' });
  });

  it('has every value of its query', () => {
    const request = read({ path: '/x', queryStringParameters: { a: '2', b: 'ü &' }, multiValueQueryStringParameters: { a: ['1', '2'], b: ['ü &'] } });

    expect(request.query.getAll('a')).toEqual(['1', '2']);
    expect(request.query.get('b')).toBe('ü &');
    expect(request.rawUrl).toBe('/x?a=1&a=2&b=%C3%BC+%26');
  });

  it('has a decoded path, and takes what cannot be decoded as it stands', () => {
    expect(read({ path: '/a%20b/%C3%BC' }).path).toBe('/a b/ü');
    expect(read({ path: '/100%' }).path).toBe('/100%');
  });

  it('has the bytes of its body, sent as text or as base64', async () => {
    const bytes = Buffer.from([0, 255, 128, 10]);

    expect(await read({ body: 'grüße' }).body(100)).toEqual(Buffer.from('grüße'));
    expect(await read({ body: bytes.toString('base64'), isBase64Encoded: true }).body(4)).toEqual(bytes);
    expect(await read().body(0)).toEqual(Buffer.alloc(0));
    await expect(read({ body: 'four+' }).body(4)).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it('comes from the address of the connection, whatever its headers say', () => {
    const claims = { 'X-Forwarded-For': '203.0.113.9', 'CloudFront-Viewer-Address': '203.0.113.9:1' };

    expect(read({ headers: claims }).remoteIp).toBe('198.51.100.4');
    expect(read({ headers: { ...claims, 'X-Windlass-Origin': 'guess' } }, 'secret').remoteIp).toBe('198.51.100.4');
    expect(read({ headers: claims }, 'secret').remoteIp).toBe('198.51.100.4');
  });

  it('comes from the address that our own distribution names', () => {
    const through = (address: string) => read({ headers: { 'CloudFront-Viewer-Address': address, 'X-Windlass-Origin': 'secret' } }, 'secret').remoteIp;

    expect(through('203.0.113.9:46532')).toBe('203.0.113.9');
    expect(through('2001:db8::1:46532')).toBe('2001:db8::1');
    expect(isFromOrigin(anEvent({ headers: { 'x-windlass-origin': 'secret' } }), 'secret')).toBe(true);
    expect(isFromOrigin(anEvent(), 'secret')).toBe(false);
  });
});

describe('the answer to API Gateway', () => {
  const request = { method: 'GET', requestId: 'R' };

  it('sends text as it is and bytes as base64, with the id of the request', async () => {
    expect(await toProxyResult({ status: 200, headers: { 'content-type': 'text/plain' }, body: 'ü' }, request)).toEqual({
      statusCode: 200, multiValueHeaders: { 'x-request-id': ['R'], 'content-type': ['text/plain'] }, body: 'ü', isBase64Encoded: false,
    });
    expect(await toProxyResult({ status: 200, body: Buffer.from([255, 0]) }, request)).toMatchObject({ body: '/wA=', isBase64Encoded: true });
    const streamed = (async function* () {
      yield Buffer.from('a');
      yield Buffer.from('b');
    })();
    expect(await toProxyResult({ status: 200, body: streamed }, request)).toMatchObject({ body: Buffer.from('ab').toString('base64'), isBase64Encoded: true });
  });

  it('has no body for HEAD', async () => {
    expect(await toProxyResult({ status: 200, body: 'text' }, { ...request, method: 'HEAD' })).toMatchObject({ statusCode: 200, body: '' });
  });

  it('is an error in words where it would be larger than a function may answer, escapes and base64 counted', async () => {
    const fits = MAX_RESPONSE_BYTES - 64 * 1024;
    for (const body of ['x'.repeat(MAX_RESPONSE_BYTES), '"'.repeat(MAX_RESPONSE_BYTES / 2), Buffer.alloc(fits)]) {
      const answer = await toProxyResult({ status: 200, body }, request);

      expect(answer).toMatchObject({ statusCode: 500, isBase64Encoded: false });
      expect(JSON.parse(answer.body)).toMatchObject({ error: expect.stringMatching(/larger than can be sent/) });
    }
    expect((await toProxyResult({ status: 200, body: 'x'.repeat(fits) }, request)).statusCode).toBe(200);
    expect((await toProxyResult({ status: 200, body: Buffer.alloc(Math.floor((fits * 3) / 4)) }, request)).statusCode).toBe(200);
  });

  it('does not read on in what it cannot send', async () => {
    let given = 0;
    const endless = (async function* () {
      for (;;) {
        given++;
        yield Buffer.alloc(1024 * 1024);
      }
    })();

    expect((await toProxyResult({ status: 200, body: endless }, request)).statusCode).toBe(500);
    expect(given).toBeLessThan(10);
  });
});
