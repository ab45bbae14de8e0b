import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'expect';
import { emfCounters } from '../../../lib/adapters/aws/emf-counters.ts';
import { loadXray } from '../../../lib/adapters/aws/xray-sdk.ts';
import { xrayTelemetry } from '../../../lib/adapters/aws/xray.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);
const lines = { log: () => {}, count: () => {}, span: <T>(_name: string, work: () => Promise<T>) => work() };

const TRACE = '1-5f84c7a3-0123456789abcdef01234567';

/** A document as the daemon gets it. */
interface Document {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly trace_id: string;
  readonly parent_id: string;
  readonly namespace?: string;
  readonly fault?: boolean;
  readonly error?: boolean;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** In place of the daemon: what is sent to it is read, nothing is answered. */
async function startDaemon() {
  const socket = createSocket('udp4');
  const received: Document[] = [];
  socket.on('message', (message) => received.push(JSON.parse(message.toString('utf8').split('\n')[1] ?? '') as Document));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { received, address: `127.0.0.1:${socket.address().port}`, close: () => new Promise<void>((resolve) => socket.close(() => resolve())) };
}

/** Runs a function's code as its service does, with the library from the built layer. */
async function inFunction(code: string, environment: Readonly<Record<string, string>>): Promise<string> {
  const program = `
    import { loadXray } from ${JSON.stringify(join(root, 'lib/adapters/aws/xray-sdk.ts'))};
    import { xrayTelemetry } from ${JSON.stringify(join(root, 'lib/adapters/aws/xray.ts'))};
    import { observeCalls } from ${JSON.stringify(join(root, 'lib/adapters/aws/observed-calls.ts'))};
    import { unavailable } from ${JSON.stringify(join(root, 'lib/core/shared/errors.ts'))};
    import { SQSClient, ListQueuesCommand } from '@aws-sdk/client-sqs';
    const lines = { log() {}, count() {}, span: (_n, work) => work() };
    const telemetry = xrayTelemetry({ lines, sdk: loadXray(${JSON.stringify(join(root, 'dist/layers/telemetry/telemetry/xray.cjs'))}) });
    ${code}
    await new Promise((resolve) => setTimeout(resolve, 100));
  `;
  const { stdout, stderr } = await run(process.execPath, ['--no-warnings', '--input-type=module-typescript', '-e', program], {
    cwd: root,
    timeout: 60_000,
    env: { PATH: process.env.PATH, ...environment },
  });
  expect(stderr).toBe('');
  return stdout;
}

describe('tracing by X-Ray', () => {
  let daemon: Awaited<ReturnType<typeof startDaemon>>;
  let environment: Readonly<Record<string, string>>;
  const documents = () => daemon.received.splice(0);

  before(async () => {
    await mkdir(join(root, 'dist'), { recursive: true });
    await run(process.execPath, ['--no-warnings', join(root, 'bin/build-telemetry.ts')], { timeout: 120_000 });
    daemon = await startDaemon();
    environment = {
      LAMBDA_TASK_ROOT: '/var/task',
      AWS_XRAY_DAEMON_ADDRESS: daemon.address,
      _X_AMZN_TRACE_ID: `Root=${TRACE};Parent=0123456789abcdef;Sampled=1`,
    };
  });
  after(() => daemon.close());

  it("sends spans as parts of the function's trace, one inside the other", async () => {
    await inFunction(`await telemetry.span('POST /graphql', () => telemetry.span('inner', async () => {}));`, environment);
    const [inner, outer] = documents();
    expect(outer).toMatchObject({ name: 'POST /graphql', type: 'subsegment', trace_id: TRACE, parent_id: '0123456789abcdef' });
    expect(inner).toMatchObject({ name: 'inner', trace_id: TRACE, parent_id: outer?.id });
  });

  it('keeps two that go on at once apart, over timers and callbacks', async () => {
    await inFunction(
      `const slow = (name, ms) => telemetry.span(name, () => new Promise((resolve) => setTimeout(() => resolve(telemetry.span(name + '/part', async () => {})), ms)));
       await Promise.all([slow('a', 20), slow('b', 10)]);`,
      environment,
    );
    const found = documents();
    const idOf = (name: string) => found.find((document) => document.name === name)?.id;
    const parentOf = (name: string) => found.find((document) => document.name === name)?.parent_id;
    expect(parentOf('a/part')).toBe(idOf('a'));
    expect(parentOf('b/part')).toBe(idOf('b'));
    expect(parentOf('a')).toBe('0123456789abcdef');
  });

  it('marks what failed by its code and never by its words', async () => {
    await inFunction(
      `await telemetry.span('refused', async () => { throw unavailable('canary-words of ours'); }).catch(() => {});
       await telemetry.span('broken', async () => { throw new Error('canary-secret value'); }).catch(() => {});`,
      environment,
    );
    const found = documents();
    expect(found).toEqual([
      expect.objectContaining({ name: 'refused', error: true, annotations: { code: 'UNAVAILABLE' } }),
      expect.objectContaining({ name: 'broken', fault: true }),
    ]);
    expect(JSON.stringify(found)).not.toMatch(/canary/);
  });

  it('makes a part of each call of AWS', async () => {
    await inFunction(
      `const sqs = observeCalls(new SQSClient({ region: 'eu-west-1', endpoint: 'http://127.0.0.1:1', maxAttempts: 1, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }), 'SQS', telemetry);
       await sqs.send(new ListQueuesCommand({})).catch(() => {});`,
      environment,
    );
    expect(documents()).toEqual([expect.objectContaining({ name: 'SQS', namespace: 'aws', fault: true, annotations: { operation: 'ListQueues' } })]);
  });

  it('hands the trace to messages, with the span they were sent in', async () => {
    const header = await inFunction(`await telemetry.span('work', async () => process.stdout.write(telemetry.traceHeader()));`, environment);
    const [work] = documents();
    expect(header).toBe(`Root=${TRACE};Parent=${work?.id};Sampled=1`);
  });

  it('follows the trace of each call of a container', async () => {
    const next = TRACE.replace('5f84', '6f84');
    await inFunction(
      `await telemetry.span('first', async () => {});
       process.env._X_AMZN_TRACE_ID = 'Root=${next};Parent=fedcba9876543210;Sampled=1';
       await telemetry.span('second', async () => {});`,
      environment,
    );
    expect(documents().map(({ name, trace_id, parent_id }) => [name, trace_id, parent_id])).toEqual([
      ['first', TRACE, '0123456789abcdef'],
      ['second', next, 'fedcba9876543210'],
    ]);
  });

  it('sends nothing of a trace that is not sampled, and continues it so', async () => {
    const header = `Root=${TRACE};Parent=0123456789abcdef;Sampled=0`;
    expect(
      await inFunction(`await telemetry.span('work', async () => process.stdout.write(telemetry.traceHeader()));`, {
        ...environment,
        _X_AMZN_TRACE_ID: header,
      }),
    ).toBe(header);
    expect(documents()).toEqual([]);
  });

  it('does the work, without a word, where there is no trace', async () => {
    const { _X_AMZN_TRACE_ID: _, ...without } = environment;
    expect(await inFunction(`process.stdout.write(String(await telemetry.span('work', async () => 42)) + telemetry.traceHeader());`, without)).toBe(
      '42undefined',
    );
    const { LAMBDA_TASK_ROOT: __, ...outside } = without;
    expect(await inFunction(`process.stdout.write(String(await telemetry.span('work', async () => 42)));`, outside)).toBe('42');
    expect(documents()).toEqual([]);
  });

  it('does the work where the layer is missing', async () => {
    const telemetry = xrayTelemetry({ lines, sdk: loadXray('/nowhere/xray.cjs') });
    expect(await telemetry.span('work', async () => 42)).toBe(42);
  });
});

describe('counters of functions', () => {
  it('are lines that become metrics, whole and by their attributes', () => {
    const written: string[] = [];
    const count = emfCounters({ write: (line) => written.push(line), namespace: 'acme/product', now: () => new Date('2026-01-15T12:00:00Z') });
    count('SchedulerTick');
    count('DeadLetters', { queue: 'async' }, 2);
    expect(written.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        _aws: {
          Timestamp: 1768478400000,
          CloudWatchMetrics: [{ Namespace: 'acme/product', Dimensions: [[]], Metrics: [{ Name: 'SchedulerTick', Unit: 'Count' }] }],
        },
        SchedulerTick: 1,
      },
      {
        _aws: {
          Timestamp: 1768478400000,
          CloudWatchMetrics: [{ Namespace: 'acme/product', Dimensions: [[], ['queue']], Metrics: [{ Name: 'DeadLetters', Unit: 'Count' }] }],
        },
        queue: 'async',
        DeadLetters: 2,
      },
    ]);
    expect(written.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1)).toBe(true);
  });
});
