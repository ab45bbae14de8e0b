import type { SQSBatchResponse } from 'aws-lambda';
import type { Telemetry } from '../core/ports/telemetry.ts';
import { isAppError } from '../core/shared/errors.ts';
import { isPermanentFailure } from '../core/shared/messages.ts';
import { MAX_RECEIVES } from '../core/shared/wire-message.ts';

const LONGEST_BACKOFF_SECONDS = 300;

/** How long a message that failed on its n-th receive waits for the next. */
export const backoffSeconds = (receiveCount: number): number => Math.min(LONGEST_BACKOFF_SECONDS, 5 * 2 ** (receiveCount - 1));

export interface BatchRecord {
  readonly messageId: string;
  /** Counted from 1. */
  readonly receiveCount: number;
}

export interface Settling<R extends BatchRecord> {
  /** Messages of an ordered queue: none may overtake one that failed. */
  readonly fifo: boolean;
  readonly handle: (record: R) => Promise<void>;
  /** Keeps what no repetition can mend; when this fails the message is tried again. */
  readonly giveUp: (record: R, error: unknown) => Promise<void>;
  readonly delay: (record: R, seconds: number) => Promise<void>;
  /** Sees to it that it comes again with its receives counted anew, whereupon the queue forgets this one. */
  readonly sendAgain: (record: R) => Promise<void>;
  readonly telemetry: Pick<Telemetry, 'log' | 'count'>;
}

/**
 * Handles the records of one batch and answers which of them failed: of a standard queue those alone, of an ordered one the first and all
 * behind it. What is only unavailable at the moment never uses up its receives.
 */
export async function settleBatch<R extends BatchRecord>(records: readonly R[], settling: Settling<R>): Promise<SQSBatchResponse> {
  const failed = settling.fifo ? await oneByOne(records, settling) : await atOnce(records, settling);
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

async function oneByOne<R extends BatchRecord>(records: readonly R[], settling: Settling<R>): Promise<readonly R[]> {
  for (const [index, record] of records.entries()) if (!(await settle(record, settling))) return records.slice(index);
  return [];
}

async function atOnce<R extends BatchRecord>(records: readonly R[], settling: Settling<R>): Promise<readonly R[]> {
  const settled = await Promise.all(records.map((record) => settle(record, settling)));
  return records.filter((_, index) => !settled[index]);
}

/** True when the queue may forget the record. */
async function settle<R extends BatchRecord>(record: R, settling: Settling<R>): Promise<boolean> {
  try {
    await settling.handle(record);
    return true;
  } catch (error) {
    return isPermanentFailure(error) ? givenUp(record, error, settling) : retried(record, error, settling);
  }
}

async function givenUp<R extends BatchRecord>(record: R, error: unknown, settling: Settling<R>): Promise<boolean> {
  try {
    await settling.giveUp(record, error);
    settling.telemetry.log('error', 'message given up', { messageId: record.messageId, receiveCount: record.receiveCount, error });
    return true;
  } catch (cause) {
    return retried(record, cause, settling);
  }
}

async function retried<R extends BatchRecord>(record: R, error: unknown, settling: Settling<R>): Promise<boolean> {
  const { messageId, receiveCount } = record;
  settling.telemetry.log('warn', 'message failed, will be tried again', { messageId, receiveCount, error });
  settling.telemetry.count('MessageFailures');
  if (isAppError(error, 'UNAVAILABLE') && receiveCount >= MAX_RECEIVES - 1) return copied(record, settling);
  await settling.delay(record, backoffSeconds(receiveCount)).catch((cause: unknown) => {
    // Then it comes back after the queue's own time.
    settling.telemetry.log('warn', 'a failed message could not be given its delay', { messageId, error: cause });
  });
  return false;
}

async function copied<R extends BatchRecord>(record: R, settling: Settling<R>): Promise<boolean> {
  try {
    await settling.sendAgain(record);
    return true;
  } catch (error) {
    settling.telemetry.log('warn', 'a message could not be sent again', { messageId: record.messageId, error });
    return false;
  }
}
