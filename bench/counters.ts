import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { countJourney } from '../test/support/counted-journey.ts';

const FILE = fileURLToPath(new URL('../lib/costs/counters.json', import.meta.url));

/** Counts the calls of a real journey anew, for the price list and the model of latencies. */
export async function writeCounters(): Promise<string> {
  const counted = await countJourney(5);
  await writeFile(FILE, `${JSON.stringify({ countedAt: new Date().toISOString().slice(0, 10), ...counted }, null, 2)}\n`);
  return FILE;
}
