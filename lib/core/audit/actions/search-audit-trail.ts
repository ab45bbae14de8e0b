import type { Ports } from '../../ports/ports.ts';
import { requireRootAdmin, type Actor } from '../../shared/actor.ts';
import type { Page } from '../../shared/pages.ts';
import type { AuditTrailEntry } from '../audit-entry.ts';
import { auditSearch, type AuditSearchInput } from '../audit-search.ts';
import { searchAudit } from '../audit-trail-store.ts';

/** One page of the audit trail, newest first unless asked otherwise; for administrators. */
export async function searchAuditTrail(ports: Pick<Ports, 'db'>, actor: Actor, input: AuditSearchInput): Promise<Page<AuditTrailEntry>> {
  requireRootAdmin(actor);
  return searchAudit(ports.db.sql, auditSearch(input));
}
