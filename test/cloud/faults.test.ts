import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { QUEUES, type QueueName } from '../../lib/core/shared/queues.ts';
import { QUEUE_VARIABLES } from '../../lib/core/shared/function-variables.ts';
import { signIn, type Api } from '../../lib/demo/api.ts';
import { ulid } from '../../lib/launcher/ulid.ts';
import { errorAnswer, type AwsCall } from '../support/aws-proxy.ts';
import { refusing } from '../support/aws.ts';
import { bareWorker, type BareWorker } from '../support/bare-worker.ts';
import { adminKey, makePool } from '../support/cloud-platform.ts';
import type { Invocation } from '../support/cloud/function-pool.ts';
import { startCloud, type Cloud } from '../support/cloud.ts';
import { resuming } from '../support/data-api.ts';
import { eventually } from '../support/eventually.ts';
import type { TestStack } from '../support/platform.ts';
import { stacksOver } from '../support/platform-stacks.ts';
import { needsMoto, needsNamespaces, needsPostgres } from '../support/requirements.ts';
import { scratchFolder } from '../support/scratch.ts';
import { serveRepositories, type ServedRepositories } from '../support/served-repositories.ts';

const MINUTE_MS = 60_000;
const HOOK = join('infrastructure.git', 'hooks', 'post-receive');

describe('the serverless installation, when something goes wrong', { ...needsMoto, ...needsPostgres, ...needsNamespaces, timeout: 900_000 }, () => {
  let cloud: Cloud;
  let repositories: ServedRepositories;
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let api: Api;
  let stack: TestStack;
  let worker: BareWorker;
  let pool: Awaited<ReturnType<typeof makePool>>;
  let key: { readonly id: string; readonly secret: string };
  const invocations: Invocation[] = [];

  before(async () => {
    [repositories, cloud, folder] = await Promise.all([
      serveRepositories(),
      startCloud({ onInvocation: (invocation) => void invocations.push(invocation) }),
      scratchFolder('faults'),
    ]);
    key = await adminKey(cloud);
    api = await signIn(cloud.url, key, 'other');
    pool = await makePool(api, 'private');
    worker = bareWorker(pool.token, pool.privateKeyPem);
    expect((await worker.register()).status).toBe(200);
    stack = await makeStack('network');
  });
  after(async () => {
    await cloud.stop();
    await repositories.close();
    await folder.remove();
  });

  const makeStack = (name: string) =>
    stacksOver({ folder: folder.path, live: () => api, api: () => api, always: { workerPool: pool.id }, addressOf: (path) => repositories.addressOf(path) })(
      name,
      { 'main.tf': '' },
    );
  const runsOf = async (hash: string): Promise<number> =>
    (await stack.query<{ runs: readonly { commit: { hash: string } }[] }>('runs { commit { hash } }')).runs.filter((run) => run.commit.hash === hash).length;
  const hasRun = (hash: string) => eventually(`a run of ${hash}`, async () => (await runsOf(hash)) > 0);
  let commits = 0;
  const commit = () => stack.push({ 'README.md': `commit ${++commits}\n` });
  const logIn = () => fetch(`${cloud.url}/admin-login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(cloud.admin) });
  const queueUrl = (queue: QueueName): string =>
    cloud.parts.functions.get(`${cloud.config.prefix}-drain-dlq`)?.environment[QUEUE_VARIABLES[queue]] ??
    cloud.parts.functions.get(`${cloud.config.prefix}-drain-cron`)?.environment[QUEUE_VARIABLES[queue]] ??
    '';

  const deadBucket = (): string | undefined =>
    [...cloud.parts.functions.values()]
      .map(({ environment }) => environment.OBJECT_STORAGE_BUCKET_LARGE_QUEUE_MESSAGES ?? '')
      .find((each) => each.startsWith(`${cloud.config.prefix}-large-queue-messages`));

  async function deadOf(queue: QueueName): Promise<readonly string[]> {
    const { Contents: found = [] } = await cloud.clients.s3.send(new ListObjectsV2Command({ Bucket: deadBucket(), Prefix: `dead/${queue}/` }));
    return found.map(({ Key: object = '' }) => object);
  }

  async function send(queue: QueueName, text: string, group = 'poison'): Promise<string> {
    const ordered = QUEUES[queue].fifo ? { MessageGroupId: group, MessageDeduplicationId: `${group}-${Math.random()}` } : {};
    const { MessageId: id = '' } = await cloud.clients.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(queue), MessageBody: text, ...ordered }));
    return id;
  }

  /** What the rule of the broker makes of a heartbeat. */
  const report = () => ({
    worker_pool_ulid: worker.token.worker_pool,
    worker_ulid: worker.id,
    timestamp: Date.now(),
    v: 1,
    type: 'heartbeat',
    id: ulid(),
    ts: new Date().toISOString(),
    bootId: ulid(),
    seq: 1,
    state: 'idle',
  });

  async function waitingIn(url: string): Promise<number> {
    const { Attributes: counts = {} } = await cloud.clients.sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
    return (
      Number(counts.ApproximateNumberOfMessages) + Number(counts.ApproximateNumberOfMessagesNotVisible) + Number(counts.ApproximateNumberOfMessagesDelayed)
    );
  }

  it('a message that nobody can read, in each queue: it is kept as a dead letter, and all others are handled', async () => {
    const names = Object.keys(QUEUES) as QueueName[];
    const ids = await Promise.all(names.map((queue) => send(queue, 'no message of ours')));
    const hash = await commit();

    await hasRun(hash);
    await cloud.quiet();

    for (const [index, queue] of names.entries()) expect({ queue, dead: await deadOf(queue) }).toEqual({ queue, dead: [`dead/${queue}/${ids[index]}.json`] });
    for (const name of ['dlq', 'dlq.fifo']) expect(await waitingIn(cloud.queueUrl(name))).toBe(0);
  });

  it('a message whose body is gone from the object store is a dead letter', async () => {
    const gone = {
      id: '01HZX0000000000000000000ZZ',
      type: 'run.advanced',
      hops: 0,
      claim: { bucket: 'large-queue-messages', key: 'ab/01HZX0000000000000000000ZZ', sha256: '0'.repeat(64), bytes: 300_000 },
    };
    const id = await send('async', JSON.stringify(gone));

    await cloud.quiet();

    expect(await deadOf('async')).toContain(`dead/async/${id}.json`);
  });

  it('a delivery of five MiB is turned away in words, and the push behind it is found by the next look at the repositories', async () => {
    const hash = await stack.repository.commit('main', 'large', { 'README.md': 'from a large delivery\n' });
    await rm(join(folder.path, 'git', 'network', HOOK));
    await stack.repository.push('main');
    await stack.repository.installHook(stack.hookUrl);

    const response = await fetch(stack.hookUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ after: hash, padding: 'x'.repeat(5 * 1024 * 1024) }),
    });
    expect(response.status).toBe(413);
    await cloud.fire('vcs-sweep');
    await cloud.quiet();

    await hasRun(hash);
  });

  it('a database that is paused: whoever signs in waits for it, deliveries are taken at once, and nothing is lost', async () => {
    let paused = true;
    const stop = cloud.database.onCall(() => (paused ? resuming() : undefined));
    setTimeout(() => (paused = false), 2_500).unref();

    const [login, claim, delivery] = await Promise.all([
      logIn(),
      worker.call('POST', '/claim'),
      fetch(stack.hookUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }).then(({ status }) => ({ status, paused })),
    ]);
    stop();

    expect(login.status).toBe(200);
    expect([200, 204]).toContain(claim.status);
    expect(delivery).toEqual({ status: 202, paused: true });
    await cloud.quiet();
    // What came while nobody had patience left comes again.
    await cloud.advance(30_000);
    await eventually('deliveries to be handled', async () => (await waitingIn(queueUrl('webhooks'))) === 0);
  });

  it('a database that stays paused for longer than anyone has time: whoever asks is told when to come again, and then it works', async () => {
    const asking = bareWorker(pool.token, pool.privateKeyPem);
    expect((await asking.register()).status).toBe(200);
    let paused = true;
    const stop = cloud.database.onCall(() => (paused ? resuming() : undefined));
    setTimeout(() => (paused = false), 25_000).unref();
    const began = performance.now();
    const told = async (answer: Promise<Response>) => {
      const { status, headers } = await answer;
      return { status, retryAfter: headers.get('retry-after'), seconds: Math.round((performance.now() - began) / 1000) };
    };
    const claim = () => fetch(`${asking.token.api}/worker/v1/claim`, {
      method: 'POST', body: '{}',
      headers: { authorization: `Bearer ${asking.session}`, 'content-type': 'application/json', 'x-launcher-version': '6.0.0', 'idempotency-key': ulid() },
    });

    const [login, claimed, delivery] = await Promise.all([
      told(logIn()),
      told(claim()),
      told(fetch(stack.hookUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })),
    ]);
    expect(login).toEqual({ status: 503, retryAfter: '5', seconds: expect.any(Number) });
    expect(claimed).toEqual({ status: 503, retryAfter: '5', seconds: expect.any(Number) });
    for (const { seconds } of [login, claimed]) expect([seconds >= 14, seconds < 25]).toEqual([true, true]);
    expect(delivery).toMatchObject({ status: 202 });
    expect(delivery.seconds).toBeLessThan(10);

    await eventually('the database to be there', async () => !paused);
    stop();
    expect((await logIn()).status).toBe(200);
    expect([200, 204]).toContain((await claim()).status);
    await cloud.quiet();
    await cloud.advance(30_000);
    await eventually('deliveries to be handled', async () => (await waitingIn(queueUrl('webhooks'))) === 0);
  });

  it('queues that are throttled, and an object store that is busy: the calls are made again', async () => {
    const throttled = refusing(
      (call) => call.service === 'sqs' && call.operation === 'SendMessageBatch',
      (call) => errorAnswer(call, 400, 'RequestThrottled', 'too many'),
      2,
    );
    const busy = refusing(
      (call) => call.service === 's3' && call.method === 'PUT',
      (call) => errorAnswer(call, 503, 'SlowDown', 'Please reduce your request rate.'),
      2,
    );
    const ends = [cloud.fault(throttled), cloud.fault(busy)];

    await hasRun(await commit());
    // Another stack, whose run no other is before, and other workers: who has which run by now is not known.
    await (await makeStack('other')).trigger();
    let asking: BareWorker | undefined;
    await eventually('the run of the other stack', async () => {
      if (asking === undefined) await (asking = bareWorker(pool.token, pool.privateKeyPem)).register();
      const job = await asking.claim().catch(() => undefined);
      if (job === undefined) return false;
      const { stack: claimed } = await asking.open(job);
      asking = undefined;
      return claimed.name === 'other';
    });
    for (const end of ends) end();

    expect(throttled.refused()).toBe(2);
    expect(busy.refused()).toBe(2);
  });

  it('a key that may not be used: what needs it is refused in words that name no secret, and works again afterwards', async () => {
    const end = cloud.fault(
      refusing(
        (call) => call.service === 'kms' && call.operation === 'GenerateDataKey',
        (call) => errorAnswer(call, 400, 'AccessDeniedException', 'User is not authorized'),
      ),
    );

    await expect(stack.setVariable('SECRET', 'open sesame', { writeOnly: true })).rejects.toThrow(/the key service refuses the platform/);
    end();

    await stack.setVariable('SECRET', 'open sesame', { writeOnly: true });
    expect(await stack.query('config { id value }')).toEqual({ config: [{ id: 'SECRET', value: null }] });
  });

  it('credentials that have expired: the call fails in words, and the next container has others', async () => {
    const held = [...cloud.callers.keys()].filter((name) => name.includes('GRAPHQL'));
    for (const name of held) cloud.callers.set(name, 'expired');

    await expect(stack.setVariable('ANOTHER', 'value', { writeOnly: true })).rejects.toThrow('the API answered 503');
    cloud.pool.recycle(`${cloud.config.prefix}-graphql`);

    await stack.setVariable('ANOTHER', 'value', { writeOnly: true });
  });

  it('a container that was frozen for longer than its connections live answers as before', async () => {
    for (let times = 0; times < 3; times++) {
      expect((await logIn()).status).toBe(200);
      expect((await worker.register()).status).toBe(200);
      cloud.closeIdleConnections();
    }
  });

  it('a function that is ended after its commit and before it sends: what it announced goes out with the next tick', async () => {
    let cut = false;
    const name = `${cloud.config.prefix}-drain-webhooks`;
    const end = cloud.fault((call: AwsCall, next) => {
      const caller = cloud.callers.get(call.accessKeyId ?? '');
      if (cut || call.service !== 'sqs' || call.operation !== 'SendMessageBatch' || typeof caller !== 'object' || caller.name !== name) return next(call);
      cut = true;
      cloud.pool.recycle(name);
      return Promise.resolve(errorAnswer(call, 500, 'InternalError', 'nobody is there to hear this'));
    });
    const hash = await commit();
    await hasRun(hash);
    await eventually('the function to be ended', async () => cut);
    end();

    await cloud.advance(2 * MINUTE_MS);

    const [run] = (await stack.query<{ runs: readonly { id: string; commit: { hash: string } }[] }>('runs { id commit { hash } }')).runs.filter(
      (each) => each.commit.hash === hash,
    );
    expect(await runsOf(hash)).toBe(1);
    const { state } = await stack.stateOf(run?.id ?? '');
    expect(['QUEUED', 'READY']).toContain(state);
  });

  it('a function that is cut at its time-out: the message comes again after its visibility, and is handled', async () => {
    const name = `${cloud.config.prefix}-drain-iot`;
    // A connection that was closed while a container was frozen would fail the call before it hangs.
    cloud.pool.recycle(name);
    let hangs = true;
    const end = cloud.fault((call, next) => {
      const caller = cloud.callers.get(call.accessKeyId ?? '');
      if (!hangs || call.service !== 'rds-data' || typeof caller !== 'object' || caller.name !== name) return next(call);
      return new Promise(() => undefined);
    });
    const before = invocations.length;
    const heartbeat = () => send('iot', Buffer.from(JSON.stringify(report())).toString('base64'));
    let sent = 1;
    await heartbeat();
    const cut = await eventually('a function cut at its time-out', async () => {
      const taken = invocations.slice(before).filter(({ functionName }) => functionName === name);
      const found = taken.find(({ outcome }) => 'fault' in outcome && outcome.fault.errorType === 'Sandbox.Timedout');
      // One that was answered before it came to the database: the next one hangs.
      if (found === undefined && taken.length >= sent) {
        sent++;
        await heartbeat();
      }
      return found;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${JSON.stringify(invocations.slice(before).filter(({ functionName }) => functionName === name))}`);
    });
    expect(cut.functionName).toBe(name);
    expect(await waitingIn(queueUrl('iot'))).toBeGreaterThan(0);
    hangs = false;
    end();

    await cloud.advance(MINUTE_MS);
    await eventually('an empty queue', async () => (await waitingIn(queueUrl('iot'))) === 0);
  });

  it('a report that the rule of the broker cannot put on its queue: what the service tells of it is kept as a dead letter', async () => {
    const before = await deadOf('iot');
    const { worker_pool_ulid: pool, worker_ulid: id, timestamp: _, ...payload } = report();
    const refused = refusing(
      (call) => call.operation === 'SendMessage' && call.body.includes(queueUrl('iot').split('/').at(-1) ?? ''),
      (call) => errorAnswer(call, 400, 'AWS.SimpleQueueService.NonExistentQueue', 'The specified queue does not exist.'),
    );
    const end = cloud.fault(refused);
    const topic = `${cloud.config.prefix}/writeonly/${pool}/${id}`;
    await cloud.rules.take({ topic, payload: Buffer.from(JSON.stringify(payload)), clientId: id, at: new Date() });
    end();
    await cloud.quiet();

    const [key = '', ...more] = (await deadOf('iot')).filter((each) => !before.includes(each));
    expect([refused.refused(), more]).toEqual([1, []]);
    const { Body: body } = await cloud.clients.s3.send(new GetObjectCommand({ Bucket: deadBucket(), Key: key }));
    const kept = JSON.parse((await body?.transformToString()) ?? '') as { readonly queue: string; readonly body: string };
    const told = JSON.parse(Buffer.from(kept.body, 'base64').toString('utf8')) as Record<string, string>;
    expect(told).toMatchObject({ topic, clientId: id, failures: [{ failedAction: 'SqsAction', failedResource: expect.stringContaining('iot') }] });
    expect(JSON.parse(Buffer.from(told.base64OriginalPayload ?? '', 'base64').toString('utf8'))).toEqual(payload);
    expect(kept.queue).toBe('iot');
    expect(await waitingIn(cloud.queueUrl('dlq'))).toBe(0);
  });

  it('messages that are all handed out once more change nothing', async () => {
    const events: { readonly name: string; readonly event: unknown }[] = [];
    const stop = cloud.pool.onEvent((name, event) => void (name.includes('-drain-') ? events.push({ name, event }) : undefined));
    const hash = await commit();
    await hasRun(hash);
    await cloud.quiet();
    stop();
    const before = await stack.query('runs { id state history { state stateVersion } }');

    for (const { name, event } of events) expect(await cloud.pool.invoke(name, event)).toMatchObject({ answer: expect.any(String) });
    await cloud.quiet();

    expect(events.length).toBeGreaterThan(1);
    expect(await stack.query('runs { id state history { state stateVersion } }')).toEqual(before);
  });

  it('a message whose handling fails each time, in each queue: only that one becomes a dead letter, all beside and behind it are handled', async () => {
    const poison = '01HZX0000000000000000P0150';
    const end = cloud.fault((call, next) => {
      const caller = cloud.callers.get(call.accessKeyId ?? '');
      const buries = typeof caller === 'object' && caller.name.endsWith('-drain-dlq');
      if (buries || call.service !== 'rds-data' || !call.body.includes(poison)) return next(call);
      return Promise.resolve(errorAnswer(call, 400, 'BadRequestException', 'ERROR: division by zero; SQLState: 22012'));
    });
    const wire = (type: string, body: unknown) => JSON.stringify({ id: ulid(), type, hops: 0, body });
    const heartbeat = (workerId: string) => Buffer.from(JSON.stringify({ ...report(), worker_ulid: workerId })).toString('base64');
    const about = {
      async: (id) => wire('worker.check', { workerId: id }),
      policies: (id) => wire('run.check-due', { runId: id, stateVersion: 1, cause: 'test' }),
      asyncFifo: (id) => wire('run.advanced', { runId: id, stackId: id, stateVersion: 1 }),
      eventsInbox: (id) => wire('webhook.delivery-due', { deliveryId: id, tries: 0 }),
      iot: (id) => heartbeat(id === poison ? id : worker.id),
      webhooks: (id) => wire('repository.changed', { url: `${cloud.url}/${id}.git`, cause: { kind: 'poll', at: new Date().toISOString() } }),
    } satisfies Partial<Record<QueueName, (id: string) => string>>;
    const queues = Object.keys(about) as (keyof typeof about)[];
    const left = async () => Object.fromEntries(await Promise.all(queues.map(async (queue) => [queue, await waitingIn(queueUrl(queue))] as const)));
    // A message whose function was ended comes back only after its queue's visibility.
    await cloud.advance(11 * MINUTE_MS);
    expect(await left()).toEqual({ async: 0, policies: 0, asyncFifo: 0, eventsInbox: 0, iot: 0, webhooks: 0 });
    const before = new Map(await Promise.all(queues.map(async (queue) => [queue, await deadOf(queue)] as const)));
    const dead = async (queue: QueueName) => (await deadOf(queue)).filter((key) => !before.get(queue as keyof typeof about)?.includes(key));

    const bad = new Map<QueueName, string>();
    for (const queue of queues) {
      await send(queue, about[queue](ulid()), 'good-1');
      bad.set(queue, await send(queue, about[queue](poison), 'bad'));
      await send(queue, about[queue](ulid()), 'bad');
      await send(queue, about[queue](ulid()), 'good-2');
    }
    await cloud.quiet();

    // Of an ordered queue what is behind it in its group waits; the other groups do not.
    expect(await left()).toEqual({ async: 1, policies: 1, asyncFifo: 2, eventsInbox: 1, iot: 1, webhooks: 1 });
    for (const queue of queues) expect({ queue, dead: await dead(queue) }).toEqual({ queue, dead: [] });

    // Ten receives, each after a longer wait.
    await cloud.advance(45 * MINUTE_MS);
    end();

    for (const queue of queues) expect({ queue, dead: await dead(queue) }).toEqual({ queue, dead: [`dead/${queue}/${bad.get(queue) ?? ''}.json`] });
    expect(await left()).toEqual({ async: 0, policies: 0, asyncFifo: 0, eventsInbox: 0, iot: 0, webhooks: 0 });
    for (const name of ['dlq', 'dlq.fifo']) expect(await waitingIn(cloud.queueUrl(name))).toBe(0);
  });

  it('a tick whose work fails each time: it becomes a dead letter, and the other ticks go on', async () => {
    const before = await deadOf('cronjobs');
    const end = cloud.fault((call, next) => {
      if (call.service !== 'rds-data' || !/delete from \\"sessions\\"/.test(String(call.body))) return next(call);
      return Promise.resolve(errorAnswer(call, 400, 'BadRequestException', 'ERROR: division by zero; SQLState: 22012'));
    });
    const hash = await stack.repository.commit('main', 'behind a tick', { 'README.md': 'found by a tick\n' });
    await rm(join(folder.path, 'git', 'network', HOOK), { force: true });
    await stack.repository.push('main');
    const bad = await send('cronjobs', JSON.stringify({ tick: 'sessions' }));
    await cloud.quiet();
    expect(await deadOf('cronjobs')).toEqual(before);
    expect(await waitingIn(queueUrl('cronjobs'))).toBe(1);

    await cloud.advance(40 * MINUTE_MS);
    end();

    const dead = (await deadOf('cronjobs')).filter((object) => !before.includes(object));
    expect(dead).toContain(`dead/cronjobs/${bad}.json`);
    for (const object of dead) {
      const { Body: body } = await cloud.clients.s3.send(new GetObjectCommand({ Bucket: deadBucket(), Key: object }));
      expect(JSON.parse((await body?.transformToString()) ?? '')).toMatchObject({ queue: 'cronjobs', body: JSON.stringify({ tick: 'sessions' }) });
    }
    await cloud.advance(30 * MINUTE_MS);
    // Sessions have ended meanwhile.
    api = await signIn(cloud.url, key, 'other');
    await hasRun(hash);
    expect([await waitingIn(queueUrl('cronjobs')), await waitingIn(cloud.queueUrl('dlq'))]).toEqual([0, 0]);
  });

  it('asks for no right that its roles do not give, but for what this test refused itself', () => {
    expect(cloud.gate.refusals).toEqual([]);
    expect(cloud.rules.failures).toEqual([]);
  });
});
