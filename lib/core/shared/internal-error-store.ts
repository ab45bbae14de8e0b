import type { Sql } from '../ports/database.ts';
import type { Ports } from '../ports/ports.ts';
import { internalErrorRaised, type InternalError } from './internal-error.ts';
import { messageRow } from './message-store.ts';

const MAX_MESSAGE = 8_000;

/** Announces the error in the caller's transaction; the policies of the space and the inbox hear of it from there. */
export async function raiseInternalError(sql: Sql, ports: Pick<Ports, 'clock' | 'ids'>, fault: InternalError): Promise<void> {
  const body = { ...fault, message: fault.message.slice(0, MAX_MESSAGE), at: ports.clock.now().toISOString() };
  await sql.insertInto('messages').values(messageRow(ports, internalErrorRaised, body)).execute();
}
