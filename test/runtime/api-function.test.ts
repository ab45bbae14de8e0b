import { describe, it } from 'node:test';
import type { APIGatewayProxyResult, Context } from 'aws-lambda';
import { expect } from 'expect';
import { unavailable } from '../../lib/core/shared/errors.ts';
import { activeRoutes } from '../../lib/edge/http/health.ts';
import { route, router, type HttpRequest } from '../../lib/edge/http/router.ts';
import { apiFunction, type ApiNeeds } from '../../lib/runtime/api-function.ts';
import { invocations } from '../../lib/runtime/invocation.ts';
import { proxyEvent } from '../support/functions.ts';

const clock = { now: () => new Date() };

function anApi(changes: Partial<ApiNeeds> = {}) {
  const logged: string[] = [];
  const finished: string[] = [];
  const needs: ApiNeeds = {
    telemetry: { log: (_level, message) => void logged.push(message), count: () => {}, span: (_name, work) => work() },
    invocations: invocations(clock),
    mode: { isOff: async () => false },
    originSecret: async () => null,
    finish: async () => void finished.push('finished'),
    ...changes,
  };
  const handler = apiFunction(needs, [
    route('GET', '/health', async () => ({ status: 200, body: 'ok' })),
    route('GET', '/asleep', () => Promise.reject(unavailable('the database is starting', { retryAfterSeconds: 5 }))),
    route('GET', '/defect', () => Promise.reject(new TypeError('secret: hunter2'))),
    route('GET', '/endless', () => new Promise(() => {})),
    route('GET', '/:name', async (request) => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: request.remoteIp })),
  ]);
  const call = async (path: string, headers: Record<string, string> = {}, remainingMs = 5000): Promise<APIGatewayProxyResult> =>
    handler(proxyEvent('GET', path, { headers }), { awsRequestId: 'R', getRemainingTimeInMillis: () => remainingMs } as Context);
  return { call, logged, finished };
}

describe('a function behind the REST API', () => {
  it('answers by its routes, and ends what is to be done before it is frozen', async () => {
    const { call, finished } = anApi();

    expect(await call('/who')).toMatchObject({ statusCode: 200, body: '198.51.100.4', multiValueHeaders: { 'x-request-id': ['R'] } });
    expect(finished).toEqual(['finished']);
    expect(await call('/a/b')).toMatchObject({ statusCode: 404 });
  });

  it('says 503 and when to ask again while the database is away', async () => {
    expect(await anApi().call('/asleep')).toMatchObject({ statusCode: 503, multiValueHeaders: { 'retry-after': ['5'] }, body: '{"error":"the database is starting"}' });
  });

  it('says nothing of a defect but where to look it up', async () => {
    const { call, logged } = anApi();

    expect(await call('/defect')).toMatchObject({ statusCode: 500, body: '{"error":"something went wrong on our side","requestId":"R"}' });
    expect(logged).toEqual(['a request failed']);
  });

  it('says 503 maintenance while the installation is stopped, but to who asks for its health', async () => {
    const { call } = anApi({ mode: { isOff: async () => true } });

    expect(await call('/who')).toMatchObject({ statusCode: 503, body: '{"error":"maintenance"}', multiValueHeaders: { 'retry-after': ['60'] } });
    expect(await call('/health')).toMatchObject({ statusCode: 200 });
    expect(await anApi({ mode: null }).call('/who')).toMatchObject({ statusCode: 200 });
  });

  it('says in words when its time is over', async () => {
    expect(await anApi().call('/endless', {}, 600)).toMatchObject({ statusCode: 503, body: '{"error":"the answer took too long: try again in a few seconds"}' });
  });

  it('answers under its second name only to its own distribution', async () => {
    const { call } = anApi({ originSecret: async () => 'secret' });
    const host = 'origin.windlass.example.test';

    expect(await call('/who', { Host: host })).toMatchObject({ statusCode: 403 });
    expect(await call('/who', { Host: host, 'X-Windlass-Origin': 'guess' })).toMatchObject({ statusCode: 403 });
    expect(await call('/who', { Host: host, 'X-Windlass-Origin': 'secret', 'CloudFront-Viewer-Address': '203.0.113.9:443' })).toMatchObject({ statusCode: 200, body: '203.0.113.9' });
    expect(await call('/who', { Host: 'windlass.example.test' })).toMatchObject({ statusCode: 200, body: '198.51.100.4' });
  });

  it('says which of two regions serves', async () => {
    for (const [active, status] of [[true, 200], [false, 503]] as const) {
      expect((await router(activeRoutes(async () => active))({ method: 'GET', path: '/health/active' } as HttpRequest)).status).toBe(status);
    }
  });
});
