// Addresses, tokens and leases in the wrong hands, at the wrong time, for the wrong thing: a running server refuses each.
import { createHash } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { connectAsync, type IClientOptions } from 'mqtt';
import type { Job } from '../../lib/protocol/job.ts';
import { broadcastTopic, mqttClientId, reportTopic, workerTopic } from '../../lib/protocol/topics.ts';
import { bareWorker, type BareWorker } from '../support/bare-worker.ts';
import { eventually } from '../support/eventually.ts';
import type { Platform, TestStack } from '../support/platform.ts';
import { PLATFORMS, type TestPlatform } from '../support/platforms.ts';
import { testPoolKey, type PoolKey } from '../support/signing-requests.ts';
import { needsTerraform } from '../support/requirements.ts';

interface Pool {
  readonly id: string;
  readonly config: string;
  readonly key: PoolKey;
}

/** How an address is spelled, and what is said of one that is used otherwise than it was signed for. */
const ADDRESSES = {
  embedded: {
    method: 'this URL was signed for another method',
    changed: 'this URL was not signed here, or was changed since',
    signature: 'sig',
    expires: 'e',
    otherBucket: (key: string) => key.replace('/metadata/', '/states/'),
  },
  cloud: {
    method: 'SignatureDoesNotMatch',
    changed: 'SignatureDoesNotMatch',
    signature: 'X-Amz-Signature',
    expires: 'X-Amz-Expires',
    otherBucket: (key: string) => key.replace('-metadata-', '-states-'),
  },
} satisfies Record<TestPlatform['name'], unknown>;

for (const on of PLATFORMS) describe(`addresses and tokens (${on.name})`, { ...needsTerraform, ...on.needs, timeout: on.within(180_000) }, () => {
  const addresses = ADDRESSES[on.name];
  let platform: Platform;
  let ours: Pool;
  let theirs: Pool;
  before(async () => {
    platform = await on.start({ EMBEDDED_WORKER: 'off' });
  });
  after(() => platform.stop());
  // New pools each time: workers of an earlier test, which answer no more, would be given runs.
  beforeEach(async (context) => {
    [ours, theirs] = [await pool(`ours: ${context.name}`, await testPoolKey(0)), await pool(`theirs: ${context.name}`, await testPoolKey(1))];
  });

  async function pool(name: string, key: PoolKey): Promise<Pool> {
    const { workerPoolCreate } = await platform.api.query<{ workerPoolCreate: { id: string; config: string } }>('mutation ($name: String!, $csr: String!) { workerPoolCreate(name: $name, certificateSigningRequest: $csr) { id config } }', { name, csr: key.csr });
    return { ...workerPoolCreate, key };
  }

  async function worker(of: Pool): Promise<BareWorker> {
    const made = bareWorker(of.config, of.key.privateKeyPem);
    expect((await made.register()).status).toBe(200);
    return made;
  }

  let stacks = 0;
  /** A run of a stack of our pool, claimed by a worker of it. */
  async function claimed(by: BareWorker): Promise<{ readonly stack: TestStack; readonly job: Job }> {
    const stack = await platform.stack(`stack-${++stacks}`, { 'main.tf': '' }, { workerPool: ours.id });
    await stack.trigger();
    const job = await eventually('a run to claim', async () => {
      const answer = await by.call('POST', '/claim');
      return answer.status === 200 && (answer.body as Job);
    });
    return { stack, job };
  }

  const forbidden = async (url: string, init: RequestInit, why: 'method' | 'changed') => {
    const response = await fetch(url, init);
    expect({ status: response.status, body: await response.text() }).toEqual({ status: 403, body: expect.stringContaining(addresses[why]) });
  };

  describe('a signed URL', () => {
    /** The address with another value of one of its parts, or without that part. */
    const changed = (url: string, name: string, value?: string): string => {
      const parts = new RegExp(`([?&])${name}=[^&]*`);
      expect(url).toMatch(parts);
      return url.replace(parts, value === undefined ? '$1' : `$1${name}=${value}`);
    };

    it('serves its method only', async () => {
      const { job } = await claimed(await worker(ours));
      const { url } = job.package;

      expect((await fetch(url)).status).toBe(200);
      for (const method of ['PUT', 'DELETE', 'POST', 'PATCH']) await forbidden(url, { method, body: 'x' }, 'method');
      if (on.name === 'embedded') await forbidden(changed(url, 'm', 'PUT'), { method: 'PUT', body: 'x' }, 'changed');
      expect((await fetch(url)).status).toBe(200);
    });

    it('serves its path only', async () => {
      const { job } = await claimed(await worker(ours));
      const { url } = job.package;
      const key = new URL(url).pathname;

      for (const other of [`${key}0`, addresses.otherBucket(key), key.replace(/\/[^/]+$/, '/..%2f..%2f..%2fkeys'), `${key}/../x`, key.replace('packages', 'packages%2f..%2fpackages')]) {
        await forbidden(url.replace(key, other), {}, 'changed');
      }
      const signature = new URL(url).searchParams.get(addresses.signature) ?? '';
      await forbidden(changed(url, addresses.signature, encodeURIComponent(`${signature.startsWith('0') ? '1' : '0'}${signature.slice(1)}`)), {}, 'changed');
      await forbidden(changed(url, addresses.signature, ''), {}, 'changed');
    });

    it('cannot be made to last longer', async () => {
      const { job } = await claimed(await worker(ours));
      const { url } = job.package;
      const later = String(Number(new URL(url).searchParams.get(addresses.expires)) + 60);

      await forbidden(changed(url, addresses.expires, later), {}, 'changed');
      await forbidden(`${url}&${addresses.expires}=${later}`, {}, 'changed');
    });

    it('for an upload takes the announced bytes once, and no others', async () => {
      const by = await worker(ours);
      const { job } = await claimed(by);
      const { body } = await by.call('POST', `/runs/${job.run.id}/logs/urls`, { lease: job.lease, body: { stateVersion: job.run.stateVersion, first: 0, count: 1 } });
      const [chunk] = (body as { urls: string[] }).urls;
      const once = { 'if-none-match': '*' };
      const artifact = Buffer.from('{"a":1}');
      const announced = await by.call('POST', `/runs/${job.run.id}/artifacts`, { lease: job.lease, body: { kind: 'plan', bytes: artifact.length, sha256: createHash('sha256').update(artifact).digest('hex') } });
      const { url, headers } = announced.body as { url: string; headers: Record<string, string> };

      const put = async (to: string, sent: string, given: Readonly<Record<string, string>>) =>
        (await fetch(to, { method: 'PUT', body: sent, headers: given })).status;
      expect(await put(chunk ?? '', 'first', once)).toBe(200);
      expect(await put(chunk ?? '', 'second', once)).toBe(412);
      await forbidden(chunk ?? '', {}, 'method');
      // More bytes than were announced, and others: what was signed are length and checksum.
      expect(await put(url, '{"a":12}', headers)).toBe(on.name === 'embedded' ? 400 : 403);
      expect(await put(url, '{"b":1}', headers)).toBe(400);
      expect(await put(url, artifact.toString(), headers)).toBe(200);
    });
  });

  describe('a token of another pool', () => {
    it('does not register: neither their key with our token, nor our assertion for their pool', async () => {
      const strange = bareWorker(ours.config, theirs.key.privateKeyPem);
      expect(await strange.register()).toMatchObject({ status: 401, code: 'bad_assertion', message: "the assertion is not signed by the pool's key" });

      const own = bareWorker(ours.config, ours.key.privateKeyPem);
      expect(await own.register(own.assertion('worker-api', { poolId: theirs.id }))).toMatchObject({ status: 401, code: expect.stringMatching(/^(bad_assertion|pool_reset)$/) });
      expect(await own.register(own.assertion('mqtt'))).toMatchObject({ status: 401, code: 'bad_assertion', message: 'the assertion is meant for mqtt, not worker-api' });
      expect(await own.register(own.assertion('worker-api', { workerId: '01HZX0000000000000000000ZZ' }))).toMatchObject({ status: 401, message: 'the assertion is for another worker' });
      expect(await own.register(own.assertion('worker-api', { now: new Date(Date.now() - 3_600_000) }))).toMatchObject({ status: 401, message: 'the assertion has expired; check the clock of the worker' });
    });

    it('registers once: an assertion that was seen on its way is of no use', async () => {
      const own = bareWorker(ours.config, ours.key.privateKeyPem);
      const assertion = own.assertion();

      expect((await own.register(assertion)).status).toBe(200);
      expect(await own.register(assertion)).toMatchObject({ status: 401, code: 'bad_assertion', message: 'this assertion was used before; make a new one for each call' });
    });

    it('gets no run of this one', async () => {
      const stack = await platform.stack('only-ours', { 'main.tf': '' }, { workerPool: ours.id });
      const runId = await stack.trigger();
      const stranger = await worker(theirs);
      await stack.reaches(runId, 'READY');

      expect((await stranger.call('POST', '/claim')).status).toBe(204);
      expect((await stranger.call('POST', '/claim', { body: { assignmentId: runId } })).status).toBe(204);
      expect((await stack.stateOf(runId)).state).toBe('READY');
      await stack.act('runDiscard', runId);
    });

    it('may ask nothing about a run of this one, and change nothing of it', async () => {
      const by = await worker(ours);
      const { stack, job } = await claimed(by);
      const stranger = await worker(theirs);
      const { id } = job.run;
      const state = { bytes: 2, sha256: 'a'.repeat(64), md5: `${'a'.repeat(22)}==`, serial: 1, lineage: 'x', toolVersion: null, lockId: null };

      for (const lease of [job.lease, job.lease + 1]) {
        for (const [method, path, body] of [
          ['GET', 'control', undefined],
          ['POST', 'transitions', { from: 'PREPARING', to: 'INITIALIZING' }],
          ['POST', 'logs/urls', { stateVersion: 2, first: 0, count: 1 }],
          ['POST', 'artifacts', { kind: 'plan', bytes: 1, sha256: 'a'.repeat(64) }],
          ['POST', 'artifacts', { kind: 'errored-state', bytes: 1, sha256: 'a'.repeat(64) }],
          ['POST', 'workspace/upload', { bytes: 1, sha256: 'a'.repeat(64) }],
          ['POST', 'workspace/download', {}],
          ['POST', 'package/download', { sha256: 'a'.repeat(64) }],
          ['POST', 'source/download', {}],
          ['POST', 'release', { outcome: 'failed' }],
          ['GET', 'state/default', undefined],
          ['POST', 'state/default/uploads', state],
          ['POST', 'state/default/lock', { ID: 'x' }],
          ['DELETE', 'state/default', {}],
        ] as const) {
          const answer = await stranger.call(method, `/runs/${id}/${path}`, { lease, body });
          expect({ path, status: answer.status, code: answer.code }).toEqual({ path, status: 409, code: 'stale_lease' });
        }
      }
      expect((await stack.stateOf(id)).state).toBe('PREPARING');
    });

    it('cannot open a package of this one, should it come by it', async () => {
      const { job } = await claimed(await worker(ours));
      const stranger = await worker(theirs);

      await expect(stranger.open(job)).rejects.toThrow(/key/);
    });

    it('hears nothing of this one on the broker, and cannot speak for it', async () => {
      const [by, stranger] = await Promise.all([worker(ours), worker(theirs)]);
      const connect = (as: BareWorker, key: PoolKey, changes: IClientOptions = {}) => {
        const { endpoint, port, tls } = as.token.broker;
        const proof = on.name === 'embedded'
          ? { username: as.token.worker_pool, password: as.assertion('mqtt') }
          : { cert: as.token.certificate, key: key.privateKeyPem, ca: platform.brokerCa };
        const address = { protocol: tls ? 'mqtts' : 'mqtt', host: endpoint, port, clientId: mqttClientId(as.token.worker_pool, as.id) } as const;
        return connectAsync({ ...address, ...proof, protocolVersion: 4, reconnectPeriod: 0, ...changes });
      };
      const { namespace } = by.token.broker;

      if (on.name === 'embedded') {
        await expect(connect(by, ours.key, { password: stranger.assertion('mqtt') })).rejects.toThrow(/not authorized|refused/i);
        await expect(connect(by, ours.key, { clientId: mqttClientId(ours.id, stranger.id) })).rejects.toThrow(/not authorized|refused/i);
        await expect(connect(by, ours.key, { password: by.assertion('worker-api') })).rejects.toThrow(/not authorized|refused/i);
      }
      // One certificate serves a whole pool, and proves nothing about another.
      await expect(connect(stranger, theirs.key, { clientId: mqttClientId(ours.id, by.id) })).rejects.toThrow(/not authorized|refused/i);
      const listener = await connect(stranger, theirs.key);
      for (const topic of [broadcastTopic(namespace, ours.id), workerTopic(namespace, ours.id, by.id), '#', `${namespace}/readonly/+/all`, reportTopic(namespace, ours.id, '+')]) {
        const refused = await listener.subscribeAsync(topic, { qos: 1 }).then((granted) => granted.every(({ qos }) => (qos as number) === 128), () => true);
        expect({ topic, refused }).toEqual({ topic, refused: true });
      }
      await listener.endAsync(true);
    });
  });

  describe('a lease', () => {
    it('that is over counts no longer: the worker that had the run is told so by every call', async () => {
      const first = await worker(ours);
      const { stack, job } = await claimed(first);
      await platform.api.query('mutation ($pool: ID!, $id: ID!) { workerDrainSet(workerPool: $pool, id: $id, drain: true) { id } }', { pool: ours.id, id: first.id });
      expect((await first.call('POST', `/runs/${job.run.id}/release`, { lease: job.lease, body: { outcome: 'requeue' } })).status).toBeLessThan(300);
      const second = await worker(ours);
      const again = await eventually('the run to be taken again', async () => {
        const answer = await second.call('POST', '/claim');
        return answer.status === 200 && (answer.body as Job);
      });
      expect(again).toMatchObject({ run: { id: job.run.id }, lease: job.lease + 1 });

      for (const [lease, by] of [[job.lease, first], [again.lease, first], [job.lease, second], [again.lease + 1, second]] as const) {
        expect(await by.call('POST', `/runs/${job.run.id}/transitions`, { lease, body: { from: 'PREPARING', to: 'INITIALIZING' } })).toMatchObject({ status: 409, code: 'stale_lease' });
        expect(await by.call('GET', `/runs/${job.run.id}/state/default`, { lease })).toMatchObject({ status: 409, code: 'stale_lease' });
      }
      expect(await second.call('GET', `/runs/${job.run.id}/control`)).toMatchObject({ status: 400, code: 'bad_request' });
      expect((await stack.stateOf(job.run.id)).state).toBe('PREPARING');
      expect((await second.call('POST', `/runs/${job.run.id}/transitions`, { lease: again.lease, body: { from: 'PREPARING', to: 'INITIALIZING' } })).status).toBe(200);
    });

    it('allows the steps of a worker only, and each once', async () => {
      const by = await worker(ours);
      const { job } = await claimed(by);
      const step = (from: string, to: string) => by.call('POST', `/runs/${job.run.id}/transitions`, { lease: job.lease, body: { from, to } });

      expect(await step('PREPARING', 'APPLYING')).toMatchObject({ status: 409, code: 'bad_transition' });
      expect(await step('PREPARING', 'FINISHED')).toMatchObject({ status: 409, code: 'bad_transition' });
      expect(await step('PLANNING', 'UNCONFIRMED')).toMatchObject({ status: 409, code: 'bad_transition' });
      expect((await step('PREPARING', 'INITIALIZING')).status).toBe(200);
      expect((await step('INITIALIZING', 'PLANNING')).status).toBe(200);
      expect(await step('PLANNING', 'APPLYING')).toMatchObject({ status: 409, code: 'bad_transition' });
      expect(await step('PREPARING', 'INITIALIZING')).toMatchObject({ status: 409, code: 'bad_transition' });
    });
  });

  describe('a session', () => {
    it('of a worker is none of a person, and the other way round', async () => {
      const by = await worker(ours);
      const asPerson = await fetch(`${platform.server.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${by.session}` }, body: '{"query":"{ stacks { id } }"}' });
      expect(await asPerson.text()).toContain('unauthorized');

      const exchanged = await fetch(`${platform.server.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: 'mutation ($id: ID!, $secret: String!) { apiKeyUser(id: $id, secret: $secret) { jwt } }', variables: platform.server.apiKey }) });
      const { data } = (await exchanged.json()) as { data: { apiKeyUser: { jwt: string } } };
      expect(await by.call('POST', '/claim', { bearer: data.apiKeyUser.jwt })).toMatchObject({ status: 401, code: 'session_expired' });
    });

    it('ends with a reset of its pool, and says so', async () => {
      const by = await worker(ours);
      await platform.api.query('mutation ($id: ID!, $csr: String!) { workerPoolReset(id: $id, certificateSigningRequest: $csr) { id } }', { id: ours.id, csr: (await testPoolKey(1)).csr });

      expect(await by.call('POST', '/claim')).toMatchObject({ status: 401, code: 'pool_reset', message: expect.stringContaining('start the launcher with its new token and key') });
      expect(await by.register()).toMatchObject({ status: 401, code: 'pool_reset' });
    });
  });
});
