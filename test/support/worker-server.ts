// The server's side of the worker protocol, for tests of the launcher alone: keeps runs in memory, and is strict about order and leases.
import 'reflect-metadata';
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { X509CertificateGenerator } from '@peculiar/x509';
import { verifyAssertion } from '../../lib/protocol/assertion.ts';
import { packageContext, sealBuffer } from '../../lib/protocol/envelope.ts';
import type { HandoverPhase, Hooks, Job, JobPackage, RunType } from '../../lib/protocol/job.ts';
import { HOOK_NAMES } from '../../lib/protocol/job.ts';
import { encodePoolToken } from '../../lib/protocol/pool-token.ts';
import type { Decision } from '../../lib/protocol/worker-api.ts';

export const noHooks: Hooks = Object.fromEntries(HOOK_NAMES.map((name) => [name, []])) as unknown as Hooks;

type Patch<T> = { readonly [K in keyof T]?: T[K] extends readonly unknown[] ? T[K] : T[K] extends object ? Patch<T[K]> : T[K] };
export type PackagePatch = Omit<Patch<JobPackage>, 'source' | 'hooks'> & { readonly source?: JobPackage['source']; readonly hooks?: Partial<Hooks> };

export interface FakeRunInput {
  readonly type?: RunType;
  readonly pkg?: PackagePatch;
  /** After planning; a function sees the report. */
  readonly decision?: Decision | null | ((report: Record<string, unknown>) => Decision | null);
  readonly log?: readonly string[];
  /** Key of an uploaded archive, which the package names by an address of its own. */
  readonly archive?: string;
}

/** How S3 refuses an address: its credentials have ended, or its own time is over. */
export type DeadAddress = 'ExpiredToken' | 'AccessDenied';

const id = (): string => [...randomBytes(26)].map((byte) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[byte % 32]).join('');
const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');

class FakeRun {
  readonly id = id();
  readonly input: FakeRunInput;
  phase: HandoverPhase = 'INITIAL';
  state = 'READY';
  stateVersion = 1;
  lease = 0;
  held = false;
  stop = false;
  kill = false;
  decision: Decision | null = null;
  /** State and version of every step. */
  readonly history: { state: string; version: number; note?: string }[] = [];
  readonly reports: Record<string, unknown>[] = [];
  readonly outputs: Record<string, unknown>[] = [];
  readonly artifacts: { id: string; kind: string; key: string; completed: boolean; lease: number }[] = [];
  readonly releases: { outcome: string; note?: string }[] = [];
  readonly configs: string[] = [];
  workspaceKey: string | undefined;

  constructor(input: FakeRunInput) {
    this.input = input;
  }

  step(state: string, note?: string): void {
    this.state = state;
    this.stateVersion++;
    this.history.push({ state, version: this.stateVersion, ...(note === undefined ? {} : { note }) });
  }

  get states(): string[] {
    return this.history.map(({ state }) => state);
  }
}
export type { FakeRun };

const START: Readonly<Record<HandoverPhase, string>> = { INITIAL: 'PREPARING', APPLY: 'PREPARING_APPLY', REPLAN: 'PREPARING_REPLAN' };

export async function workerServer(options: { readonly logIntervalMs?: number; readonly pollSeconds?: number; readonly broker?: object; readonly rootCertificates?: readonly string[] } = {}) {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
  const objects = new Map<string, Buffer>();
  const runs = new Map<string, FakeRun>();
  const queue: FakeRun[] = [];
  const requests: { method: string; path: string; body: unknown; lease: string | undefined }[] = [];
  const registrations: Record<string, unknown>[] = [];
  const state = { body: undefined as Buffer | undefined, versionId: '', lock: undefined as unknown };
  const uploads = new Map<string, string>();
  const spent = new Set<string>();
  let fault: ((method: string, path: string) => { status: number; code: string } | undefined) | undefined;
  let waiting: { done: () => boolean; resolve: () => void }[] = [];
  const poolId = id();

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (error instanceof Refusal) send(response, error.status, error.body ?? { error: { code: error.code, message: error.message } });
      else send(response, 500, { error: { code: 'internal', message: String(error) } });
    }).finally(() => {
      const ready = waiting.filter(({ done }) => done());
      waiting = waiting.filter((one) => !ready.includes(one));
      for (const { resolve } of ready) resolve();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const given = new Map<string, number>();
  let dies: ((key: string, nth: number) => DeadAddress | undefined) | undefined;
  /** Each address of an object is another one, as a signature is. */
  const objectUrl = (key: string) => {
    given.set(key, (given.get(key) ?? 0) + 1);
    return `https://platform.example/objects/${key}?sig=${given.get(key)}`;
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parsed = new URL(request.url ?? '/', url);
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const raw = Buffer.concat(parts);
    const method = request.method ?? '';
    if (parsed.pathname.startsWith('/objects/')) {
      const key = decodeURIComponent(parsed.pathname.slice('/objects/'.length));
      const dead = dies?.(key, Number(parsed.searchParams.get('sig')));
      if (dead !== undefined) return refuseAddress(response, dead);
      return object(method, key, raw, request, response);
    }

    const path = parsed.pathname.replace('/worker/v1', '');
    const body = (raw.length > 0 ? JSON.parse(raw.toString()) : undefined) as Record<string, unknown> | undefined;
    requests.push({ method, path, body, lease: request.headers['x-run-lease'] as string | undefined });
    const broken = fault?.(method, path);
    if (broken) throw new Refusal(broken.status, broken.code);
    if (path === '/register') {
      const { claims } = verifyAssertion((request.headers.authorization ?? '').replace('Bearer ', ''), keys.publicKey, { audience: 'worker-api', now: new Date() });
      if (spent.has(claims.jti)) throw new Refusal(401, 'bad_assertion');
      spent.add(claims.jti);
      registrations.push(body ?? {});
      return send(response, 200, {
        session: { token: `session-${registrations.length}`, expiresAt: new Date(Date.now() + 3_600_000).toISOString() }, pool: { id: poolId, name: 'test' }, account: { name: 'acme', url: 'https://platform.example' },
        drained: false, heartbeat: { busySeconds: 20, idleSeconds: 60 }, pollSeconds: options.pollSeconds ?? 0.02, logs: { intervalMs: options.logIntervalMs ?? 20 }, broker: options.broker ?? null, rootCertificates: options.rootCertificates ?? [], serverTime: new Date().toISOString(),
      });
    }
    if (request.headers.authorization !== `Bearer session-${registrations.length}`) throw new Refusal(401, 'worker_unknown');
    if (path === '/session/refresh') return send(response, 200, { session: { token: `session-${registrations.length}`, expiresAt: new Date(Date.now() + 3_600_000).toISOString() } });
    if (path === '/heartbeat') return send(response, 200, { drained: false, cycle: false });
    if (path === '/deregister') return send(response, 204);
    if (path === '/claim') return claim(response);
    const [, , runId, ...rest] = path.split('/');
    const run = runs.get(runId ?? '');
    if (!run) throw new Refusal(404, 'not_found');
    if (rest[0] !== 'artifacts' && (Number(request.headers['x-run-lease']) !== run.lease || !run.held)) throw new Refusal(409, 'stale_lease');
    return runCall(run, method, rest.join('/'), body ?? {}, Number(request.headers['x-run-lease']), response);
  }

  function object(method: string, key: string, raw: Buffer, request: IncomingMessage, response: ServerResponse): void {
    if (method === 'PUT') {
      if (request.headers['if-none-match'] === '*' && objects.has(key)) return send(response, 412, {});
      objects.set(key, raw);
      return send(response, 200, {});
    }
    const stored = objects.get(key);
    if (!stored) return send(response, 404, {});
    response.writeHead(200, { 'content-length': stored.length }).end(stored);
  }

  function claim(response: ServerResponse): void {
    const run = queue.shift();
    if (!run) return send(response, 204);
    run.lease++;
    run.held = true;
    run.decision = null;
    run.step(START[run.phase]);
    const sealed = sealBuffer(keys.publicKey, packageContext(run.id, run.lease), Buffer.from(JSON.stringify(packageOf(run))));
    objects.set(`packages/${run.id}/${run.lease}`, sealed);
    const workspace = run.workspaceKey ? objects.get(run.workspaceKey) : undefined;
    const job: Job = {
      run: { id: run.id, type: run.input.type ?? 'TRACKED', stackId: 'network', spaceId: 'root', stateVersion: run.stateVersion },
      lease: run.lease, phase: run.phase,
      package: { url: objectUrl(`packages/${run.id}/${run.lease}`), sha256: sha256(sealed), bytes: sealed.length },
      workspace: workspace ? { url: objectUrl(run.workspaceKey ?? ''), sha256: sha256(workspace), bytes: workspace.length } : null,
      log: run.input.log ?? ['[Ground Control] package stored'], stop: false,
    };
    send(response, 200, job);
  }

  function packageOf(run: FakeRun): JobPackage {
    const { pkg = {}, type = 'TRACKED' } = run.input;
    const base: JobPackage = {
      v: 1, account: 'acme',
      stack: { id: 'network', name: 'Network', space: { id: 'root', path: 'root' }, labels: [], vendor: 'terraform', vendorConfig: { workspace: null, useSmartSanitization: false, concise: false }, projectRoot: '', additionalProjectGlobs: [], autodeploy: true, sensitiveOutputs: true },
      run: { id: run.id, type, branch: 'main', commit: { hash: '0'.repeat(40), message: 'change', author: 'ada', url: '', timestamp: 0 }, trigger: 'git commit', drift: false, command: null, targets: [], userMetadata: [], localPreview: false, skipInit: false },
      image: { ref: 'runner', source: 'default' }, tool: { kind: 'TERRAFORM_FOSS', version: '1.11.4' }, env: [], files: [], hooks: noHooks, source: { kind: 'none' }, workflow: null,
      masking: { wellKnown: true, timestamps: false }, state: { managed: true, workspace: 'default' }, apiToken: null, oidcToken: null, sanitize: 'default', mayApply: true,
    };
    return {
      ...base, ...pkg, run: { ...base.run, ...pkg.run, type } as JobPackage['run'], tool: { ...base.tool, ...pkg.tool }, hooks: { ...noHooks, ...pkg.hooks }, masking: { ...base.masking, ...pkg.masking }, state: { ...base.state, ...pkg.state },
      stack: { ...base.stack, ...pkg.stack, vendorConfig: { ...base.stack.vendorConfig, ...pkg.stack?.vendorConfig } } as JobPackage['stack'], image: { ...base.image, ...pkg.image },
      source: run.phase === 'INITIAL' ? (pkg.source ?? base.source) : { kind: 'none' },
    };
  }

  const control = (run: FakeRun) => ({ stop: run.stop, kill: run.kill, decision: run.decision, stateVersion: run.stateVersion, state: run.state, logs: { intervalMs: options.logIntervalMs ?? 20 } });

  /** Results that come with a report are kept like those that are uploaded. */
  function keepInline(run: FakeRun, { inline }: Record<string, unknown>, lease: number): void {
    const kinds = { plan: 'plan', changes: 'changes', resources: 'state-resources' } as const;
    for (const [result, text] of Object.entries((inline ?? {}) as Partial<Record<keyof typeof kinds, string>>)) {
      const artifact = { id: id(), kind: kinds[result as keyof typeof kinds], key: `artifacts/${id()}`, completed: true, lease };
      objects.set(artifact.key, Buffer.from(text));
      run.artifacts.push(artifact);
    }
  }

  function runCall(run: FakeRun, method: string, path: string, body: Record<string, unknown>, lease: number, response: ServerResponse): void {
    if (path === 'control') return send(response, 200, control(run));
    if (path === 'transitions') {
      if (run.state !== body.from) throw new Refusal(409, 'bad_transition');
      run.step(String(body.to), body.note as string | undefined);
      return send(response, 200, { stateVersion: run.stateVersion, stop: run.stop });
    }
    if (path === 'logs/urls') {
      const key = (sequence: string) => objectUrl(`logs/${run.id}/${body.stateVersion}/${sequence}`);
      const urls = Array.from({ length: Number(body.count) }, (_, n) => key(String(Number(body.first) + n).padStart(8, '0')));
      return send(response, 200, { urls, endUrl: key('end'), expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
    }
    if (path === 'artifacts') {
      const artifact = { id: id(), kind: String(body.kind), key: `artifacts/${id()}`, completed: false, lease };
      run.artifacts.push(artifact);
      return send(response, 200, { id: artifact.id, url: objectUrl(artifact.key), headers: {} });
    }
    const completed = /^artifacts\/(\w+)\/complete$/.exec(path);
    if (completed) {
      for (const artifact of run.artifacts) if (artifact.id === completed[1]) artifact.completed = true;
      return send(response, 204);
    }
    if (path === 'plan') {
      keepInline(run, body, lease);
      run.reports.push(body);
      const wanted = typeof run.input.decision === 'function' ? run.input.decision(body) : run.input.decision === undefined ? (body.hasChanges === true && run.input.type !== 'PROPOSED' ? 'apply' : 'finish') : run.input.decision;
      if (wanted) decide(run, wanted);
      return send(response, 200, control(run));
    }
    if (path === 'outputs') {
      keepInline(run, body, lease);
      run.outputs.push(body);
      return send(response, 204);
    }
    if (path === 'config') {
      run.configs.push(String(body.text));
      return send(response, 200, { package: { url: objectUrl(`packages/${run.id}/${run.lease}`), sha256: sha256(objects.get(`packages/${run.id}/${run.lease}`) ?? ''), bytes: 1_000_000 } });
    }
    if (path === 'workspace/upload') {
      run.workspaceKey = `workspace/${run.id}/${run.lease}`;
      return send(response, 200, { key: run.workspaceKey, url: objectUrl(run.workspaceKey), headers: {} });
    }
    if (path === 'package/download') return send(response, 200, { url: objectUrl(`packages/${run.id}/${run.lease}`) });
    if (path === 'source/download') return send(response, 200, { url: objectUrl(run.input.archive ?? '') });
    if (path === 'workspace/download') return send(response, 200, { url: objectUrl(run.workspaceKey ?? '') });
    if (path === 'release') {
      run.releases.push(body as { outcome: string });
      run.held = false;
      if (['PREPARING', 'PREPARING_APPLY', 'INITIALIZING', 'PLANNING', 'APPLYING', 'PERFORMING', 'DESTROYING'].includes(run.state)) run.step(body.outcome === 'stopped' ? 'STOPPED' : 'FAILED', body.note as string | undefined);
      return send(response, 204);
    }
    if (path.startsWith('state/')) return stateCall(run, method, path.split('/').slice(2).join('/'), body, response);
    throw new Refusal(404, 'not_found');
  }

  function decide(run: FakeRun, decision: Decision): void {
    run.decision = decision;
    run.step({ apply: 'APPLYING', release: run.input.type === 'PROPOSED' ? 'PENDING_REVIEW' : 'UNCONFIRMED', finish: 'FINISHED', fail: 'FAILED', discard: 'STOPPED' }[decision]);
  }

  function stateCall(run: FakeRun, method: string, path: string, body: Record<string, unknown>, response: ServerResponse): void {
    const writable = ['APPLYING', 'PERFORMING', 'DESTROYING'].includes(run.state);
    if (path === '' && method === 'GET') {
      if (!state.body) return send(response, 204);
      const stored = state.body;
      objects.set('state', stored);
      const { serial, lineage } = JSON.parse(stored.toString()) as { serial: number; lineage: string };
      return send(response, 200, { versionId: state.versionId, serial, lineage, bytes: stored.length, sha256: sha256(stored), md5: createHash('md5').update(stored).digest('base64'), url: objectUrl('state'), expiresAt: '' });
    }
    if (path === 'lock') {
      if (state.lock) throw new Refusal(423, 'state_locked', { holder: state.lock });
      state.lock = body;
      return send(response, 200, {});
    }
    if (path === 'unlock') {
      state.lock = undefined;
      return send(response, 200, {});
    }
    if (!writable) throw new Refusal(403, 'state_forbidden');
    if (path === 'uploads') {
      const upload = id();
      uploads.set(upload, `state-uploads/${upload}`);
      return send(response, 201, { uploadId: upload, url: objectUrl(`state-uploads/${upload}`), headers: {}, expiresAt: '' });
    }
    const commit = /^uploads\/(\w+)\/commit$/.exec(path);
    if (commit) {
      state.body = objects.get(uploads.get(commit[1] ?? '') ?? '');
      state.versionId = id();
      return send(response, 200, { versionId: state.versionId });
    }
    throw new Refusal(404, 'not_found');
  }

  function when(done: () => boolean): Promise<void> {
    return done() ? Promise.resolve() : new Promise((resolve) => waiting.push({ done, resolve }));
  }

  function linesOf(run: FakeRun, stateName: string, nth = 0): string[] {
    const version = run.history.filter((step) => step.state === stateName)[nth]?.version;
    const keys_ = [...objects.keys()].filter((key) => key.startsWith(`logs/${run.id}/${version}/`) && !key.endsWith('end')).sort();
    return keys_.flatMap((key) => gunzipSync(objects.get(key) ?? '').toString().split('\n').filter((line) => line !== '').map((line) => (JSON.parse(line) as { msg: string }).msg));
  }

  const certificate = await selfSigned(keys);
  return {
    url, poolId, keys, objects, requests, registrations, state, runs,
    token: encodePoolToken({
      v: 1, account: 'acme', api: url, worker_pool: poolId, broker: { type: 'builtin', endpoint: '127.0.0.1', port: 1, tls: false, alpn: null, namespace: 'spacelift', ca: null }, certificate, certificate_id: 'ab', issued_at: new Date().toISOString(),
    }),
    addRun(input: FakeRunInput = {}): FakeRun {
      const run = new FakeRun(input);
      runs.set(run.id, run);
      queue.push(run);
      return run;
    },
    confirm(run: FakeRun): void {
      run.step('CONFIRMED');
      run.phase = 'APPLY';
      queue.push(run);
    },
    decide,
    released: (run: FakeRun, times = 1) => when(() => run.releases.length >= times),
    reached: (run: FakeRun, state_: string) => when(() => run.states.includes(state_)),
    when,
    linesOf,
    /** All lines of all states, in order. */
    log: (run: FakeRun): string => run.history.map(({ state: name }, index) => linesOf(run, name, run.history.slice(0, index).filter((step) => step.state === name).length).join('\n')).join('\n'),
    endMarker: (run: FakeRun, stateName: string): unknown => {
      const version = run.history.find((step) => step.state === stateName)?.version;
      const marker = objects.get(`logs/${run.id}/${version}/end`);
      return marker ? JSON.parse(marker.toString()) : undefined;
    },
    objectUrl,
    /** Judges addresses: `nth` counts those that were given for the same object. */
    addressesDie(rule: typeof dies): void {
      dies = rule;
    },
    failWith(rule: typeof fault): void {
      fault = rule;
    },
    forget(): void {
      registrations.push({});
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
export type WorkerServer = Awaited<ReturnType<typeof workerServer>>;

class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly body: unknown;

  constructor(status: number, code: string, body?: unknown) {
    super(`refused: ${code}`);
    this.status = status;
    this.code = code;
    this.body = body;
  }
}

function send(response: ServerResponse, status: number, body?: unknown): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json' }).end(text);
}

function refuseAddress(response: ServerResponse, code: DeadAddress): void {
  const [status, message] = code === 'ExpiredToken' ? [400, 'The provided token has expired.'] as const : [403, 'Request has expired'] as const;
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>1</RequestId></Error>`;
  response.writeHead(status, { 'content-type': 'application/xml', connection: 'close' }).end(text);
}

export async function selfSigned(keys: { readonly publicKey: string; readonly privateKey: string }): Promise<string> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const;
  const pair = {
    privateKey: await webcrypto.subtle.importKey('pkcs8', createPrivateKey(keys.privateKey).export({ type: 'pkcs8', format: 'der' }), algorithm, true, ['sign']),
    publicKey: await webcrypto.subtle.importKey('spki', createPublicKey(keys.publicKey).export({ type: 'spki', format: 'der' }), algorithm, true, ['verify']),
  };
  return (await X509CertificateGenerator.createSelfSigned({ serialNumber: '01', name: 'CN=pool', keys: pair, signingAlgorithm: algorithm })).toString('pem');
}
