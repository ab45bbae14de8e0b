import { claimRun } from '../../lib/core/handovers/actions/claim-run.ts';
import { createArtifact } from '../../lib/core/handovers/actions/create-artifact.ts';
import { logUrls } from '../../lib/core/handovers/actions/log-urls.ts';
import { transitionRun } from '../../lib/core/handovers/actions/transition-run.ts';
import type { RunState } from '../../lib/core/runs/run-states.ts';
import type { Run } from '../../lib/core/runs/run.ts';
import { sha256 } from '../../lib/core/shared/text.ts';
import type { Stack } from '../../lib/core/stacks/stack.ts';
import { findWorker } from '../../lib/core/workers/worker-store.ts';
import type { WorkerInPool } from '../../lib/core/workers/worker.ts';
import { openBuffer, packageContext } from '../../lib/protocol/envelope.ts';
import type { Job, JobPackage } from '../../lib/protocol/job.ts';
import type { ArtifactRequest, Delta, PlanReport } from '../../lib/protocol/worker-api.ts';
import { testApp, type TestApp, type TestAppOptions } from './app.ts';
import { insertTestRun } from './run-builders.ts';
import { aStack, anAccount } from './stack-builders.ts';
import { testCertificates, type TestPool } from './worker-builders.ts';

/** The whole core with its own handlers, and an account. */
export async function handoversApp(options: TestAppOptions = {}): Promise<TestApp> {
  const app = await testApp({ certificates: await testCertificates(), ...options });
  await anAccount(app);
  return app;
}

/** A stack of the pool on a tool that every worker can get. */
export const poolStack = (app: TestApp, pool: TestPool, changes: Partial<Stack> = {}): Promise<Stack> => aStack(app, { workerPoolId: pool.pool.id, ...changes });

/** A run at the head of its stack's branch; by default a tracked one that a worker may take. */
export async function aRun(app: TestApp, stack: Stack, changes: Partial<Run> = {}): Promise<Run> {
  const commit = await app.ports.vcs.commit({ provider: 'GIT', url: stack.repositoryUrl }, { branch: stack.branch });
  return insertTestRun(app, stack, { state: 'READY', commit, ...changes });
}

/** The worker as its next call finds it. */
export async function workerAgain(app: TestApp, worker: WorkerInPool): Promise<WorkerInPool> {
  const found = await findWorker(app.ports.db.sql, worker.id);
  if (found === undefined) throw new Error(`worker ${worker.id} is gone`);
  return { ...found, pool: worker.pool };
}

/** The worker takes what is there for it. */
export async function claimed(app: TestApp, worker: WorkerInPool): Promise<Job> {
  const job = await claimRun(app.ports, await workerAgain(app, worker));
  if (job === undefined) throw new Error('there was no run to claim');
  return job;
}

/** The package of a job, opened as its worker does. */
export async function openPackage(app: TestApp, pool: TestPool, job: Pick<Job, 'run' | 'lease' | 'package'>): Promise<JobPackage> {
  const key = new URL(job.package.url).pathname.replace('/objects/metadata/', '');
  const sealed = await app.ports.objects.get('metadata', key);
  if (sealed === undefined) throw new Error(`there is no package ${key}`);
  return JSON.parse(openBuffer(pool.key.privateKeyPem, packageContext(job.run.id, job.lease), sealed).toString('utf8')) as JobPackage;
}

/** What a worker's calls name. */
export interface Handover {
  readonly run: { readonly id: string };
  readonly lease: number;
}

/** Takes the run along its worker's path. */
export async function walk(app: TestApp, worker: WorkerInPool, job: Handover & Pick<Job, 'choice'>, ...path: readonly RunState[]): Promise<void> {
  let from = path[0];
  for (const to of path.slice(1)) {
    const choice = job.choice === undefined || !from?.startsWith('PREPARING') ? {} : { choice: job.choice };
    await transitionRun(app.ports, worker, { runId: job.run.id, lease: job.lease, request: { from: from ?? '', to, ...choice } });
    from = to;
  }
}

/** Stores what a worker made, by the address it was given, and returns the id. */
export async function anArtifact(app: TestApp, worker: WorkerInPool, job: Pick<Job, 'run' | 'lease'>, kind: ArtifactRequest['kind'], content: unknown): Promise<string> {
  const body = Buffer.from(JSON.stringify(content), 'utf8');
  const { id, url } = await createArtifact(app.ports, worker, { runId: job.run.id, lease: job.lease, request: { kind, bytes: body.length, sha256: sha256(body) } });
  await put(app, url, body);
  return id;
}

/** What the object store does with a PUT to a signed address. */
export async function put(app: TestApp, url: string, body: Uint8Array): Promise<void> {
  const { pathname, search } = new URL(url);
  const allowed = app.urls.verify('PUT', `${pathname}${search}`);
  if (typeof allowed === 'string') throw new Error(`the address is ${allowed}`);
  await app.ports.objects.put(allowed.bucket, allowed.key, body, { createOnly: allowed.createOnly ?? false });
}

export const deltaOf = (changes: Partial<Delta> = {}): Delta => ({ addCount: 0, changeCount: 0, deleteCount: 0, importCount: 0, moveCount: 0, forgetCount: 0, resources: 0, ...changes });

/** A plan that adds one thing. */
export const planOf = (changes: Partial<PlanReport> = {}): PlanReport => ({ sanitizedAs: 'default', delta: deltaOf({ addCount: 1, resources: 1 }), hasChanges: true, ...changes });

/** Writes chunks of a log as a worker does; the next one with `first`. */
export async function writeLog(app: TestApp, worker: WorkerInPool, job: Pick<Job, 'run' | 'lease'>, log: { readonly stateVersion: number; readonly first?: number; readonly chunks: readonly Uint8Array[]; readonly end?: boolean }): Promise<void> {
  const first = log.first ?? 0;
  const addresses = await logUrls(app.ports, worker, { runId: job.run.id, lease: job.lease, stateVersion: log.stateVersion, first, count: log.chunks.length, end: true });
  for (const [index, chunk] of log.chunks.entries()) await put(app, addresses.urls[index] ?? '', chunk);
  if (log.end === true) await put(app, addresses.endUrl ?? '', Buffer.from(JSON.stringify({ chunks: first + log.chunks.length })));
}
