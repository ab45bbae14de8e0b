import { describe, it } from 'node:test';
import type { Context } from 'aws-lambda';
import { expect } from 'expect';
import { webRoutes } from '../../lib/edge/http/web-files.ts';
import { apiFunction } from '../../lib/runtime/api-function.ts';
import { invocations } from '../../lib/runtime/invocation.ts';
import { fromProxyResult, matchRoute, toProxyEvent } from '../support/cloud/api-event.ts';
import { synthesized } from '../support/infra.ts';

/** Bytes that no text is made of. */
const BYTES = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0xff, 0x00, 0xfe]);
const PAGE = '<!doctype html><title>é</title>';
const FILES: Readonly<Record<string, Buffer>> = {
  'logo.png': BYTES, 'favicon.ico': BYTES, 'assets/sans-0123abcd.woff2': BYTES,
  'assets/index-0123abcd.js': Buffer.from('export {};'), 'index.html': Buffer.from(PAGE),
};

describe('the function that serves the interface, behind API Gateway', () => {
  const binaryTypes = synthesized().resources('AWS::ApiGateway::RestApi')[0]?.Properties?.BinaryMediaTypes as readonly string[];
  const handler = apiFunction({
    telemetry: { log: () => {}, count: () => {}, span: (_name, work) => work() },
    invocations: invocations({ now: () => new Date() }),
    mode: null,
    originSecret: async () => null,
    finish: async () => {},
  }, webRoutes(async (path) => FILES[path]));

  /** What a browser gets that asks with these words. */
  async function ask(path: string, accept: string) {
    const rawHeaders = ['Host', 'windlass.example.com', 'Accept', accept];
    const matched = matchRoute([{ path: '/{proxy+}', method: 'ANY', functionName: 'web' }], 'GET', path);
    if (matched === undefined) throw new Error(`no route leads to ${path}`);
    const event = toProxyEvent({ method: 'GET', url: path, rawHeaders, body: Buffer.alloc(0), sourceIp: '192.0.2.1' }, matched, binaryTypes);
    const result = await handler(event, { awsRequestId: 'R', getRemainingTimeInMillis: () => 5000 } as Context);
    return fromProxyResult(JSON.stringify(result), accept, binaryTypes);
  }

  it('gives browsers the bytes of pictures and fonts, by whichever words they ask', async () => {
    expect((await ask('/logo.png', 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8')).body).toEqual(BYTES);
    expect((await ask('/favicon.ico', 'image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5')).body).toEqual(BYTES);
    expect((await ask('/assets/sans-0123abcd.woff2', '*/*')).body).toEqual(BYTES);
    expect((await ask('/assets/sans-0123abcd.woff2', 'application/font-woff2;q=1.0,*/*;q=0.8')).body).toEqual(BYTES);
  });

  it('gives them text as it is', async () => {
    expect((await ask('/stacks', 'text/html,application/xhtml+xml,*/*;q=0.8')).body.toString()).toBe(PAGE);
    expect((await ask('/assets/index-0123abcd.js', '*/*')).body.toString()).toBe('export {};');
  });
});
