import { request as httpRequest } from 'node:http';
import { after, before, describe, it } from 'node:test';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { expect } from 'expect';
import { fromProxyResult, matchRoute } from '../support/cloud/api-event.ts';
import { startApiGateway, type ApiGateway } from '../support/cloud/api-gateway.ts';
import type { Outcome } from '../support/cloud/function-process.ts';
import type { RoutePart } from '../support/cloud/parts.ts';
import { rateMs, schedules } from '../support/cloud/schedules.ts';
import { failedIds, toRecord } from '../support/cloud/sqs-pump.ts';

const route = (path: string, functionName: string): RoutePart => ({ path, method: 'ANY', functionName });
const ROUTES = [
  route('/', 'web'),
  route('/{proxy+}', 'web'),
  route('/graphql', 'graphql'),
  route('/webhooks/{proxy+}', 'webhooks'),
  route('/webhooks/slack', 'http'),
  route('/items/{id}', 'items'),
];
const BINARY = ['application/zip', 'application/octet-stream'];

describe('routes of the REST API', () => {
  it('lead to the most particular one', () => {
    const named = (path: string) => matchRoute(ROUTES, 'GET', path)?.route.functionName;
    expect(['/', '/graphql', '/graphql/', '/webhooks/slack', '/webhooks/a/b', '/items/3', '/other/page'].map(named)).toEqual([
      'web',
      'graphql',
      'graphql',
      'http',
      'webhooks',
      'items',
      'web',
    ]);
    expect(matchRoute(ROUTES, 'GET', '/items/3')?.parameters).toEqual({ id: '3' });
    expect(matchRoute(ROUTES, 'GET', '/webhooks/a/b')?.parameters).toEqual({ proxy: 'a/b' });
    expect(matchRoute([route('/only', 'x')], 'GET', '/other')).toBeUndefined();
  });
});

describe('the REST API', () => {
  let api: ApiGateway;
  let events: APIGatewayProxyEvent[] = [];
  let outcome: Outcome | Promise<Outcome>;
  const answer = (result: unknown): Outcome => ({ answer: JSON.stringify(result) });

  before(async () => {
    const invoke = async (_name: string, event: APIGatewayProxyEvent): Promise<Outcome> => {
      events.push(event);
      return outcome;
    };
    api = await startApiGateway({ parts: { routes: ROUTES, binaryTypes: BINARY, minimumCompression: 1024 }, port: 0, invoke, integrationMs: 300 });
  });
  after(() => api.close());

  const ask = async (path: string, init: RequestInit = {}) => {
    events = [];
    const response = await fetch(`http://127.0.0.1:${api.port}${path}`, init);
    return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()), event: events[0] };
  };

  it('hands over a request with every value of headers and query, and text as text', async () => {
    outcome = answer({ statusCode: 200, body: 'ok' });
    const { event } = await ask('/webhooks/x%20y?a=1&a=2&b=', { method: 'POST', body: 'é"', headers: { 'content-type': 'text/plain', 'x-one': 'two' } });
    expect(event).toMatchObject({
      resource: '/webhooks/{proxy+}',
      path: '/webhooks/x%20y',
      httpMethod: 'POST',
      body: 'é"',
      isBase64Encoded: false,
      queryStringParameters: { a: '2', b: '' },
      multiValueQueryStringParameters: { a: ['1', '2'], b: [''] },
      requestContext: { stage: 'live', identity: { sourceIp: expect.stringContaining('127.0.0.1') } },
    });
    expect(Object.entries(event?.multiValueHeaders ?? {}).find(([name]) => name.toLowerCase() === 'x-one')?.[1]).toEqual(['two']);
  });

  it('hands over bytes in base64, and gives bytes back only to who accepts them', async () => {
    const bytes = Buffer.from([0, 255, 254, 10]);
    outcome = answer({ statusCode: 200, headers: { 'content-type': 'application/zip' }, body: bytes.toString('base64'), isBase64Encoded: true });
    const { event, bytes: given } = await ask('/a', {
      method: 'PUT',
      body: bytes,
      headers: { 'content-type': 'application/octet-stream', accept: 'application/zip' },
    });
    expect(event).toMatchObject({ body: bytes.toString('base64'), isBase64Encoded: true });
    expect(given).toEqual(bytes);
    expect((await ask('/a', { headers: { accept: 'text/html' } })).bytes.toString()).toBe(bytes.toString('base64'));
  });

  it('sends each of several cookies, and shortens what is long', async () => {
    outcome = answer({ statusCode: 200, multiValueHeaders: { 'set-cookie': ['a=1', 'b=2'], 'content-type': ['text/plain'] }, body: 'x'.repeat(4000) });
    const { headers, bytes } = await ask('/a');
    expect(headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(headers.get('content-encoding')).toBe('gzip');
    expect(bytes.length).toBe(4000);
  });

  it('refuses what is longer than the service takes: headers, bodies, and events', async () => {
    outcome = answer({ statusCode: 200, body: 'ok' });
    expect((await ask('/a', { headers: { 'x-long': 'x'.repeat(10_300) } })).status).toBe(431);
    expect((await ask('/a', { method: 'POST', body: Buffer.alloc(10 * 1024 * 1024 + 1) })).status).toBe(413);
    const quotes = await ask('/a', { method: 'POST', body: '"'.repeat(4 * 1024 * 1024), headers: { 'content-type': 'application/json' } });
    expect([quotes.status, quotes.event]).toEqual([413, undefined]);
  });

  it('answers for functions that are too slow, fail, or answer nonsense', async () => {
    outcome = new Promise(() => undefined);
    expect((await ask('/a')).status).toBe(504);
    outcome = { fault: { errorType: 'Error', errorMessage: 'no' } };
    expect((await ask('/a')).status).toBe(502);
    outcome = { answer: '"text"' };
    expect((await ask('/a')).status).toBe(502);
    expect(fromProxyResult('null', undefined, BINARY).status).toBe(502);
  });

  it('keeps what a client sent in its path as it was', async () => {
    outcome = answer({ statusCode: 204 });
    const status = await new Promise((resolve) =>
      httpRequest({ port: api.port, host: '127.0.0.1', path: '/a//b%2Fc', method: 'DELETE' }, (response) => resolve(response.statusCode)).end(),
    );
    expect([status, events.at(-1)?.path]).toEqual([204, '/a//b%2Fc']);
  });
});

describe('a batch of messages', () => {
  const record = (messageId: string) =>
    toRecord({ MessageId: messageId, Body: '{}', ReceiptHandle: 'r', Attributes: { ApproximateReceiveCount: '2' } }, 'arn:aws:sqs:eu-west-1:123456789012:q');
  const records = [record('a'), record('b'), record('c')];
  const failures = (...ids: readonly string[]): Outcome => ({
    answer: JSON.stringify({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) }),
  });

  it('is made of records with their attributes', () => {
    expect(records[0]).toMatchObject({
      messageId: 'a',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-west-1:123456789012:q',
      attributes: { ApproximateReceiveCount: '2' },
    });
    const binary = toRecord({ MessageAttributes: { x: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2]) } } }, 'arn');
    expect(binary.messageAttributes).toEqual({ x: { dataType: 'Binary', binaryValue: 'AQI=', stringListValues: [], binaryListValues: [] } });
  });

  it('comes again as far as the function says, or as a whole when it failed or named what it was not given', () => {
    expect([...failedIds(records, failures('b'), true)]).toEqual(['b']);
    expect([...failedIds(records, failures(), true)]).toEqual([]);
    expect([...failedIds(records, { answer: 'null' }, true)]).toEqual([]);
    expect([...failedIds(records, failures('other'), true)]).toEqual(['a', 'b', 'c']);
    expect([...failedIds(records, { fault: { errorType: 'E', errorMessage: '' } }, true)]).toEqual(['a', 'b', 'c']);
    expect([...failedIds(records, failures('b'), false)]).toEqual([]);
  });
});

describe('the rules of the scheduler', () => {
  it('fire as often as they say, in order, by a clock that is set', async () => {
    const fired: string[] = [];
    const rule = (name: string, rate: string, enabled = true) => ({ name: `w-${name}`, rate, enabled, targets: [{ arn: 'arn', input: name }] });
    const clock = schedules(
      [rule('hourly', 'rate(1 hour)'), rule('often', 'rate(20 minutes)'), rule('off', 'rate(1 minute)', false)],
      'w',
      async ({ input }) => void fired.push(input),
    );
    await clock.advance(3_599_000);
    expect(fired).toEqual(['often', 'often']);
    await clock.advance(1_000);
    expect(fired.slice(2).sort()).toEqual(['hourly', 'often']);
    await clock.fire('off');
    expect(fired.at(-1)).toBe('off');
    await expect(clock.fire('none')).rejects.toThrow('there is no rule none');
    expect(() => rateMs('cron(0 0 * * ? *)')).toThrow('not kept here');
  });
});
