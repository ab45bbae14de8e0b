import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobPackage } from '../protocol/job.ts';
import type { ControlResponse } from '../protocol/worker-api.ts';
import { parseDuration } from './durations.ts';
import { messageOf } from './log.ts';
import type { SecretSet } from './mask.ts';
import { processPlan } from './plan/process-plan.ts';
import { processApply, processState } from './plan/process-state.ts';
import { readMarks } from './plan/sensitive-marks.ts';
import type { RunFolder } from './run-folder.ts';
import type { RunLog } from './run-log.ts';
import { isFenced } from './server-api.ts';
import type { RunApi } from './server-api.ts';

/** Uploads may take so long at most, whatever the stack's variables ask for. */
const LONGEST_UPLOAD_MS = 10 * 60_000;
const USUAL_UPLOAD_MS = 60_000;

export interface ResultsOptions {
  readonly run: RunApi;
  readonly pkg: JobPackage;
  readonly folder: RunFolder;
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
    const { run, pkg, folder, log, secrets } = this.#options;
    const plan = await processPlan({ planJsonPath: folder.planJson, mode: pkg.sanitize, outFolder: folder.kept, holdsSecret: secrets.isIn });
    onProcessed(plan.hasChanges);
    // After a plan that changes something the apply tells of the resources; external state is told of while it can be.
    const tellsResources = !plan.hasChanges || !pkg.state.managed;
    const [artifactId, changesArtifactId, resourcesArtifactId] = await Promise.all([
      run.artifact('plan', plan.planFile),
      run.artifact('changes', plan.changesFile),
      tellsResources ? run.artifact('state-resources', plan.resourcesFile) : undefined,
      // A reader that sees the run's next state must find this one's log whole.
      log.settled(),
    ]);
    return run.reportPlan({ artifactId, changesArtifactId, ...(resourcesArtifactId === undefined ? {} : { resourcesArtifactId }), sanitizedAs: pkg.sanitize, delta: plan.delta, hasChanges: plan.hasChanges });
  }

  /** Resources, outputs and changes after a writing phase. Not getting through is a line in the log, not a failed run. */
  async state(input: { readonly statePath: string | undefined; readonly beforePath: string | undefined; readonly succeeded: boolean; readonly env: Readonly<Record<string, string>> }): Promise<void> {
    const { statePath, beforePath, succeeded, env } = input;
    if (statePath === undefined) return;
    const { run, pkg, folder, log, secrets } = this.#options;
    const withinMs = Math.min(parseDuration(env.SPACELIFT_STATE_ANALYTICS_UPLOAD_TIMEOUT ?? '') ?? USUAL_UPLOAD_MS, LONGEST_UPLOAD_MS);
    const upload = async () => {
      const plannedChangesPath = join(folder.kept, 'plan-changes.json');
      const hasPlan = lstatSync(plannedChangesPath, { throwIfNoEntry: false }) !== undefined;
      const marks = await readMarks(join(folder.kept, 'plan-marks.json'));
      const [artifactId, changesArtifactId] = await Promise.all([
        processState({ statePath, marks, mode: pkg.sanitize, outFolder: folder.private, allowSensitiveOutputs: this.#options.sensitiveOutputs, holdsSecret: secrets.isIn }).then(({ resourcesFile }) => run.artifact('state-resources', resourcesFile)),
        hasPlan ? processApply({ plannedChangesPath, succeeded, beforePath, afterPath: statePath, outFolder: folder.private }).then(({ changesFile }) => run.artifact('changes', changesFile)) : undefined,
      ]);
      await run.reportOutputs({ artifactId, ...(changesArtifactId === undefined ? {} : { changesArtifactId }) });
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
}
