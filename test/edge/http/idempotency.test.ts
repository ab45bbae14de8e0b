import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { sweepWorkers } from '../../../lib/core/workers/actions/sweep-workers.ts';
import { conflict } from '../../../lib/core/shared/errors.ts';
import { idempotent } from '../../../lib/edge/http/idempotency.ts';
import { jsonResponse, route, type HttpResponse } from '../../../lib/edge/http/router.ts';
import { workerHandler } from '../../../lib/edge/http/worker-request.ts';
import { senderTo } from '../../support/edge-requests.ts';
import { workersApp, type WorkersApp } from '../../support/worker-builders.ts';

describe('a call with an idempotency key', () => {
  let app: WorkersApp;
  before(async () => {
    app = await workersApp();
  });
  after(() => app.close());

  /** A call that answers with how often its work was done, for the worker named in the path. */
  function counting(work: (times: number) => Promise<HttpResponse> | HttpResponse = (times) => jsonResponse(200, { times })) {
    let times = 0;
    const send = senderTo(
      [
        route(
          'POST',
          '/:worker/things/*rest',
          workerHandler(app.ports, (request, { worker = '' }) => idempotent(app.ports, worker, request, async () => work(++times))),
        ),
      ],
      app,
    );
    return (
      key: string | undefined,
      options: { readonly worker?: string; readonly path?: string; readonly body?: string; readonly lease?: string } = {},
    ) =>
      send('POST', `/${options.worker ?? 'w1'}/things/${options.path ?? 'a'}`, {
        headers: {
          ...(key === undefined ? {} : { 'idempotency-key': key }),
          ...(options.lease === undefined ? {} : { 'x-run-lease': options.lease }),
        },
        body: options.body ?? '{"x":1}',
      });
  }

  it('is done once; a repetition gets the first answer', async () => {
    const call = counting();
    const [first, second] = [await call('K1'), await call('K1')];
    expect(first.json()).toEqual({ times: 1 });
    expect({ status: second.status, text: second.text, type: second.headers['content-type'] }).toEqual({
      status: 200,
      text: first.text,
      type: first.headers['content-type'],
    });
    expect((await call('K2')).json()).toEqual({ times: 2 });
  });

  it('keeps an answer without a body as well', async () => {
    const call = counting(() => ({ status: 204 }));
    await call('K3');
    const again = await call('K3');
    expect({ status: again.status, text: again.text }).toEqual({ status: 204, text: '' });
  });

  it('refuses the key with another body, path or lease', async () => {
    const call = counting();
    await call('K4', { lease: '1' });
    for (const other of [{ body: '{"x":2}', lease: '1' }, { path: 'b', lease: '1' }, { lease: '2' }]) {
      const answer = await call('K4', other);
      expect({ status: answer.status, body: answer.json() }).toEqual({
        status: 422,
        body: { error: { code: 'idempotency_mismatch', message: expect.any(String) } },
      });
    }
  });

  it('is another for another worker', async () => {
    const call = counting();
    await call('K5', { worker: 'w1' });
    expect((await call('K5', { worker: 'w2' })).json()).toEqual({ times: 2 });
  });

  it('without a key is done each time', async () => {
    const call = counting();
    await call(undefined);
    expect((await call(undefined)).json()).toEqual({ times: 2 });
  });

  it('is done once of ten at once; the others are told to come back', async () => {
    const gate = Promise.withResolvers<undefined>();
    const call = counting(async (times) => {
      await gate.promise;
      return jsonResponse(200, { times });
    });
    const answering = Array.from({ length: 10 }, () => call('K6'));
    let refused = 0;
    // The one at work answers only when all others were told.
    for (const one of answering) void one.then(({ status }) => status === 429 && ++refused === 9 && gate.resolve(undefined));
    const answers = await Promise.all(answering);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expect({
        status: answer.status,
        after: answer.headers['retry-after'],
        code: (answer.json() as { error: { code: string } }).error.code,
      }).toEqual({ status: 429, after: '1', code: 'slow_down' });
    }
    expect((await call('K6')).json()).toEqual({ times: 1 });
  });

  it('that came to nothing may be tried again', async () => {
    const call = counting((times) => {
      if (times === 1) throw conflict('not now');
      return jsonResponse(200, { times });
    });
    expect((await call('K7')).status).toBe(409);
    expect((await call('K7')).json()).toEqual({ times: 2 });
  });

  it('is free again when the server died over it, and forgotten after a day', async () => {
    const begun = Promise.withResolvers<undefined>();
    const call = counting((times) => {
      if (times > 1) return jsonResponse(200, { times });
      begun.resolve(undefined);
      return new Promise<HttpResponse>(() => {});
    });
    void call('K8');
    await begun.promise;
    expect((await call('K8')).status).toBe(429);
    app.clock.advance(30_000);
    expect((await call('K8')).json()).toEqual({ times: 2 });
    app.clock.advance(24 * 3_600_000 - 1000);
    expect((await call('K8')).json()).toEqual({ times: 2 });
    app.clock.advance(1000);
    await sweepWorkers(app.ports);
    expect(await app.ports.db.sql.selectFrom('idempotency_keys').select('key').execute()).toEqual([]);
  });

  it('does not keep what is too large for a row', async () => {
    const call = counting((times) => jsonResponse(200, { times, text: 'x'.repeat(60_000) }));
    await call('K9');
    expect((await call('K9')).json()).toMatchObject({ times: 2 });
  });

  it('refuses a key that is none', async () => {
    expect((await counting()('k'.repeat(65))).status).toBe(400);
  });
});
