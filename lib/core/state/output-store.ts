import type { Sql } from '../ports/database.ts';

/** An output of a stack as it was stored. */
export interface StoredOutput {
  readonly name: string;
  readonly description: string | null;
  readonly sensitive: boolean;
  /** JSON text; null when sensitive, or when it lies in an object. */
  readonly value: string | null;
  /** Of a sensitive output that may be handed on. */
  readonly ciphertext: string | null;
  /** Object in `documents` with a value or ciphertext too long for a row. */
  readonly objectKey: string | null;
  readonly hash: string;
  /** The run that applied it; null after an import: such values feed no dependants. */
  readonly runId: string | null;
}

export async function outputsOfStack(sql: Sql, stackId: string): Promise<readonly StoredOutput[]> {
  const rows = await sql.selectFrom('stack_outputs').selectAll().where('stack_id', '=', stackId).orderBy('name').limit(2000).execute();
  return rows.map((row) => ({ name: row.name, description: row.description, sensitive: row.sensitive, value: row.value, ciphertext: row.ciphertext, objectKey: row.object_key, hash: row.hash ?? '', runId: row.run_id }));
}

/** Replaces a stack's outputs, and answers the keys of objects that are no longer used. */
export async function replaceOutputRows(sql: Sql, stackId: string, outputs: readonly StoredOutput[], now: Date): Promise<readonly string[]> {
  const removed = await sql.deleteFrom('stack_outputs').where('stack_id', '=', stackId).returning('object_key').execute();
  for (let from = 0; from < outputs.length; from += 50) {
    const rows = outputs.slice(from, from + 50).map((output) => ({
      stack_id: stackId, name: output.name, description: output.description, sensitive: output.sensitive, value: output.value, ciphertext: output.ciphertext, object_key: output.objectKey, hash: output.hash, run_id: output.runId, updated_at: now,
    }));
    await sql.insertInto('stack_outputs').values(rows).execute();
  }
  return removed.flatMap((row) => (row.object_key === null ? [] : [row.object_key]));
}
