import type { Sql } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import type { Bucket } from '../../shared/buckets.ts';
import { AppError, conflict, invalid, notFound } from '../../shared/errors.ts';
import { findStack } from '../../stacks/stack-store.ts';
import { requireManagedStack } from '../managed-stack.ts';
import { oneChunk } from '../state-body.ts';
import { MAX_IMPORT_BYTES, MAX_LITERAL_BYTES, RETENTION_DAYS } from '../state-rules.ts';
import type { StateVersion } from '../state.ts';
import { findErroredState, findUploadedState, markUploadedStateUsed } from '../uploaded-state-store.ts';
import { replaceState, requireQuietStack, type Replacement, type ReplacePorts } from './replace-state.ts';

interface GivenState {
  readonly open: Replacement['open'];
  /** Of an upload, which can be used once. */
  readonly uploadId: string | undefined;
}

/** Puts a given state in place of the current one: the id of an upload, of a state that a run could not commit, or the text itself. */
export async function importState(ports: ReplacePorts, actor: Actor, input: { readonly stackId: string; readonly state: string }): Promise<StateVersion> {
  const stack = requireManagedStack(actor, await findStack(ports.db.sql, input.stackId), input.stackId, 'stack:managed-state-import');
  const given = await givenState(ports, actor, stack.id, input.state);

  return replaceState(ports, actor, {
    stack,
    origin: 'import',
    action: 'stack.state-import',
    open: given.open,
    require: (sql, workspace) => requireQuietStack(sql, actor, stack.id, workspace),
    claim: (sql) => useUpload(ports, sql, given.uploadId),
  });
}

/** A body that the caller uploaded or gave as text, checked for size. */
async function givenState(ports: ReplacePorts, actor: Actor, stackId: string, state: string): Promise<GivenState> {
  if (state.trimStart().startsWith('{')) {
    if (Buffer.byteLength(state) > MAX_LITERAL_BYTES) throw new AppError('TOO_LARGE', 'a state given as text has at most 4 MB; upload it and pass the id of the upload');
    return { open: async () => oneChunk(state), uploadId: undefined };
  }
  const upload = await findUploadedState(ports.db.sql, state);
  if (upload !== undefined) return { open: await openUpload(ports, actor, state), uploadId: upload.id };

  const errored = await findErroredState(ports.db.sql, stackId, state);
  if (errored === undefined) throw notFound(`there is no uploaded state with the id ${JSON.stringify(state.slice(0, 64))}`);
  if (ports.clock.now().getTime() - errored.createdAt.getTime() > RETENTION_DAYS * 86_400_000) throw invalid('this state of a failed run has expired');
  return { open: await openObject(ports, errored.bucket as Bucket, errored.objectKey), uploadId: undefined };
}

/** The body behind the id of an upload: the caller's own, not used yet, in time, and not too large. */
export async function openUpload(ports: Pick<Ports, 'db' | 'objects' | 'clock'>, actor: Actor, id: string): Promise<Replacement['open']> {
  const upload = await findUploadedState(ports.db.sql, id);
  if (upload === undefined || upload.actor !== actor.login) throw notFound(`there is no uploaded state with the id ${JSON.stringify(id.slice(0, 64))}`);
  if (upload.usedAt !== null) throw conflict('this uploaded state was used already; upload it again');
  if (upload.expiresAt <= ports.clock.now()) throw invalid('this uploaded state has expired; upload it again');
  return openObject(ports, 'uploads', upload.objectKey);
}

export async function useUpload(ports: Pick<Ports, 'clock'>, sql: Sql, id: string | undefined): Promise<void> {
  if (id !== undefined && !(await markUploadedStateUsed(sql, id, ports.clock.now()))) throw conflict('this uploaded state was used already; upload it again');
}

async function openObject(ports: Pick<Ports, 'objects'>, bucket: Bucket, key: string): Promise<Replacement['open']> {
  const stored = await ports.objects.stat(bucket, key);
  if (stored === undefined) throw invalid('the state was not uploaded: PUT it to the address first');
  if (stored.bytes > MAX_IMPORT_BYTES) throw new AppError('TOO_LARGE', 'a state to import has at most 100 MB', { bytes: stored.bytes });
  return async () => {
    const body = await ports.objects.getStream(bucket, key);
    if (body === undefined) throw invalid('the uploaded state is gone; upload it again');
    return body;
  };
}
