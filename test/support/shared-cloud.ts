// Loaded by `--test-global-setup`: one local cloud for all files of a test run, each of which has workers of its own on it.
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCloud, type Cloud, type CloudAccess } from './cloud.ts';
import { needsMoto, needsNamespaces, needsPostgres } from './requirements.ts';

/** Where a file is that says how to use the cloud. */
const VARIABLE = 'WINDLASS_TEST_CLOUD';

/** The rules of the scheduler fire by the machine's clock, so that what is swept on AWS is swept here. */
const MINUTE_MS = 60_000;

let cloud: Cloud | undefined;
let ticking: NodeJS.Timeout | undefined;
const untold: unknown[] = [];

/** The cloud that the test run has started, if it has one. */
export function sharedCloud(): CloudAccess | undefined {
  const file = process.env[VARIABLE];
  return file === undefined ? undefined : (JSON.parse(readFileSync(file, 'utf8')) as CloudAccess);
}

export async function globalSetup(): Promise<void> {
  // What is missing here skips the suites by name.
  if (Object.keys({ ...needsMoto, ...needsPostgres, ...needsNamespaces }).length > 0) return;
  const startedAt = performance.now();
  cloud = await startCloud();
  const file = join(cloud.folder, 'access.json');
  await writeFile(file, JSON.stringify(cloud.access), { mode: 0o600 });
  process.env[VARIABLE] = file;
  ticking = setInterval(() => void cloud?.tickMinute().catch((error: unknown) => untold.push(error)), MINUTE_MS);
  console.log(`the local cloud is ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

export async function globalTeardown(): Promise<void> {
  clearInterval(ticking);
  const told = cloud?.refusals() ?? [];
  const ending = cloud;
  cloud = undefined;
  await ending?.stop();
  // What a function was not allowed may have gone unnoticed by the journeys.
  if (told.length > 0) throw new Error(`the roles of functions lack rights:\n${told.join('\n')}`);
  if (untold.length > 0) throw new AggregateError(untold, 'the scheduler could not fire its rules');
}
