import type { Sql } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict, notFound } from '../../shared/errors.ts';
import type { Stack } from '../../stacks/stack.ts';
import { holdStackLock, openBlockingRun } from '../managed-stack-store.ts';
import { requireQuiet } from '../managed-stack.ts';
import { bodyWithSerial, BodyMeter, inspectState } from '../state-body.ts';
import { stateReplaced } from '../state-messages.ts';
import { serialAfter } from '../state-rules.ts';
import { currentVersion, insertVersion } from '../state-store.ts';
import { DEFAULT_WORKSPACE, type StateVersion, type StateWorkspace } from '../state.ts';
import { ensureWorkspace, findWorkspace, lockWorkspace } from '../workspace-store.ts';

export type ReplacePorts = Pick<Ports, 'db' | 'objects' | 'clock' | 'ids' | 'queue'>;

export interface Replacement {
  readonly stack: Stack;
  readonly origin: 'import' | 'rollback';
  /** Verb for the audit trail. */
  readonly action: string;
  /** Opens the body anew; it is read twice. */
  readonly open: () => Promise<AsyncIterable<Uint8Array>>;
  /** Asked before the body is copied, and again inside the transaction that makes it current. */
  readonly require: (sql: Sql, workspace: StateWorkspace | undefined, current: StateVersion | undefined) => Promise<void>;
  /** Done in that transaction only. */
  readonly claim?: (sql: Sql) => Promise<void>;
}

/** The caller holds the stack's lock, and nothing is at work on the stack or its state. */
export async function requireQuietStack(sql: Sql, actor: Actor, stackId: string, workspace: StateWorkspace | undefined): Promise<void> {
  const lock = await holdStackLock(sql, stackId);
  requireQuiet(actor, stackId, { lockedBy: lock?.lockedBy ?? null, openRunId: await openBlockingRun(sql, stackId), workspace });
}

/** Puts a body in place of the current state as a new version, with a serial above the current one's. */
export async function replaceState(ports: ReplacePorts, actor: Actor, replacement: Replacement): Promise<StateVersion> {
  const { stack } = replacement;
  const { sql } = ports.db;
  await ensureWorkspace(ports, sql, stack.id);
  const before = await findWorkspace(sql, stack.id);
  const base = await currentVersion(sql, before);
  await replacement.require(sql, before, base);

  const summary = await inspectState(await replacement.open());
  const serial = summary.encrypted ? summary.serial : serialAfter(summary.serial, base);
  const id = ports.ids.ulid();
  const objectKey = `${stack.id}/${DEFAULT_WORKSPACE}/${id}`;
  const meter = new BodyMeter();
  await ports.objects.put('states', objectKey, meter.through(bodyWithSerial(await replacement.open(), summary, serial)), { createOnly: true });

  try {
    return await ports.db.transaction(async (tx) => {
      const workspace = await lockWorkspace(tx.sql, stack.id);
      if (workspace === undefined) throw notFound(`stack "${stack.id}" not found`, { stack: stack.id });
      const current = await currentVersion(tx.sql, workspace);
      await replacement.require(tx.sql, workspace, current);
      await replacement.claim?.(tx.sql);
      if (current?.id !== base?.id) throw conflict('the state was changed meanwhile; try again', { stack: stack.id });

      const version: StateVersion = {
        id, workspaceId: workspace.id, objectKey, ...meter.result(), serial, lineage: summary.lineage, toolVersion: summary.toolVersion, origin: replacement.origin,
        isDeletedMarker: false, runId: null, lease: null, createdBy: actor.login, committedAt: ports.clock.now(), supersededAt: null,
      };
      await insertVersion(tx.sql, version, current);
      await saveAudit(ports, tx.sql, actor, { action: replacement.action, resourceType: 'stack', resourceId: stack.id, spaceId: stack.spaceId, body: { version: id, serial, lineage: summary.lineage } });
      await ports.queue.enqueue(tx.sql, stateReplaced, { stackId: stack.id, versionId: id });
      tx.afterCommit(() => ports.queue.flush());
      return version;
    });
  } catch (error) {
    await ports.objects.delete('states', objectKey);
    throw error;
  }
}
