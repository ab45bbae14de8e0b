import { after, before, beforeEach, describe, it } from 'node:test';
import {
  DeletePolicyCommand,
  DetachPolicyCommand,
  CreateCertificateFromCsrCommand,
  CreatePolicyVersionCommand,
  DescribeCertificateCommand,
  GetPolicyCommand,
  IoTClient,
  ListAttachedPoliciesCommand,
  ListCertificatesCommand,
  ListTargetsForPolicyCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import { expect } from 'expect';
import { connectAsync } from 'mqtt';
import { IotCertificates } from '../../../lib/adapters/aws/iot-certificates.ts';
import { MAX_POLICY_BYTES, policyName, poolPolicy } from '../../../lib/adapters/aws/iot-policy.ts';
import { iotProvisioner } from '../../../lib/adapters/aws/iot-provisioner.ts';
import { provisionerClient } from '../../../lib/adapters/aws/iot-provisioner-client.ts';
import { s3Objects } from '../../../lib/adapters/aws/s3-objects.ts';
import { randomIds } from '../../../lib/adapters/system/random-ids.ts';
import { REPAIRED_AT_ONCE, type Certificates, type PoolCertificate } from '../../../lib/core/ports/certificates.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import { mqttClientId } from '../../../lib/protocol/topics.ts';
import { certificatesContract } from '../../contracts/certificates.ts';
import { createBuckets, testAws, type TestAws } from '../../support/aws.ts';
import { errorAnswer, jsonAnswer, type AwsCall, type Intercept } from '../../support/aws-proxy.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { startIotCore } from '../../support/iot-core.ts';
import { MOTO_ACCOUNT, MOTO_REGION } from '../../support/moto.ts';
import { needsMoto } from '../../support/requirements.ts';
import { makePoolKey, testPoolKey } from '../../support/signing-requests.ts';

const SECONDARY = 'eu-central-1';
const HOUR_MS = 3600_000;
const FUNCTION = 'acme-iot-provisioner';

/** Which call of the certificate service this is. */
const stepOf = (call: AwsCall): string | undefined => {
  const { pathname } = new URL(call.path, 'http://iot');
  if (call.method === 'POST' && pathname === '/certificates') return 'CreateCertificateFromCsr';
  if (call.method === 'POST' && pathname.startsWith('/policies/')) return 'CreatePolicy';
  if (call.method === 'PUT' && pathname.startsWith('/target-policies/')) return 'AttachPolicy';
  if (call.method === 'POST' && pathname === '/certificate/register-no-ca') return 'RegisterCertificateWithoutCA';
  return undefined;
};

describe('certificates by IoT Core', { ...needsMoto, timeout: 120_000 }, () => {
  let aws: TestAws;
  let objects: ObjectStore;
  let certificates: Certificates;
  let provision: (event: unknown) => Promise<unknown>;
  let faulty: Intercept | undefined;
  let secondary: IoTClient;
  const steps: string[] = [];
  // Certificates bear the time of the server that made them.
  const clock = fakeClock(new Date());
  const ids = randomIds(clock);
  const logged: string[] = [];
  const telemetry = { log: (_level: string, message: string) => void logged.push(message), count: () => {} };
  let namespace = '';

  before(async () => {
    const intercept: Intercept = async (call, next) => {
      if (/\/functions\/[^/]+\/invocations$/.test(new URL(call.path, 'http://lambda').pathname)) {
        expect(call.path).toContain(FUNCTION);
        try {
          return jsonAnswer(200, await provision(JSON.parse(call.body.toString('utf8'))));
        } catch {
          return jsonAnswer(200, { errorMessage: 'canary: what a defect says' }, { 'x-amz-function-error': 'Unhandled' });
        }
      }
      const step = stepOf(call);
      if (step !== undefined) steps.push(step);
      return faulty === undefined ? next(call) : faulty(call, next);
    };
    aws = await testAws({ intercept });
    namespace = aws.prefix;
    secondary = new IoTClient({ ...aws.settings, region: SECONDARY });
    const buckets = await createBuckets(aws);
    objects = s3Objects({
      client: () => aws.clients.s3,
      presigner: () => {
        throw new Error('not asked for');
      },
      buckets,
    });
    const place = { partition: 'aws', accountId: MOTO_ACCOUNT, namespace };
    provision = iotProvisioner({
      regions: [
        new IotCertificates({ client: aws.clients.iot, place: { ...place, region: MOTO_REGION } }),
        new IotCertificates({ client: secondary, place: { ...place, region: SECONDARY } }),
      ],
      clock,
      telemetry,
    });
    // The waits between tries are not waited for.
    const hasty = { ...clock, sleep: async (ms: number) => clock.advance(ms) };
    certificates = provisionerClient({
      environment: aws.environment,
      functionName: FUNCTION,
      objects,
      clock: hasty,
      telemetry,
      hasSecondaryRegion: true,
    });
  });
  after(async () => {
    secondary.destroy();
    await aws.close();
  });
  beforeEach(() => {
    faulty = undefined;
    steps.length = 0;
    logged.length = 0;
  });

  const failing = (step: string, times: number, status = 500, code = 'InternalFailureException'): Intercept & { failed: () => number } => {
    let failed = 0;
    const intercept: Intercept = (call, next) => {
      if (stepOf(call) !== step || failed >= times) return next(call);
      failed += 1;
      return Promise.resolve(errorAnswer(call, status, code, 'not now'));
    };
    return Object.assign(intercept, { failed: () => failed });
  };
  const targetsOf = async (poolId: string, client = aws.clients.iot) =>
    (await client.send(new ListTargetsForPolicyCommand({ policyName: policyName(namespace, poolId) }))).targets?.map((target) =>
      target.split('/').at(-1),
    );
  const statusOf = async (certificateId: string, client = aws.clients.iot) =>
    (await client.send(new DescribeCertificateCommand({ certificateId }))).certificateDescription?.status;
  const exists = (certificateId: string, client = aws.clients.iot) =>
    statusOf(certificateId, client).then(
      () => true,
      () => false,
    );
  const hasPolicy = (poolId: string, client = aws.clients.iot) =>
    client.send(new GetPolicyCommand({ policyName: policyName(namespace, poolId) })).then(
      () => true,
      () => false,
    );
  const allCertificates = async () => ((await aws.clients.iot.send(new ListCertificatesCommand({}))).certificates ?? []).length;
  const records = async () => (await objects.list('metadata', 'iot/')).length;
  /** All of it, as the steps of the tick do; answers how many of each kind there were. */
  const reconcile = async (pools: readonly PoolCertificate[]) => {
    const calls = { repair: 0, sweep: 0 };
    for (let at = 0; at < pools.length; at += REPAIRED_AT_ONCE, calls.repair++) await certificates.repair(pools.slice(at, at + REPAIRED_AT_ONCE));
    for (let after: string | null = null; calls.sweep === 0 || after !== null; calls.sweep++) after = await certificates.removeOrphans(pools, after);
    return calls;
  };
  const newPool = async (): Promise<PoolCertificate> => {
    const poolId = ids.ulid();
    return { poolId, certificateId: (await certificates.issue((await testPoolKey()).csr, poolId)).certificateId };
  };

  certificatesContract(async () => ({ certificates }));

  it('writes the pool into a policy of its own, of at most 2048 bytes with the longest names', () => {
    const poolId = ids.ulid();
    const policy = poolPolicy({ partition: 'aws-us-gov', region: 'ap-southeast-2', accountId: MOTO_ACCOUNT, namespace: 'n'.repeat(64) }, poolId);
    expect(Buffer.byteLength(policy)).toBeLessThanOrEqual(MAX_POLICY_BYTES);
    const { Statement: statements } = JSON.parse(
      poolPolicy({ partition: 'aws', region: 'eu-west-1', accountId: MOTO_ACCOUNT, namespace: 'acme' }, poolId),
    ) as { Statement: { Action: string; Resource: string }[] };
    expect(statements.map(({ Action, Resource }) => [Action, Resource])).toEqual([
      ['iot:Connect', `arn:aws:iot:eu-west-1:${MOTO_ACCOUNT}:client/${poolId}-*`],
      ['iot:Subscribe', `arn:aws:iot:eu-west-1:${MOTO_ACCOUNT}:topicfilter/acme/readonly/${poolId}/*`],
      ['iot:Receive', `arn:aws:iot:eu-west-1:${MOTO_ACCOUNT}:topic/acme/readonly/${poolId}/*`],
      ['iot:Publish', `arn:aws:iot:eu-west-1:${MOTO_ACCOUNT}:topic/acme/writeonly/${poolId}/*`],
    ]);
  });

  it('makes an active certificate, attached to the policy, in both regions, and keeps no record of it', async () => {
    const { poolId, certificateId } = await newPool();
    for (const client of [aws.clients.iot, secondary]) {
      expect(await statusOf(certificateId, client)).toBe('ACTIVE');
      expect(await targetsOf(poolId, client)).toEqual([certificateId]);
    }
    const inSecondary = await secondary.send(new GetPolicyCommand({ policyName: policyName(namespace, poolId) }));
    expect(inSecondary.policyDocument).toContain(`arn:aws:iot:${SECONDARY}:`);
    expect(await records()).toBe(0);
  });

  for (const step of ['CreatePolicy', 'AttachPolicy']) {
    it(`goes on with the half-made certificate after a failed ${step}, within the call`, async () => {
      const fault = failing(step, 4);
      faulty = fault;
      const count = await allCertificates();
      const { poolId, certificateId } = await newPool();
      expect(fault.failed()).toBe(4);
      expect(await allCertificates()).toBe(count + 1);
      expect(await targetsOf(poolId)).toEqual([certificateId]);
      expect(logged).toContain('a certificate is half made, going on');
    });
  }

  it('goes on with the half-made certificate when the request comes again, in the same or in another pool', async () => {
    const { csr } = await testPoolKey();
    const count = await allCertificates();
    faulty = failing('AttachPolicy', Infinity);
    await expect(certificates.issue(csr, ids.ulid())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await records()).toBe(1);

    faulty = undefined;
    steps.length = 0;
    const poolId = ids.ulid();
    const issued = await certificates.issue(csr, poolId);
    expect(steps).not.toContain('CreateCertificateFromCsr');
    expect(await allCertificates()).toBe(count + 1);
    expect(await targetsOf(poolId)).toEqual([issued.certificateId]);
    expect(
      (
        await aws.clients.iot.send(
          new ListAttachedPoliciesCommand({ target: `arn:aws:iot:${MOTO_REGION}:${MOTO_ACCOUNT}:cert/${issued.certificateId}` }),
        )
      ).policies?.map((policy) => policy.policyName),
    ).toEqual([policyName(namespace, poolId)]);
    expect(await records()).toBe(0);
  });

  it('begins anew when the half-made certificate was taken away meanwhile', async () => {
    const { csr } = await testPoolKey();
    faulty = failing('AttachPolicy', Infinity);
    await expect(certificates.issue(csr, ids.ulid())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    faulty = undefined;
    const [record] = await objects.list('metadata', 'iot/');
    const { certificateId: lost } = JSON.parse((await objects.get('metadata', record?.key ?? ''))?.toString() ?? '') as { certificateId: string };
    await certificates.revoke(ids.ulid(), lost);

    const poolId = ids.ulid();
    const issued = await certificates.issue(csr, poolId);
    expect(issued.certificateId).not.toBe(lost);
    expect(await targetsOf(poolId)).toEqual([issued.certificateId]);
    expect(await records()).toBe(0);
  });

  it('leaves a certificate that opens another pool to that pool', async () => {
    const { csr } = await testPoolKey();
    const first = ids.ulid();
    // The function that asked was cut after the last step.
    faulty = (call, next) =>
      call.service === 's3' && call.method === 'DELETE' ? Promise.resolve(errorAnswer(call, 403, 'AccessDenied', 'cut')) : next(call);
    await expect(certificates.issue(csr, first)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    faulty = undefined;
    const [attached = ''] = (await targetsOf(first)) ?? [];

    const other = await certificates.issue(csr, ids.ulid());
    expect(other.certificateId).not.toBe(attached);
    expect(await targetsOf(first)).toEqual([attached]);
  });

  it('says nothing of a defect in the function but that it failed', async () => {
    const working = provision;
    provision = () => Promise.reject(new Error('a defect'));
    await expect(certificates.revoke(ids.ulid(), 'f'.repeat(64))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.not.stringContaining('canary'),
    });
    provision = working;
  });

  it('waits no longer than its caller has, and begins nothing when that is next to nothing', async () => {
    const limits: number[] = [];
    let left = 10_000;
    const client = provisionerClient({
      environment: aws.environment, functionName: FUNCTION, objects, clock: { ...clock, sleep: async () => void (left -= 5_000) }, telemetry, hasSecondaryRegion: false, remainingMs: () => left,
    });
    const real = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = (ms) => (limits.push(ms), real(ms));
    faulty = failing('CreatePolicy', Infinity);
    const refused = await client.issue((await testPoolKey()).csr, ids.ulid()).catch((error: unknown) => error);
    AbortSignal.timeout = real;

    expect(refused).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('no time left') });
    expect(limits.length).toBeGreaterThan(1);
    expect(Math.max(...limits)).toBeLessThanOrEqual(10_000);
  });

  it('issues although the other region is away, and copies at the next reconciliation', async () => {
    faulty = failing('RegisterCertificateWithoutCA', Infinity);
    // The certificate from a request is itself registered with moto: only the calls for the other region fail.
    faulty = (call, next) =>
      stepOf(call) === 'RegisterCertificateWithoutCA' && call.headers.authorization?.includes(SECONDARY) === true
        ? Promise.resolve(errorAnswer(call, 503, 'ServiceUnavailableException', 'away'))
        : next(call);
    const pool = await newPool();
    expect(await exists(pool.certificateId, secondary)).toBe(false);
    expect(logged).toContain('a certificate was not copied to the other region');

    faulty = undefined;
    await reconcile([pool]);
    expect(await targetsOf(pool.poolId, secondary)).toEqual([pool.certificateId]);
    expect(await statusOf(pool.certificateId, secondary)).toBe('ACTIVE');
  });

  it('revokes in both regions: certificate and policy are gone, another pool is untouched', async () => {
    const [gone, stays] = [await newPool(), await newPool()];
    await certificates.revoke(gone.poolId, gone.certificateId);
    for (const client of [aws.clients.iot, secondary]) {
      expect(await exists(gone.certificateId, client)).toBe(false);
      expect(await hasPolicy(gone.poolId, client)).toBe(false);
      expect(await targetsOf(stays.poolId, client)).toEqual([stays.certificateId]);
    }
  });

  it('opens the brokers of both regions by one certificate, until it is revoked', async () => {
    const brokers = await Promise.all([
      startIotCore({ iot: aws.clients.iot, onPublish: () => undefined }),
      startIotCore({ iot: secondary, region: SECONDARY, onPublish: () => undefined }),
    ]);
    const { csr, privateKeyPem } = await testPoolKey();
    const poolId = ids.ulid();
    const issued = await certificates.issue(csr, poolId);
    const connections = () =>
      Promise.allSettled(
        brokers.map(async ({ port, ca }) => {
          const address = { protocol: 'mqtts', host: '127.0.0.1', port, ca, clientId: mqttClientId(poolId, ids.ulid()) } as const;
          const client = await connectAsync({ ...address, cert: issued.pem, key: privateKeyPem, protocolVersion: 4, reconnectPeriod: 0 });
          await client.endAsync(true);
        }),
      );
    try {
      expect((await connections()).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
      await certificates.revoke(poolId, issued.certificateId);
      expect((await connections()).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    } finally {
      for (const broker of brokers) await broker.close();
    }
  });

  it('keeps the policy while the next certificate of the pool uses it', async () => {
    const { poolId, certificateId } = await newPool();
    const next = await certificates.issue((await testPoolKey()).csr, poolId);
    await certificates.revoke(poolId, certificateId);
    expect(await targetsOf(poolId)).toEqual([next.certificateId]);
  });

  describe('reconciling', () => {
    it('repairs what was switched off, detached or changed, and a policy that is gone', async () => {
      const [inactive, detached, changed, without] = [await newPool(), await newPool(), await newPool(), await newPool()];
      await aws.clients.iot.send(new UpdateCertificateCommand({ certificateId: inactive.certificateId, newStatus: 'INACTIVE' }));
      const detach = ({ poolId, certificateId }: PoolCertificate) =>
        aws.clients.iot.send(
          new DetachPolicyCommand({
            policyName: policyName(namespace, poolId),
            target: `arn:aws:iot:${MOTO_REGION}:${MOTO_ACCOUNT}:cert/${certificateId}`,
          }),
        );
      await detach(detached);
      await aws.clients.iot.send(
        new CreatePolicyVersionCommand({
          policyName: policyName(namespace, changed.poolId),
          policyDocument: '{"Version":"2012-10-17","Statement":[]}',
          setAsDefault: true,
        }),
      );
      await detach(without);
      await aws.clients.iot.send(new DeletePolicyCommand({ policyName: policyName(namespace, without.poolId) }));

      const pools = [inactive, detached, changed, without];
      await reconcile(pools);
      for (const { poolId, certificateId } of pools) {
        expect(await statusOf(certificateId)).toBe('ACTIVE');
        expect(await targetsOf(poolId)).toEqual([certificateId]);
        const { policyDocument } = await aws.clients.iot.send(new GetPolicyCommand({ policyName: policyName(namespace, poolId) }));
        expect(policyDocument).toBe(poolPolicy({ partition: 'aws', region: MOTO_REGION, accountId: MOTO_ACCOUNT, namespace }, poolId));
      }
      expect(logged).toContain('certificates reconciled');
      logged.length = 0;
      await reconcile(pools);
      expect(logged).toEqual([]);
    });

    it('removes what belongs to no pool, but nothing that may still be in the making', async () => {
      const [orphan, pool] = [await newPool(), await newPool()];
      const former = await certificates.issue((await testPoolKey()).csr, pool.poolId);
      await reconcile([pool]);
      expect(await targetsOf(orphan.poolId)).toEqual([orphan.certificateId]);
      expect(await exists(former.certificateId)).toBe(true);

      clock.advance(HOUR_MS + 60_000);
      await reconcile([pool]);
      for (const client of [aws.clients.iot, secondary]) {
        expect(await hasPolicy(orphan.poolId, client)).toBe(false);
        expect(await exists(orphan.certificateId, client)).toBe(false);
        expect(await exists(former.certificateId, client)).toBe(false);
        expect(await targetsOf(pool.poolId, client)).toEqual([pool.certificateId]);
      }
    });

    it('removes a certificate that nobody came back for', async () => {
      faulty = failing('AttachPolicy', Infinity);
      const count = await allCertificates();
      await expect(certificates.issue((await testPoolKey()).csr, ids.ulid())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      faulty = undefined;
      expect(await allCertificates()).toBe(count + 1);
      clock.advance(HOUR_MS + 60_000);
      await reconcile([]);
      expect(await allCertificates()).toBeLessThanOrEqual(count);
      expect(await records()).toBe(0);
    });

    it('removes a certificate of which nobody heard: inactive, without a policy, and found by the request alone', async () => {
      // Certificates bear the service's time.
      clock.set(new Date());
      const { csr } = await testPoolKey();
      const foreign = await aws.clients.iot.send(new CreateCertificateFromCsrCommand({ certificateSigningRequest: (await makePoolKey(2048)).csr, setAsActive: false }));
      const inUse = await aws.clients.iot.send(new CreateCertificateFromCsrCommand({ certificateSigningRequest: csr, setAsActive: true }));
      const before = await allCertificates();
      // The service makes each certificate, and the function that asked is cut.
      let made: string | undefined;
      faulty = async (call, next) => {
        const answer = await next(call);
        if (stepOf(call) !== 'CreateCertificateFromCsr') return answer;
        made = (JSON.parse(answer.body.toString()) as { certificateId: string }).certificateId;
        return errorAnswer(call, 503, 'ServiceUnavailableException', 'cut');
      };
      await expect(certificates.issue(csr, ids.ulid())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      faulty = undefined;
      expect(await allCertificates()).toBeGreaterThan(before);
      expect(await statusOf(made ?? '')).toBe('INACTIVE');

      const poolId = ids.ulid();
      const issued = await certificates.issue(csr, poolId);
      await reconcile([{ poolId, certificateId: issued.certificateId }]);
      expect(await exists(made ?? '')).toBe(true);

      clock.advance(HOUR_MS + 60_000);
      await reconcile([{ poolId, certificateId: issued.certificateId }]);
      expect(await allCertificates()).toBe(before + 1);
      expect(await statusOf(issued.certificateId)).toBe('ACTIVE');
      for (const { certificateId = '' } of [foreign, inUse]) expect(await exists(certificateId)).toBe(true);
      expect(await records()).toBe(0);
    });

    it('takes pools and what belongs to none a slice at a time, and ends', async () => {
      // Those of other tests are in nobody's way.
      clock.advance(HOUR_MS + 60_000);
      await reconcile([]);
      const template = await newPool();
      const { certificatePem = '' } = (await aws.clients.iot.send(new DescribeCertificateCommand({ certificateId: template.certificateId }))).certificateDescription ?? {};
      const region = provisionedBy(namespace);
      await region.register(certificatePem);
      const pools = Array.from({ length: 60 }, () => ({ poolId: ids.ulid(), certificateId: template.certificateId }));
      const orphans = Array.from({ length: 60 }, () => ids.ulid());
      for (const poolId of orphans) await region.createPolicy(poolId);
      clock.advance(HOUR_MS + 60_000);

      expect(await reconcile([template, ...pools])).toEqual({ repair: 3, sweep: 3 });

      expect([...(await region.policies.pools())].sort()).toEqual([template, ...pools].map(({ poolId }) => poolId).sort());
      expect(await exists(template.certificateId)).toBe(true);
    });

    it('never touches a certificate that is not of this installation', async () => {
      const other = provisionedBy(`${namespace}-other`);
      const poolId = ids.ulid();
      const made = await other.create((await testPoolKey()).csr);
      await other.createPolicy(poolId);
      await other.attach(poolId, made.certificateId);
      clock.advance(HOUR_MS * 24);
      await reconcile([]);
      expect(await statusOf(made.certificateId)).toBe('ACTIVE');
    });

    it('says which pool has lost its certificate, and looks at the others', async () => {
      const [lost, pool] = [await newPool(), await newPool()];
      await certificates.revoke(lost.poolId, lost.certificateId);
      await aws.clients.iot.send(new UpdateCertificateCommand({ certificateId: pool.certificateId, newStatus: 'INACTIVE' }));
      await reconcile([lost, pool]);
      expect(logged).toContain("a pool's certificate is gone: reset the pool");
      expect(await statusOf(pool.certificateId)).toBe('ACTIVE');
    });
  });

  const provisionedBy = (otherNamespace: string) =>
    new IotCertificates({
      client: aws.clients.iot,
      place: { partition: 'aws', region: MOTO_REGION, accountId: MOTO_ACCOUNT, namespace: otherNamespace },
    });
});
