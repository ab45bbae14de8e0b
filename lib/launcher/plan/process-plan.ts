import { closeSync, constants, createReadStream, fstatSync, openSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { HoldsSecret, SanitizeMode } from '../../protocol/sanitize.ts';
import type { Change, Delta } from '../../protocol/worker-api.ts';
import { writeArtifact, writeText, type ArtifactFile } from './artifact-file.ts';
import { hasChanges } from './plan-changes.ts';
import { readPlan } from './read-plan.ts';
import { sanitizedPlan } from './sanitized-plan.ts';
import { marksText, type SensitiveMarks } from './sensitive-marks.ts';

export interface ProcessedPlan {
  /** The plan's JSON, sanitized (artifact `plan`). */
  readonly planFile: ArtifactFile;
  /** A list of `Change` (artifact `changes`). */
  readonly changesFile: ArtifactFile;
  /** `StateResources` as they were before the plan (artifact `state-resources`). */
  readonly resourcesFile: ArtifactFile;
  /** The marks, to be kept with the workspace until the apply. */
  readonly marksFile: ArtifactFile;
  readonly marks: SensitiveMarks;
  readonly changes: readonly Change[];
  readonly delta: Delta;
  readonly hasChanges: boolean;
}

/** Turns the tool's JSON of a plan, of any size, into what the platform is told about it. */
export async function processPlan(input: { readonly planJsonPath: string; readonly mode: SanitizeMode; readonly outFolder: string; readonly holdsSecret?: HoldsSecret }): Promise<ProcessedPlan> {
  const { planJsonPath, mode, outFolder, holdsSecret } = input;
  const file = openRegular(planJsonPath);
  const read = () => createReadStream('', { fd: file, start: 0, autoClose: false, highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;
  try {
    return await process(read, mode, outFolder, holdsSecret);
  } finally {
    closeSync(file);
  }
}

/** The file lies where the run's steps can put another in its place: a link or a pipe is not followed. */
function openRegular(path: string): number {
  const file = opened(path);
  if (file !== undefined && fstatSync(file).isFile()) return file;
  if (file !== undefined) closeSync(file);
  throw new Error(`the plan as JSON was replaced: ${basename(path)} is no regular file`);
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') return undefined;
    throw error;
  }
}

async function process(read: () => AsyncIterable<Buffer>, mode: SanitizeMode, outFolder: string, holdsSecret: HoldsSecret | undefined): Promise<ProcessedPlan> {
  let facts: Awaited<ReturnType<typeof readPlan>> | undefined;
  const resourcesFile = await writeArtifact(join(outFolder, 'plan-resources.json'), async (writer) => {
    facts = await readPlan(read(), mode, writer, holdsSecret);
  });
  if (facts === undefined) throw new Error('the plan was not read');
  const { changes, delta, marks, sensitiveVariables } = facts;
  const planFile = await writeArtifact(join(outFolder, 'plan-sanitized.json'), async (writer) => {
    for await (const piece of sanitizedPlan(read(), mode, sensitiveVariables, holdsSecret)) {
      writer.add(piece);
      await writer.flush();
    }
  });
  const changesFile = await writeText(join(outFolder, 'plan-changes.json'), JSON.stringify(changes));
  const marksFile = await writeText(join(outFolder, 'plan-marks.json'), marksText(marks));
  return { planFile, changesFile, resourcesFile, marksFile, marks, changes, delta, hasChanges: hasChanges(delta) };
}
