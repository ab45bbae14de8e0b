import { createHash } from 'node:crypto';
import { beginStateUpload } from '../../lib/core/state/actions/begin-state-upload.ts';
import { commitStateUpload } from '../../lib/core/state/actions/commit-state-upload.ts';
import type { RunState } from '../../lib/core/runs/run-states.ts';
import type { Run } from '../../lib/core/runs/run.ts';
import type { RunCall } from '../../lib/core/state/run-call.ts';
import type { LockInfo } from '../../lib/core/state/state.ts';
import type { Stack } from '../../lib/core/stacks/stack.ts';
import type { TestApp } from './app.ts';
import { insertTestRun } from './run-builders.ts';

export interface StateBody {
  readonly serial: number;
  readonly lineage?: string;
  /** Text put into the body, so that equal serials can differ. */
  readonly note?: string;
}

/** A small state of the tool's format 4, as text. */
export const aState = ({ serial, lineage = 'lineage-1', note = '' }: StateBody): string =>
  `{"version":4,"terraform_version":"1.11.4","serial":${serial},"lineage":"${lineage}","outputs":{"note":{"value":"${note}","type":"string"}},"resources":[]}\n`;

export const announce = (body: string, lockId: string | null = null) => {
  const parsed = JSON.parse(body) as { serial: number; lineage: string };
  return {
    bytes: Buffer.byteLength(body),
    sha256: createHash('sha256').update(body).digest('hex'),
    md5: createHash('md5').update(body).digest('base64'),
    serial: parsed.serial,
    lineage: parsed.lineage,
    toolVersion: '1.11.4',
    lockId,
  };
};

/** A run that a worker holds. */
export function heldRun(app: TestApp, stack: Stack, changes: Partial<Run> & { readonly state: RunState }): Promise<Run> {
  return insertTestRun(app, stack, { workerId: `worker-${app.ports.ids.ulid()}`, lease: 1, ...changes });
}

export const callOf = (run: Run): RunCall => ({ runId: run.id, workerId: run.workerId ?? '', lease: run.lease, workspace: 'default' });

/** Sends a state the whole way; answers the version's id. */
export async function write(app: TestApp, run: Run, body: string, lockId: string | null = null): Promise<string> {
  const begun = await beginStateUpload(app.ports, callOf(run), announce(body, lockId));
  if ('unchanged' in begun) return begun.unchanged;
  await upload(app, begun.uploadId, body);
  return commitStateUpload(app.ports, callOf(run), begun.uploadId);
}

/** Stores a body where its upload was told to. */
export async function upload(app: TestApp, uploadId: string, body: string): Promise<void> {
  const row = await app.ports.db.sql.selectFrom('state_uploads').select('object_key').where('id', '=', uploadId).executeTakeFirstOrThrow();
  await app.ports.objects.put('states', row.object_key, Buffer.from(body), { createOnly: true });
}

export const lockInfo = (id: string): LockInfo => ({ ID: id, Operation: 'OperationTypeApply', Info: '', Who: 'root@worker', Version: '1.11.4', Created: '2026-01-01T00:00:00Z', Path: '' });

/** Moves a run on without the rest of the machinery. */
export async function moveRun(app: TestApp, run: Run, changes: { readonly state?: RunState; readonly lease?: number; readonly workerId?: string }): Promise<Run> {
  const moved = { ...run, ...changes, stateVersion: run.stateVersion + 1 };
  const finished = ['FINISHED', 'FAILED', 'STOPPED', 'DISCARDED', 'CANCELED'].includes(moved.state);
  await app.ports.db.sql
    .updateTable('runs')
    .set({ state: moved.state, state_version: moved.stateVersion, lease: moved.lease, worker_id: moved.workerId, finished_at: finished ? app.ports.clock.now() : null })
    .where('id', '=', run.id)
    .execute();
  return moved;
}

/** What the stack's current state is, as text. */
export async function currentBody(app: TestApp, stack: Pick<Stack, 'id'>): Promise<string | undefined> {
  const row = await app.ports.db.sql
    .selectFrom('state_workspaces')
    .innerJoin('state_versions', 'state_versions.id', 'state_workspaces.current_version_id')
    .select(['state_versions.object_key'])
    .where('state_workspaces.stack_id', '=', stack.id)
    .executeTakeFirst();
  return row === undefined || row.object_key === '' ? undefined : (await app.ports.objects.get('states', row.object_key))?.toString();
}

/** The worker's code of a refusal. */
export async function refusalOf(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(() => undefined, (thrown: unknown) => thrown);
  return (error as { details?: { workerCode?: unknown } } | undefined)?.details?.workerCode ?? error;
}
