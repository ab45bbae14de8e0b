import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { setAuditWebhook } from '../../../lib/core/audit/actions/manage-audit-webhook.ts';
import { chunkKey, encodeChunk } from '../../../lib/core/handovers/run-log.ts';
import { tellRun } from '../../../lib/core/notifications/actions/tell-run.ts';
import { runAdvanced } from '../../../lib/core/runs/run-messages.ts';
import { cancelRun } from '../../../lib/core/runs/actions/cancel-run.ts';
import { discardRun } from '../../../lib/core/runs/actions/discard-run.ts';
import type { Run } from '../../../lib/core/runs/run.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { createNamedWebhook } from '../../../lib/core/webhooks/actions/manage-named-webhook.ts';
import { createStackWebhook } from '../../../lib/core/webhooks/actions/manage-stack-webhook.ts';
import { adminActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { aPolicy, needsEngine } from '../../support/policy-builders.ts';
import { aReceiver, type Receiver } from '../../support/receiver.ts';
import { aStackOfItsOwn, insertTestRun } from '../../support/run-builders.ts';
import { anAccount, aSpace } from '../../support/stack-builders.ts';

describe('what is told of runs', () => {
  let app: TestApp;
  let receiver: Receiver;
  let stack: Stack;
  const admin = adminActor();

  before(async () => {
    app = await testApp();
    await anAccount(app);
    await aSpace(app, { id: 'team' });
    await aSpace(app, { id: 'apart', inheritEntities: false });
  });
  after(() => app.close());
  beforeEach(async () => {
    for (const table of ['policies', 'webhooks', 'messages', 'notifications', 'undelivered_notices', 'runs'] as const) await app.ports.db.sql.deleteFrom(table).execute();
    stack = await aStackOfItsOwn(app, { spaceId: 'team', labels: ['a'], description: 'The net' });
    await receiver?.close();
    receiver = await aReceiver();
  });
  after(() => receiver.close());

  const waiting = (changes: Partial<Run> = {}) => insertTestRun(app, stack, { state: 'UNCONFIRMED', delta: { addCount: 1, changeCount: 2, deleteCount: 3, importCount: 0, moveCount: 0, forgetCount: 0, resources: 9 }, ...changes });
  const named = (name: string, changes: object = {}) => createNamedWebhook(app.ports, admin, { name, enabled: true, endpoint: `${receiver.url}/${name}`, labels: [], space: 'root', ...changes });
  const inbox = () => app.ports.db.sql.selectFrom('notifications').select(['title', 'body', 'severity', 'space_id', 'stack_id', 'run_id', 'policy_id', 'times']).orderBy('id').execute();
  async function discarded(changes: Partial<Run> = {}): Promise<Run> {
    const run = await waiting(changes);
    await discardRun(app.ports, admin, { stackId: stack.id, runId: run.id, note: 'not now' });
    await app.drain();
    return run;
  }

  it('is nothing where nobody listens: one statement, and no message', async () => {
    const run = await waiting();
    await app.ports.queue.enqueue(app.ports.db.sql, runAdvanced, { runId: run.id, stackId: stack.id, stateVersion: run.stateVersion });
    expect((await app.drain()).map(({ name }) => name)).toEqual(['run.advanced']);
  });

  it('goes to the webhooks of the stack with the default body, each step once', async () => {
    await createStackWebhook(app.ports, admin, { stackId: stack.id, enabled: true, endpoint: `${receiver.url}/on`, secret: '' });
    await createStackWebhook(app.ports, admin, { stackId: stack.id, enabled: false, endpoint: `${receiver.url}/off`, secret: '' });
    const run = await discarded();
    await tellRun(app.ports, { runId: run.id, stateVersion: run.stateVersion + 1 });
    await app.drain();

    expect(receiver.received.map(({ path, method }) => [method, path])).toEqual([['POST', '/on']]);
    expect(receiver.bodies()[0]).toEqual({
      account: 'acme',
      state: 'DISCARDED',
      stateVersion: run.stateVersion + 2,
      timestamp: Math.floor(app.clock.now().getTime() / 1000),
      run: {
        id: run.id, branch: 'main', type: 'TRACKED', triggeredBy: null, createdAt: Math.floor(run.createdAt.getTime() / 1000), delta: { added: 1, changed: 2, deleted: 3, resources: 9 },
        commit: { authorLogin: 'ada', authorName: 'Ada', hash: run.commit.hash, message: run.commit.message, timestamp: run.commit.timestamp, url: run.commit.url },
      },
      stack: { id: stack.id, name: stack.name, description: 'The net', labels: ['a'] },
    });
  });

  it('counts states from 1, and tells all of them', async () => {
    await createStackWebhook(app.ports, admin, { stackId: stack.id, enabled: true, endpoint: receiver.url, secret: '' });
    const run = await insertTestRun(app, stack, { state: 'QUEUED' });
    await app.ports.queue.enqueue(app.ports.db.sql, runAdvanced, { runId: run.id, stackId: stack.id, stateVersion: 0 });
    await app.drain();
    await cancelRun(app.ports, admin, { stackId: stack.id, runId: run.id });
    await app.drain();
    expect(receiver.bodies().map(({ state, stateVersion }) => [state, stateVersion])).toEqual([['QUEUED', 1], ...receiver.bodies().slice(1).map(({ state, stateVersion }) => [state, stateVersion])]);
    expect(receiver.bodies().at(-1)).toMatchObject({ state: 'CANCELED' });
  });

  it('goes to the audit webhook too where it includes runs', async () => {
    await setAuditWebhook(app.ports, admin, { enabled: true, endpoint: receiver.url, includeRuns: true, secret: '' });
    receiver.received.length = 0;
    const run = await discarded();
    const states = receiver.bodies().filter(({ data }) => data.args.State === 'DISCARDED');
    expect(states).toEqual([expect.objectContaining({ action: 'run.discarded', actor: 'admin', context: {}, data: { ID: run.id, args: { Stack: stack.id, State: 'DISCARDED', StateVersion: run.stateVersion + 2, Type: 'TRACKED', Note: 'not now' } } })]);
  });

  describe('through notification policies', needsEngine, () => {
    it('of its space and those above it, not of others', async () => {
      const rego = (title: string) => `inbox contains {"title": "${title}", "body": input.run_updated.stack.name} if input.run_updated.state == "DISCARDED"`;
      await aPolicy(app, 'NOTIFICATION', rego('root'), { space: 'root' });
      await aPolicy(app, 'NOTIFICATION', rego('team'), { space: 'team' });
      await aPolicy(app, 'NOTIFICATION', rego('apart'), { space: 'apart' });
      const run = await discarded();
      expect((await inbox()).map(({ title }) => title).sort()).toEqual(['root', 'team']);
      expect((await inbox())[0]).toMatchObject({ severity: 'INFO', body: stack.name, space_id: 'team', stack_id: stack.id, run_id: run.id, times: 1 });
    });

    it('with the documented input', async () => {
      await named('hook', { labels: ['runs'] });
      await named('elsewhere', { space: 'apart' });
      await aPolicy(app, 'PLAN', 'warn contains "beware"', { stack: stack.id });
      await aPolicy(app, 'NOTIFICATION', 'webhook contains {"endpoint_id": "hook", "payload": input} if input.run_updated.state == "DISCARDED"');
      const run = await waiting();
      app.clock.advance(2_000);
      await discardRun(app.ports, admin, { stackId: stack.id, runId: run.id, note: 'not now' });
      await app.drain();

      const [{ account, webhook_endpoints, run_updated }] = receiver.bodies();
      expect({ account, webhook_endpoints }).toEqual({ account: { name: 'acme' }, webhook_endpoints: [{ id: 'hook', labels: ['runs'] }] });
      expect(Object.keys(run_updated).sort()).toEqual(['note', 'plan_policy_decision', 'policy_receipts', 'run', 'stack', 'state', 'timing', 'urls', 'username']);
      expect(run_updated).toMatchObject({
        state: 'DISCARDED', username: 'admin', note: 'not now', urls: { run: `http://127.0.0.1:1983/stack/${stack.id}/run/${run.id}` }, plan_policy_decision: { deny: [], warn: [] }, policy_receipts: [],
        timing: [{ state: 'UNCONFIRMED', duration: 2_000_000_000 }],
        run: { id: run.id, state: 'DISCARDED', type: 'TRACKED', states_history: [{ new_state: 'UNCONFIRMED' }, { new_state: 'DISCARDED', note: 'not now' }], policy_receipts: [] },
        stack: { id: stack.id, autoretry: false, labels: ['a'], space: { id: 'team' } },
      });
    });

    it('to the webhook they choose, with method, headers, payload and logs in it', async () => {
      const hook = await named('hook', { labels: ['runs'] });
      await named('other', { labels: [] });
      await aPolicy(app, 'NOTIFICATION', `
run := input.run_updated.run
slack contains {"channel_id": "C1", "message": sprintf("%s: %s", [input.run_updated.stack.name, run.state]), "thread_key": run.id} if run.state in {"FAILED", "DISCARDED"}
webhook contains {"endpoint_id": e.id, "method": "PUT", "headers": {"x-stack": input.run_updated.stack.id}, "payload": {"log": "spacelift::logs::planning"}} if {
  some e in input.webhook_endpoints
  "runs" in e.labels
  run.state == "DISCARDED"
}`);
      const run = await waiting();
      await app.ports.db.sql.insertInto('run_history').values({ run_id: run.id, state_version: 4, state: 'PLANNING', at: run.updatedAt, has_logs: true, terminal: false }).execute();
      for (const [sequence, message] of ['one\n', 'two\n'].entries()) await app.ports.objects.put('run-logs', chunkKey({ runId: run.id, stateVersion: 4 }, sequence), encodeChunk([{ message, timestamp: 1 }]));
      await discardRun(app.ports, admin, { stackId: stack.id, runId: run.id });
      await app.drain();

      expect(receiver.received.map(({ method, path, headers, body }) => [method, path, headers['x-stack'], body])).toEqual([['PUT', '/hook', stack.id, '{"log":"one\\ntwo\\n"}']]);
      expect(await app.ports.db.sql.selectFrom('undelivered_notices').select(['kind', 'run_id', 'notice', 'reason']).execute()).toEqual([
        { kind: 'slack', run_id: run.id, notice: { channel_id: 'C1', message: `${stack.name}: DISCARDED`, thread_key: run.id }, reason: 'no chat workspace is connected' },
      ]);
      expect(hook.id).toBe('hook');
    });

    it('each distinct object once over all policies; without a payload with the default body', async () => {
      await named('hook');
      for (const name of ['a', 'b']) await aPolicy(app, 'NOTIFICATION', `webhook contains {"endpoint_id": "hook"} if input.run_updated.state == "DISCARDED"\npull_request contains {"commit": input.run_updated.run.commit.hash, "body": "${name}"} if input.run_updated.state == "DISCARDED"`);
      await discarded();
      expect(receiver.bodies()).toEqual([expect.objectContaining({ account: 'acme', state: 'DISCARDED' })]);
      expect((await app.ports.db.sql.selectFrom('undelivered_notices').select('kind').execute()).map(({ kind }) => kind)).toEqual(['pull_request', 'pull_request']);
    });

    it('cuts a log that would not fit', async () => {
      await named('hook');
      await aPolicy(app, 'NOTIFICATION', 'webhook contains {"endpoint_id": "hook", "payload": "spacelift::logs::planning"} if input.run_updated.state == "DISCARDED"');
      const run = await waiting();
      await app.ports.db.sql.insertInto('run_history').values({ run_id: run.id, state_version: 4, state: 'PLANNING', at: run.updatedAt, has_logs: true, terminal: false }).execute();
      for (let sequence = 0; sequence < 4; sequence++) await app.ports.objects.put('run-logs', chunkKey({ runId: run.id, stateVersion: 4 }, sequence), encodeChunk([{ message: '"\u0001'.repeat(200_000), timestamp: 1 }]));
      await discardRun(app.ports, admin, { stackId: stack.id, runId: run.id });
      await app.drain();
      expect(Buffer.byteLength(receiver.received[0]?.body ?? '')).toBeLessThan(1024 * 1024);
      expect(receiver.bodies()[0]).toMatch(/the rest of the log is left out\)$/);
    });

    it('an endpoint that is unknown, out of reach or turned off gets nothing; all but the last are internal errors', async () => {
      await named('far', { space: 'apart' });
      await named('off', { enabled: false });
      await aPolicy(app, 'NOTIFICATION', 'webhook contains {"endpoint_id": id} if { some id in ["nowhere", "far", "off"]; input.run_updated.state == "DISCARDED" }');
      await discarded();
      expect(receiver.received).toEqual([]);
      expect((await inbox()).map(({ title, body }) => [title, body]).sort()).toEqual([
        ['Notification Not Sent', 'there is no webhook "far" in reach of space team'],
        ['Notification Not Sent', 'there is no webhook "nowhere" in reach of space team'],
      ]);
    });

    it('one that fails is an entry of the inbox, and the others are heard', async () => {
      await aPolicy(app, 'NOTIFICATION', 'inbox contains {"title": "fine", "body": ""} if input.run_updated.state == "DISCARDED"');
      await aPolicy(app, 'NOTIFICATION', 'k := n if { some n in [1, 2]; input.run_updated.state == "DISCARDED" }\ninbox contains {"title": "never", "body": ""} if k > 0', { name: 'broken' });
      await discarded();
      const entries = await inbox();
      expect(entries.map(({ title }) => title).sort()).toEqual(['Policy Evaluation Failed', 'fine']);
    });

    it('the same object told again is no second delivery', async () => {
      await named('hook');
      await aPolicy(app, 'NOTIFICATION', 'webhook contains {"endpoint_id": "hook"} if input.run_updated.state == "DISCARDED"');
      const run = await discarded();
      await tellRun(app.ports, { runId: run.id, stateVersion: run.stateVersion + 1 });
      await app.drain();
      expect(receiver.received.length).toBe(1);
    });
  });
});
