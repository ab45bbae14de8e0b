import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HoldsSecret, SanitizeMode } from '../../protocol/sanitize.ts';
import { resourcesDocument } from '../../protocol/state-resources.ts';
import type { Change } from '../../protocol/worker-api.ts';
import { appliedChanges, digestState } from './applied-changes.ts';
import { writeArtifact, writeText, type ArtifactFile } from './artifact-file.ts';
import { NO_MARKS, type SensitiveMarks } from './sensitive-marks.ts';

/** Resources and outputs of a state body in the tool's own format, without another execution of the tool. */
export async function processState(input: {
  readonly statePath: string;
  /** What the plan marked sensitive; without it smart sanitization hides every string. */
  readonly marks?: SensitiveMarks;
  readonly mode: SanitizeMode;
  readonly outFolder: string;
  readonly allowSensitiveOutputs: boolean;
  readonly holdsSecret?: HoldsSecret;
}): Promise<{ readonly resourcesFile: ArtifactFile }> {
  const marks = input.marks ?? NO_MARKS;
  const resourcesFile = await writeArtifact(join(input.outFolder, 'state-resources.json'), async (writer) => {
    const body = createReadStream(input.statePath, { highWaterMark: 1 << 20 });
    for await (const piece of resourcesDocument(body, { mode: input.mode, marksOf: (address) => marks.get(address), sensitiveOutputs: input.allowSensitiveOutputs, holdsSecret: input.holdsSecret })) {
      writer.add(piece);
      await writer.flush();
    }
  });
  return { resourcesFile };
}

/** The changes that an apply made, as artifact `changes`: all planned ones, or after a failure those visible in the state. */
export async function processApply(input: {
  readonly plannedChangesPath: string;
  readonly succeeded: boolean;
  /** State bodies before and after; absent = no state. */
  readonly beforePath?: string | undefined;
  readonly afterPath?: string | undefined;
  readonly outFolder: string;
}): Promise<{ readonly changesFile: ArtifactFile; readonly changes: readonly Change[] }> {
  const planned = JSON.parse(await readFile(input.plannedChangesPath, 'utf8')) as readonly Change[];
  const changes = input.succeeded
    ? appliedChanges(planned, { succeeded: true })
    : appliedChanges(planned, { succeeded: false, before: await digestState(input.beforePath), after: await digestState(input.afterPath) });
  return { changesFile: await writeText(join(input.outFolder, 'apply-changes.json'), JSON.stringify(changes)), changes };
}
