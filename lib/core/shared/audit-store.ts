import type { Insertable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Ports } from '../ports/ports.ts';
import type { Tables } from '../ports/tables.ts';
import type { Actor } from './actor.ts';
import { json } from '../ports/json.ts';

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

/** The row that every mutation writes inside its own transaction: `insertInto('audit').values(auditRow(…))`. */
export function auditRow(ports: Pick<Ports, 'clock' | 'ids'>, actor: Actor, entry: AuditEntry): Insertable<Tables['audit']> {
  return {
    id: ports.ids.ulid(),
    action: entry.action,
    actor: actor.login,
    actor_kind: actor.kind,
    remote_ip: actor.remoteIp,
    resource_type: entry.resourceType,
    resource_id: entry.resourceId,
    related_type: entry.relatedType ?? null,
    related_id: entry.relatedId ?? null,
    space_id: entry.spaceId ?? null,
    body: json(entry.body ?? {}),
    created_at: ports.clock.now(),
  };
}

/** Writes the row with the transaction's handle. */
export async function saveAudit(ports: Pick<Ports, 'clock' | 'ids'>, sql: Sql, actor: Actor, entry: AuditEntry): Promise<void> {
  await sql.insertInto('audit').values(auditRow(ports, actor, entry)).execute();
}
