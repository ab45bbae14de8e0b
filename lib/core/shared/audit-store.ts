import type { Insertable } from 'kysely';
import * as z from 'zod/mini';
import type { Sql } from '../ports/database.ts';
import type { Ports } from '../ports/ports.ts';
import type { Tables } from '../ports/tables.ts';
import type { Actor } from './actor.ts';
import { json } from '../ports/json.ts';
import { rowsIf } from './guarded-store.ts';
import { messageRow } from './message-store.ts';
import { defineMessage } from './messages.ts';

export interface AuditEntry {
  /** Verb of the mutation, for example `stack.update`. */
  readonly action: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly spaceId?: string | null;
  readonly relatedType?: string;
  readonly relatedId?: string;
  /** Facts of the change, never a secret value. */
  readonly body?: Readonly<Record<string, unknown>>;
}

/** An entry of the audit trail was written while somebody listens to it. */
export const auditWritten = defineMessage({ name: 'audit.written', queue: 'eventsInbox', schema: z.object({ auditId: z.string() }) });

/** The row that every mutation writes inside its own transaction: `insertInto('audit').values(auditRow(…))`. */
export function auditRow(ports: Pick<Ports, 'clock' | 'ids'>, actor: Actor, entry: AuditEntry): Insertable<Tables['audit']> & { readonly id: string } {
  return {
    id: ports.ids.ulid(),
    action: entry.action,
    actor: actor.login,
    actor_kind: actor.kind,
    actor_roles: json(actor.roles ?? []),
    remote_ip: actor.remoteIp,
    resource_type: entry.resourceType,
    resource_id: entry.resourceId,
    related_type: entry.relatedType ?? null,
    related_id: entry.relatedId ?? null,
    space_id: entry.spaceId ?? null,
    mutation: actor.call?.mutation ?? null,
    args: json(actor.call?.args ?? {}),
    body: json(entry.body ?? {}),
    created_at: ports.clock.now(),
  };
}

/** Writes the row with the transaction's handle, and tells of it if anybody listens to the audit trail. */
export async function saveAudit(ports: Pick<Ports, 'clock' | 'ids'>, sql: Sql, actor: Actor, entry: AuditEntry): Promise<void> {
  const row = auditRow(ports, actor, entry);
  const told = rowsIf('listener', [messageRow(ports, auditWritten, { auditId: row.id })]);
  await sql
    .with('listener', (q) => q.selectFrom('webhooks').select('id').where('kind', '=', 'AUDIT').where('enabled', '=', true).limit(1))
    .with('told', (q) => q.insertInto('messages').columns(told.columns).expression(told.values))
    .insertInto('audit')
    .values(row)
    .execute();
}
