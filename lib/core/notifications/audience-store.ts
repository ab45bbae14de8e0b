import { sql as raw } from 'kysely';
import type { Sql } from '../ports/database.ts';

/** Who may have to be told of the steps of a stack's runs. */
export interface Audience {
  readonly policies: boolean;
  readonly stackWebhooks: boolean;
  readonly audit: boolean;
}

/** In one statement, whether anybody listens. That a policy is in force for the stack's own space is found out when it is asked. */
export async function audienceOf(sql: Sql, stackId: string): Promise<Audience> {
  const row = await sql
    .selectNoFrom((eb) => [
      eb.exists(eb.selectFrom('policies').select('id').where('type', '=', 'NOTIFICATION')).as('policies'),
      eb.exists(eb.selectFrom('webhooks').select('id').where('stack_id', '=', stackId).where('kind', '=', 'STACK').where('enabled', '=', true)).as('stack_webhooks'),
      eb.exists(eb.selectFrom('webhooks').select('id').where('kind', '=', 'AUDIT').where('enabled', '=', raw.lit(true))).as('audit'),
    ])
    .executeTakeFirstOrThrow();
  return { policies: Boolean(row.policies), stackWebhooks: Boolean(row.stack_webhooks), audit: Boolean(row.audit) };
}

/** Where a policy lies and what it decides. */
export async function policyFacts(sql: Sql, policyId: string): Promise<{ readonly spaceId: string; readonly type: string } | undefined> {
  const row = await sql.selectFrom('policies').select(['space_id', 'type']).where('id', '=', policyId).executeTakeFirst();
  return row && { spaceId: row.space_id, type: row.type };
}
