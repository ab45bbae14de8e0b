import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'expect';
import { otelTelemetry } from '../../../lib/adapters/otel/otel-telemetry.ts';
import { openOtelTracer } from '../../../lib/adapters/otel/otel-tracer.ts';
import { unavailable } from '../../../lib/core/shared/errors.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);

describe('tracing by OpenTelemetry', () => {
  let receiver: Awaited<ReturnType<typeof startOtlpReceiver>>;
  before(async () => {
    receiver = await startOtlpReceiver();
  });
  after(() => receiver.close());

  const open = (endpoint = receiver.endpoint) => {
    const logged: unknown[] = [];
    const lines = {
      log: (...args: unknown[]) => void logged.push(args),
      count: (...args: unknown[]) => void logged.push(args),
      span: <T>(_: string, work: () => Promise<T>) => work(),
    };
    const tracer = openOtelTracer({ endpoint, serviceName: 'windlass', version: '6.0.0' });
    return { tracer, telemetry: otelTelemetry({ lines, tracer }), logged };
  };
  const sent = () => receiver.spans.splice(0);

  it('sends spans to the collector, one inside the other, also of two that go on at once', async () => {
    const { tracer, telemetry } = open();
    const work = (name: string, ms: number) => telemetry.span(name, () => delay(ms).then(() => telemetry.span(`${name}/part`, async () => {})));
    await Promise.all([work('a', 20), work('b', 10)]);
    await tracer.flush();
    const spans = sent();
    const find = (name: string) => spans.find((span) => span.name === name);
    expect(spans).toHaveLength(4);
    for (const name of ['a', 'b']) {
      expect(find(`${name}/part`)?.parentId).toBe(find(name)?.spanId);
      expect(find(`${name}/part`)?.traceId).toBe(find(name)?.traceId);
      expect(find(name)).toMatchObject({ parentId: '', service: 'windlass' });
    }
    expect(find('a')?.traceId).not.toBe(find('b')?.traceId);
    await tracer.close();
  });

  it('continues a span of another process, and passes over what names none', async () => {
    const { tracer, telemetry } = open();
    await telemetry.span('message a', async () => {}, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
    await telemetry.span('message b', async () => {}, 'no trace');
    await telemetry.span('message c', async () => {}, `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`);
    await tracer.close();
    expect(sent()).toEqual([
      expect.objectContaining({ name: 'message a', traceId: '0af7651916cd43dd8448eb211c80319c', parentId: 'b7ad6b7169203331' }),
      expect.objectContaining({ name: 'message b', parentId: '' }),
      expect.objectContaining({ name: 'message c', parentId: '' }),
    ]);
  });

  it('marks what failed by its code and never by its words', async () => {
    const { tracer, telemetry } = open();
    await expect(telemetry.span('refused', () => Promise.reject(unavailable('canary-words')))).rejects.toThrow('canary-words');
    await expect(telemetry.span('broken', () => Promise.reject(new Error('canary-secret')))).rejects.toThrow('canary-secret');
    await tracer.close();
    expect(sent()).toEqual([
      expect.objectContaining({ name: 'refused', isError: true, attributes: { 'error.code': 'UNAVAILABLE' } }),
      expect.objectContaining({ name: 'broken', isError: true, attributes: {} }),
    ]);
    expect(receiver.sent()).not.toContain('canary');
  });

  it('leaves lines and counters where they went', () => {
    const { telemetry, logged } = open();
    telemetry.log('info', 'run confirmed', { runId: 'r' });
    telemetry.count('run.steps', { state: 'FINISHED' });
    expect(logged).toEqual([
      ['info', 'run confirmed', { runId: 'r' }],
      ['run.steps', { state: 'FINISHED' }, undefined],
    ]);
  });

  it('does the work while the collector is away', async () => {
    const { tracer, telemetry } = open('http://127.0.0.1:1');
    expect(await telemetry.span('work', async () => 42)).toBe(42);
    await tracer.close();
  });

  it('is one file for the layer of functions, which works with nothing beside it', async () => {
    await run(process.execPath, ['--no-warnings', join(root, 'bin/build-telemetry.ts')], { timeout: 120_000 });
    const program = `const { openOtelTracer } = require(${JSON.stringify(join(root, 'dist/layers/telemetry-otel/telemetry/otel.cjs'))});
      const tracer = openOtelTracer({ endpoint: ${JSON.stringify(receiver.endpoint)}, serviceName: 'layer', version: '1' });
      tracer.start('from the layer').end();
      tracer.close();`;
    await run(process.execPath, ['-e', program], { cwd: '/', timeout: 30_000, env: {} });
    expect(sent()).toEqual([expect.objectContaining({ name: 'from the layer', service: 'layer' })]);
  });
});
