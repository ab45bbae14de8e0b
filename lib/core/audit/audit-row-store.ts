import type { Sql } from '../ports/database.ts';
import type { auditRow } from '../shared/audit-store.ts';

/** Writes a row of the audit trail that is told of by whoever writes it. */
export async function insertAuditRow(sql: Sql, row: ReturnType<typeof auditRow>): Promise<void> {
  await sql.insertInto('audit').values(row).execute();
}
