import { createHash } from 'node:crypto';
import { makeAssertion } from '../../lib/protocol/assertion.ts';
import { openBuffer, packageContext } from '../../lib/protocol/envelope.ts';
import type { Job, JobPackage } from '../../lib/protocol/job.ts';
import { decodePoolToken, type PoolToken } from '../../lib/protocol/pool-token.ts';
import { LEASE_HEADER, WORKER_API_PREFIX, type RegisterResponse } from '../../lib/protocol/worker-api.ts';
import { ulid } from '../../lib/launcher/ulid.ts';

export interface WorkerAnswer {
  readonly status: number;
  /** Code of a refusal. */
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly body: unknown;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly lease?: number;
  readonly bearer?: string;
}

/** A worker without a launcher: its calls are made one by one, also those that no launcher would make. */
export interface BareWorker {
  readonly id: string;
  readonly token: PoolToken;
  readonly session: string;
  assertion(audience?: 'worker-api' | 'mqtt', changes?: { readonly poolId?: string; readonly workerId?: string; readonly now?: Date }): string;
  call(method: string, path: string, options?: CallOptions): Promise<WorkerAnswer>;
  /** Registers, and keeps the session for the calls to come. */
  register(bearer?: string): Promise<WorkerAnswer>;
  claim(): Promise<Job>;
  open(job: Job): Promise<JobPackage>;
}

export function bareWorker(config: string, privateKeyPem: string): BareWorker {
  const token = decodePoolToken(config);
  const id = ulid();
  const bootId = ulid();
  let session = '';

  const worker: BareWorker = {
    id,
    token,
    get session() {
      return session;
    },
    assertion: (audience = 'worker-api', changes = {}) =>
      makeAssertion(privateKeyPem, { poolId: token.worker_pool, workerId: id, certificateId: token.certificate_id, audience, jti: ulid(), now: new Date(), ...changes }),
    async call(method, path, options = {}) {
      const response = await fetch(`${token.api}${WORKER_API_PREFIX}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${options.bearer ?? session}`,
          'content-type': 'application/json',
          'x-launcher-version': '6.0.0',
          ...(method === 'GET' ? {} : { 'idempotency-key': ulid() }),
          ...(options.lease === undefined ? {} : { [LEASE_HEADER]: String(options.lease) }),
        },
        ...(method === 'GET' ? {} : { body: JSON.stringify(options.body ?? {}) }),
      });
      const text = await response.text();
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      const error = (body as { error?: { code?: string; message?: string } } | undefined)?.error;
      return { status: response.status, code: error?.code, message: error?.message, body };
    },
    async register(bearer) {
      const request = { workerId: id, bootId, launcherVersion: '6.0.0', protocol: 1, os: 'linux', arch: 'amd64', execution: 'process', metadata: {}, sensitiveOutputs: false, tools: [{ kind: 'TERRAFORM_FOSS', version: '1.5.7' }] };
      const answer = await worker.call('POST', '/register', { body: request, bearer: bearer ?? worker.assertion() });
      if (answer.status === 200) session = (answer.body as RegisterResponse).session.token;
      return answer;
    },
    async claim() {
      const answer = await worker.call('POST', '/claim');
      if (answer.status !== 200) throw new Error(`there was no run to claim: ${answer.status} ${answer.message ?? ''}`);
      return answer.body as Job;
    },
    async open(job) {
      const sealed = Buffer.from(await (await fetch(job.package.url)).arrayBuffer());
      if (createHash('sha256').update(sealed).digest('hex') !== job.package.sha256) throw new Error('the package is not what was announced');
      return JSON.parse(openBuffer(privateKeyPem, packageContext(job.run.id, job.lease), sealed).toString('utf8')) as JobPackage;
    },
  };
  return worker;
}
