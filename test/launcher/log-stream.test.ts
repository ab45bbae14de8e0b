import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { expect } from 'expect';
import { LogStream, type LogLimits } from '../../lib/launcher/log-stream.ts';
import { ApiError } from '../../lib/launcher/server-api.ts';
import { scratchFolder } from '../support/scratch.ts';

describe('the log of a state', () => {
  let scratch: Awaited<ReturnType<typeof scratchFolder>>;
  let store: Map<string, Buffer>;
  let asked: { first: number; count: number }[];
  let gate: Promise<void> | undefined;
  let expiresInMs: number;
  let refuses: (url: string) => Error | undefined;
  beforeEach(async () => {
    scratch = await scratchFolder('log');
    store = new Map();
    asked = [];
    gate = undefined;
    expiresInMs = 3_600_000;
    refuses = () => undefined;
  });
  afterEach(() => scratch.remove());

  const stream = (options: { intervalMs?: number; limits?: Partial<LogLimits>; timestamps?: boolean; copy?: (at: Date, line: string) => void; onLost?: (error: unknown) => void } = {}) =>
    new LogStream({
      server: {
        async logUrls(stateVersion, first, count) {
          asked.push({ first, count });
          return { urls: Array.from({ length: count }, (_, n) => `${stateVersion}/${first + n}`), endUrl: `${stateVersion}/end`, expiresAt: new Date(Date.now() + expiresInMs).toISOString() };
        },
        async putChunk(url, body) {
          await gate;
          const refused = refuses(url);
          if (refused) throw refused;
          store.set(url, body);
        },
      },
      stateVersion: 3, settings: () => ({ intervalMs: options.intervalMs ?? 10_000 }), timestamps: () => options.timestamps ?? false, spoolFolder: join(scratch.path, 'spool'), copy: options.copy, ...(options.onLost ? { onLost: options.onLost } : {}), limits: options.limits ?? {},
    });
  const chunk = (n: number): string[] => gunzipSync(store.get(`3/${n}`) ?? '').toString().trimEnd().split('\n').map((line) => (JSON.parse(line) as { msg: string }).msg);
  const end = () => JSON.parse(store.get('3/end')?.toString() ?? 'null') as unknown;

  it('sends the first line at once, and what follows within the interval together at its end', async () => {
    const log = stream({ intervalMs: 60 });
    log.line('first');
    await sleep(20);
    expect(chunk(0)).toEqual(['first']);
    log.line('second');
    log.line('third');
    await sleep(5);
    expect(store.has('3/1')).toBe(false);
    await sleep(80);
    expect(chunk(1)).toEqual(['second', 'third']);
    await log.end();
    expect(end()).toEqual({ chunks: 2 });
  });

  it('sends a full chunk without waiting, numbers chunks without gaps, and asks for more addresses when they run out', async () => {
    const log = stream({ limits: { chunkBytes: 10 } });
    for (let n = 0; n < 30; n++) log.line(`a line of number ${n}`);
    await log.end();

    expect([...Array(30).keys()].flatMap(chunk)).toEqual([...Array(30).keys()].map((n) => `a line of number ${n}`));
    expect(asked).toEqual([{ first: 0, count: 8 }, { first: 8, count: 64 }]);
    expect(end()).toEqual({ chunks: 30 });
  });

  it('ends a log without lines', async () => {
    await stream().end();
    expect([...store.keys()]).toEqual(['3/end']);
    expect(end()).toEqual({ chunks: 0 });
  });

  it('is settled when the lines so far are stored, and takes more afterwards', async () => {
    const log = stream();
    log.line('one');
    await log.settled();
    expect(chunk(0)).toEqual(['one']);
    log.line('two');
    await log.end();
    expect(end()).toEqual({ chunks: 2 });
  });

  it('keeps chunks on disk while the store is out of reach, and removes them when sent', async () => {
    let open = () => {};
    gate = new Promise((resolve) => (open = resolve));
    const log = stream({ limits: { chunkBytes: 1, memoryBytes: 300 } });
    for (let n = 0; n < 20; n++) log.line(`line ${n}`);
    await sleep(20);
    expect(readdirSync(join(scratch.path, 'spool')).length).toBeGreaterThan(5);
    open();
    await log.end();

    expect([...Array(20).keys()].flatMap(chunk)).toEqual([...Array(20).keys()].map((n) => `line ${n}`));
    expect(readdirSync(join(scratch.path, 'spool'))).toEqual([]);
  });

  it('stops at its limit with one line that says so', async () => {
    const log = stream({ limits: { stateBytes: 30 } });
    for (let n = 0; n < 10; n++) log.line('ten bytes');
    await log.end();
    expect([...store.keys()].filter((key) => key !== '3/end').flatMap((key) => chunk(Number(key.slice(2))))).toEqual(['ten bytes', 'ten bytes', 'ten bytes', 'log limit reached']);
  });

  it('asks anew for addresses that are about to expire', async () => {
    expiresInMs = 1000;
    const log = stream({ limits: { chunkBytes: 1 } });
    log.line('a');
    await log.settled();
    log.line('b');
    await log.end();
    expect(asked.map(({ first }) => first)).toEqual(expect.arrayContaining([0, 1, 2]));
    expect(end()).toEqual({ chunks: 2 });
  });

  it('asks anew for addresses that die before their time, once for each, and sends what they refused', async () => {
    const dead = new Set(['3/0', '3/4', '3/end']);
    refuses = (url) => (dead.delete(url) ? new ApiError(403, 'bad_request', 'the object store answered 403', '<Error><Code>AccessDenied</Code></Error>') : undefined);
    const log = stream({ limits: { chunkBytes: 1 } });
    for (let n = 0; n < 6; n++) log.line(`line ${n}`);
    await log.end();

    expect([...Array(6).keys()].flatMap(chunk)).toEqual([...Array(6).keys()].map((n) => `line ${n}`));
    expect(end()).toEqual({ chunks: 6 });
    expect(asked.map(({ first }) => first)).toEqual([0, 0, 4, 6]);
  });

  it('is lost when new addresses are refused as well', async () => {
    const lost: unknown[] = [];
    refuses = () => new ApiError(403, 'bad_request', 'the object store answered 403', '');
    const log = stream({ onLost: (error) => lost.push(error) });
    log.line('x');
    await log.end();

    expect(lost).toHaveLength(1);
    expect(asked).toHaveLength(2);
  });

  it('copies lines with their time when asked to', async () => {
    const copied: string[] = [];
    const log = stream({ timestamps: true, copy: (_at, line) => copied.push(line) });
    log.line('x');
    await log.end();
    expect(copied).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z x$/)]);
    expect(chunk(0)).toEqual(copied);
  });

  it('lets the run go on when a part is lost for good', async () => {
    const lost: unknown[] = [];
    gate = Promise.reject(new Error('gone'));
    gate.catch(() => undefined);
    const log = stream({ onLost: (error) => lost.push(error) });
    log.line('x');
    await log.settled();
    log.line('y');
    await log.end();
    expect(lost).toHaveLength(1);
    expect(existsSync(join(scratch.path, 'spool'))).toBe(false);
  });
});
