import type { Ports } from '../../ports/ports.ts';
import { isAppError } from '../../shared/errors.ts';
import { chunkKey, encodeChunk, encodeEnd, endKey, groundControl, logPrefix, logTopic, type LogAddress } from '../run-log.ts';

const PAGE = 1000;
const ATTEMPTS = 5;

/** Ends the log of a state that nobody writes any more, with last words of the server. A log that is closed stays as it is. */
export async function closeRunLog(ports: Pick<Ports, 'objects' | 'clock' | 'wakeups'>, log: LogAddress, text: string): Promise<void> {
  const { objects } = ports;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await chunksOf(ports, log);
    if (found === 'closed') return;
    const chunk = encodeChunk([{ message: groundControl(text), timestamp: ports.clock.now().getTime() }]);
    // A worker that is late may take the place or close the log first: chunks are only ever created.
    if (!(await created(objects.put('run-logs', chunkKey(log, found), chunk, { createOnly: true })))) continue;
    await created(objects.put('run-logs', endKey(log), encodeEnd(found + 1), { createOnly: true }));
    break;
  }
  ports.wakeups.wake(logTopic(log));
}

async function chunksOf({ objects }: Pick<Ports, 'objects'>, log: LogAddress): Promise<number | 'closed'> {
  const prefix = logPrefix(log);
  let chunks = 0;
  for (let after: string | undefined; ; ) {
    const page = await objects.list('run-logs', prefix, { limit: PAGE, ...(after === undefined ? {} : { after }) });
    if (page.some(({ key }) => key === endKey(log))) return 'closed';
    // A gap ends the log: readers stop there.
    for (const { key } of page) if (key === chunkKey(log, chunks)) chunks++;
    after = page.at(-1)?.key;
    if (page.length < PAGE) return chunks;
  }
}

async function created(write: Promise<void>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isAppError(error, 'CONFLICT')) return false;
    throw error;
  }
}
