import { lstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobPackage } from '../protocol/job.ts';
import { MAX_INLINE_BYTES, type ArtifactRequest, type ControlResponse, type InlineResults } from '../protocol/worker-api.ts';
import { parseDuration } from './durations.ts';
import { messageOf } from './log.ts';
import type { SecretSet } from './mask.ts';
import { writeText, type ArtifactFile } from './plan/artifact-file.ts';
import { customInputs } from './plan/custom-inputs.ts';
import { processPlan } from './plan/process-plan.ts';
import { processApply, processState } from './plan/process-state.ts';
import { readMarks } from './plan/sensitive-marks.ts';
import type { RunFolder } from './run-folder.ts';
import type { RunLog } from './run-log.ts';
import { isFenced } from './server-api.ts';
import type { RunApi } from './run-api.ts';

/** Uploads may take so long at most, whatever the stack's variables ask for. */
const LONGEST_UPLOAD_MS = 10 * 60_000;
const USUAL_UPLOAD_MS = 60_000;

type Result = keyof InlineResults;
const KINDS = { plan: 'plan', changes: 'changes', resources: 'state-resources', custom: 'policy-custom-input' } as const satisfies Record<Result, ArtifactRequest['kind']>;

export interface ResultsOptions {
  readonly run: RunApi;
  readonly pkg: JobPackage;
  readonly folder: RunFolder;
  /** Where the tool runs. */
  readonly toolFolder: string;
  readonly log: RunLog;
  readonly secrets: SecretSet;
  /** Both the stack and this worker's operator want sensitive values handed on. */
  readonly sensitiveOutputs: boolean;
}

/** What the platform is told of a plan and of an apply. */
export class RunResults {
  readonly #options: ResultsOptions;

  constructor(options: ResultsOptions) {
    this.#options = options;
  }

  /** Reports the plan; `hasChanges` is known before the server's decision, which the answer usually brings. */
  async plan(onProcessed: (hasChanges: boolean) => void): Promise<ControlResponse | undefined> {
    const { run, pkg, folder, toolFolder, log, secrets } = this.#options;
    const custom = customInputs(toolFolder, (text) => secrets.maskText(text));
    const plan = await processPlan({ planJsonPath: folder.planJson, mode: pkg.sanitize, outFolder: folder.kept, holdsSecret: secrets.isIn });
    onProcessed(plan.hasChanges);
    // After a plan that changes something the apply tells of the resources; external state is told of while it can be.
    const tellsResources = !plan.hasChanges || !pkg.state.managed;
    const [{ inline, ids }] = await Promise.all([
      this.#bring({ plan: plan.planFile, changes: plan.changesFile, ...(tellsResources ? { resources: plan.resourcesFile } : {}), ...(custom === undefined ? {} : { custom: await writeText(join(folder.kept, 'custom-inputs.json'), custom) }) }),
      // A reader that sees the run's next state must find this one's log whole.
      log.settled(),
    ]);
    return run.reportPlan({ artifactId: ids.plan, changesArtifactId: ids.changes, resourcesArtifactId: ids.resources, customArtifactId: ids.custom, inline, sanitizedAs: pkg.sanitize, delta: plan.delta, hasChanges: plan.hasChanges });
  }

  /** Resources, outputs and changes after a writing phase. Not getting through is a line in the log, not a failed run. */
  async state(input: { readonly statePath: string | undefined; readonly beforePath: string | undefined; readonly succeeded: boolean; readonly env: Readonly<Record<string, string>> }): Promise<void> {
    const { statePath, beforePath, succeeded, env } = input;
    if (statePath === undefined) return;
    const { run, folder, log } = this.#options;
    const withinMs = Math.min(parseDuration(env.SPACELIFT_STATE_ANALYTICS_UPLOAD_TIMEOUT ?? '') ?? USUAL_UPLOAD_MS, LONGEST_UPLOAD_MS);
    const upload = async () => {
      const plannedChangesPath = join(folder.kept, 'plan-changes.json');
      const hasPlan = lstatSync(plannedChangesPath, { throwIfNoEntry: false }) !== undefined;
      const [resources, changes] = await Promise.all([
        this.#resourcesOf(statePath),
        hasPlan ? processApply({ plannedChangesPath, succeeded, beforePath, afterPath: statePath, outFolder: folder.private }) : undefined,
      ]);
      const { inline, ids } = await this.#bring({ resources, ...(changes === undefined ? {} : { changes: changes.changesFile }) });
      await run.reportOutputs({ artifactId: ids.resources, changesArtifactId: ids.changes, inline });
    };
    const timeout = new AbortController();
    try {
      await Promise.race([upload(), sleep(withinMs, undefined, { signal: timeout.signal }).then(() => Promise.reject(new Error('it took too long')))]);
    } catch (error) {
      if (isFenced(error)) throw error;
      log.say(`Resources and outputs could not be uploaded: ${messageOf(error)}`);
    } finally {
      timeout.abort();
    }
  }

  async #resourcesOf(statePath: string): Promise<ArtifactFile> {
    const { pkg, folder, secrets, sensitiveOutputs } = this.#options;
    const marks = await readMarks(join(folder.kept, 'plan-marks.json'));
    const { resourcesFile } = await processState({ statePath, marks, mode: pkg.sanitize, outFolder: folder.private, allowSensitiveOutputs: sensitiveOutputs, holdsSecret: secrets.isIn });
    return resourcesFile;
  }

  /** What is small goes into the report; else all of it is uploaded before, and the report names it. */
  async #bring(files: Readonly<Partial<Record<Result, ArtifactFile>>>): Promise<{ readonly inline: InlineResults | undefined; readonly ids: Partial<Record<Result, string>> }> {
    const all = Object.entries(files) as [Result, ArtifactFile][];
    const gather = async <T>(get: (result: Result, file: ArtifactFile) => Promise<T>) => Object.fromEntries(await Promise.all(all.map(async ([result, file]) => [result, await get(result, file)] as const))) as Partial<Record<Result, T>>;
    const bytes = all.reduce((sum, [, file]) => sum + file.bytes, 0);
    if (bytes <= MAX_INLINE_BYTES) return { inline: await gather((_, file) => readFile(file.path, 'utf8')), ids: {} };
    return { inline: undefined, ids: await gather((result, file) => this.#options.run.artifact(KINDS[result], file)) };
  }
}
