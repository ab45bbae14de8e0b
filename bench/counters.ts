import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { countCloud } from '../test/support/counted-push.ts';
import { countJourney } from '../test/support/counted-journey.ts';

const FILE = fileURLToPath(new URL('../lib/costs/counters.json', import.meta.url));

/** Counts the calls of real journeys anew, embedded and on the local cloud, for the price list and the model of latencies. */
export async function writeCounters(): Promise<string> {
  const counted = { ...(await countJourney(5)), ...(await countCloud()) };
  await writeFile(FILE, `${inLines(JSON.stringify({ countedAt: new Date().toISOString().slice(0, 10), ...counted }, null, 2))}\n`);
  return FILE;
}

/** Each call of a way in one line. */
const inLines = (text: string): string =>
  text.replace(/\{\s+"call": ("[^"]+"),\s+"after": \[([\d,\s]*)\]\s+\}/g, (_all, call: string, after: string) => `{ "call": ${call}, "after": [${(after.match(/\d+/g) ?? []).join(', ')}] }`);
