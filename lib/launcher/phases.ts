import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { HookName, Job } from '../protocol/job.ts';
import { keptStateNote } from '../protocol/kept-state.ts';
import type { ControlResponse } from '../protocol/worker-api.ts';
import { isTrue } from './environment.ts';
import type { HandoverParts } from './handover-parts.ts';
import { RunFailure } from './handover-parts.ts';
import { withLiveAddress } from './live-address.ts';
import { messageOf } from './log.ts';
import type { SecretSet } from './mask.ts';
import { checkBackend } from './managed-backend.ts';
import type { Prepared } from './preparation.ts';
import type { RunControl } from './run-control.ts';
import type { RunFolder } from './run-folder.ts';
import type { RunLog } from './run-log.ts';
import type { RunProgress } from './run-progress.ts';
import { RunResults } from './run-results.ts';
import type { WorkerState } from './run-states.ts';
import type { RunApi } from './run-api.ts';
import { isFenced } from './server-api.ts';
import type { Command, StepRunner } from './step-runner.ts';
import { saveWorkspace } from './workspace.ts';
import type { SavedWorkspace } from './workspace.ts';

export interface RunEnd {
  readonly outcome: 'waiting' | 'finished' | 'failed' | 'stopped';
  readonly note?: string;
  /** The server made the last step already. */
  readonly decided?: boolean;
  /** False: the run ends elsewhere, so its last hooks are not for this worker. */
  readonly afterRun?: boolean;
}

export interface PhasesOptions extends Prepared {
  readonly parts: HandoverParts;
  readonly job: Job;
  readonly run: RunApi;
  readonly folder: RunFolder;
  readonly log: RunLog;
  readonly secrets: SecretSet;
  readonly steps: StepRunner;
  readonly progress: RunProgress;
  readonly control: RunControl;
  readonly interruption: AbortSignal;
  readonly abandoned: AbortSignal;
}

const DECISION_TIMEOUT_MS = 5 * 60_000;
const PHASE_NAMES: Partial<Readonly<Record<WorkerState, string>>> = { INITIALIZING: 'initialization', PLANNING: 'planning', APPLYING: 'applying', PERFORMING: 'the task', DESTROYING: 'destroying' };

const RED = '\u001b[31m';
const YELLOW = '\u001b[33m';
const PLAIN = '\u001b[0m';

/** The phases of one handover, in the order its kind asks for. */
export class Phases {
  readonly toolFolder: string;
  readonly #o: PhasesOptions;
  readonly #results: RunResults;
  #saving: Promise<SavedWorkspace> | undefined;
  #keptState: string | undefined;

  constructor(options: PhasesOptions) {
    const { run, pkg, folder, log, parts, secrets } = options;
    this.#o = options;
    this.toolFolder = options.toolFolder;
    this.#results = new RunResults({ run, pkg, folder, toolFolder: options.toolFolder, log, secrets, sensitiveOutputs: parts.config.sensitiveOutputs && pkg.stack.sensitiveOutputs });
  }

  get hasAfterRun(): boolean {
    return this.#o.pkg.hooks.after_run.length > 0;
  }

  /** What is to be done about a state that could not be saved, for the run's note. */
  get keptState(): string | undefined {
    return this.#keptState;
  }

  async run(): Promise<RunEnd> {
    const { job, progress, steps, folder, secrets } = this.#o;
    steps.exported = await folder.readExported();
    for (const word of await folder.readMasks()) secrets.learn(word);
    switch (job.phase) {
      case 'INITIAL':
        return this.#initial();
      case 'REPLAN':
        progress.enter('PLANNING');
        return this.#plan();
      case 'APPLY':
        progress.enter('APPLYING');
        return this.#write('APPLYING', 'apply', [...(this.#o.missingProviders.length > 0 ? this.#o.commands.init() : []), ...this.#o.commands.apply()]);
    }
  }

  /** Hooks at the very end, in the last state's log; their failure changes nothing. */
  async afterRun(finalState: string): Promise<void> {
    const { steps, pkg, progress, environment, toolFolder, log } = this.#o;
    if (!this.hasAfterRun) return;
    const env = environment.of(progress.state, steps.exported, { TF_VAR_spacelift_final_run_state: finalState });
    const result = await steps.run({ before: pkg.hooks.after_run, commands: [], after: [], env, cwd: toolFolder });
    if (!result.ok) log.say(`after_run hooks: ${result.reason}`);
  }

  async close(): Promise<void> {
    await this.#saving?.catch(() => undefined);
    await this.#o.proxy?.close();
  }

  async #initial(): Promise<RunEnd> {
    const { pkg, progress } = this.#o;
    const { type, skipInit, command } = pkg.run;
    if (!(type === 'TASK' && skipInit)) await this.#init();
    switch (type) {
      case 'TASK':
        progress.enter('PERFORMING');
        return this.#write('PERFORMING', 'perform', [{ program: '/bin/sh', args: ['-c', command ?? ''] }]);
      case 'DESTROY':
        progress.enter('DESTROYING');
        return this.#write('DESTROYING', 'destroy', this.#o.commands.destroy());
      case 'PROPOSED':
      case 'TRACKED':
        progress.enter('PLANNING');
        return this.#plan();
      default:
        throw new RunFailure(`this launcher runs no ${type} runs; update it`);
    }
  }

  async #init(): Promise<void> {
    const { pkg, progress, parts, abandoned, toolFolder, steps, environment } = this.#o;
    progress.enter('INITIALIZING');
    await parts.pluginCache.locked(abandoned, () => this.#phase('init', this.#o.commands.init()));
    if (pkg.state.managed) checkBackend(toolFolder, environment.of(progress.state, steps.exported), parts.stepUser);
  }

  async #plan(): Promise<RunEnd> {
    const { pkg, folder, environment, steps, progress, control, parts } = this.#o;
    const lock = !environment.of(progress.state, steps.exported).SPACELIFT_DISABLE_STATE_LOCK;
    await this.#phase('plan', this.#o.commands.plan({ lock, jsonPath: folder.planJson }));
    this.#throwIfInterrupted();

    const reported = await this.#results.plan((hasChanges) => {
      // Most likely the run waits for a person now: the workspace is packed while the server decides.
      if (pkg.run.type === 'TRACKED' && hasChanges && !pkg.stack.autodeploy) void this.#save().catch(() => undefined);
    });
    const decided = reported?.decision ? reported : await control.decision(parts.decisionTimeoutMs ?? DECISION_TIMEOUT_MS);
    for (const message of decided?.policies?.deny ?? []) this.#o.log.say(`${RED}Denied by policy: ${message}${PLAIN}`);
    for (const message of decided?.policies?.warn ?? []) this.#o.log.say(`${YELLOW}Warned by policy: ${message}${PLAIN}`);
    return this.#goOn(decided);
  }

  async #goOn(control: ControlResponse | undefined): Promise<RunEnd> {
    const { progress, pkg } = this.#o;
    switch (control?.decision) {
      case 'apply':
        progress.adopt('APPLYING', control.stateVersion);
        return this.#write('APPLYING', 'apply', this.#o.commands.apply());
      case 'finish':
        // A preview that waits for reviews ends without this worker, and so do its last hooks.
        return { outcome: 'finished', decided: true, ...(control.state === 'PENDING_REVIEW' ? { afterRun: false } : {}) };
      case 'fail':
        return { outcome: 'failed', decided: true };
      case 'discard':
        return { outcome: 'stopped', decided: true, afterRun: false };
      default:
        this.#throwIfInterrupted();
        if (pkg.run.type === 'TRACKED') await this.#uploadWorkspace();
        return { outcome: 'waiting' };
    }
  }

  /** A phase that may change infrastructure, and the report of what it left. */
  async #write(state: WorkerState, hook: 'apply' | 'perform' | 'destroy', commands: readonly Command[]): Promise<RunEnd> {
    const { progress, environment, steps, log, proxy } = this.#o;
    await progress.agreed();
    const env = environment.of(state, steps.exported);
    const before = proxy?.lastRead()?.path;
    if (hook === 'apply' && isTrue(env.SPACELIFT_SKIP_APPLYING)) {
      log.say('Step skipped using an environment variable...');
      await this.#reportState(env, before, true);
      return { outcome: 'finished' };
    }
    try {
      await this.#phase(hook, commands);
    } catch (error) {
      if (!this.#o.abandoned.aborted) {
        await this.#deliverErroredState();
        await this.#reportState(env, before, false);
      }
      throw error;
    }
    await Promise.all([this.#reportState(env, before, true), this.hasAfterRun ? undefined : log.settled()]);
    return { outcome: 'finished' };
  }

  async #phase(hook: 'init' | 'plan' | 'apply' | 'perform' | 'destroy', commands: readonly Command[]): Promise<void> {
    const { pkg, steps, progress, environment, toolFolder, folder, secrets } = this.#o;
    this.#throwIfInterrupted();
    const before = pkg.hooks[`before_${hook}` satisfies HookName];
    const after = pkg.hooks[`after_${hook}` satisfies HookName];
    // Hooks may use the run's tokens, which are good only in the state that the server knows.
    if (before.length > 0) await progress.agreed();
    const exportedBefore = steps.exported;
    const masksBefore = secrets.learned.length;
    const result = await steps.run({ before, commands, after, env: environment.of(progress.state, steps.exported), cwd: toolFolder });
    if (steps.exported !== exportedBefore) await folder.keepExported(steps.exported);
    if (secrets.learned.length > masksBefore) await folder.keepMasks(secrets.learned);
    if (result.ok) return;
    this.#throwIfInterrupted();
    throw new RunFailure(`${PHASE_NAMES[progress.state] ?? hook} failed: ${result.reason}`);
  }

  async #reportState(env: Readonly<Record<string, string>>, beforePath: string | undefined, succeeded: boolean): Promise<void> {
    const { proxy, pkg, steps, folder, toolFolder, progress } = this.#o;
    if (pkg.state.managed) return this.#results.state({ statePath: proxy?.lastCommitted()?.path, beforePath: beforePath ?? proxy?.lastRead()?.path, succeeded, env });
    if (progress.state === 'PERFORMING' && !existsSync(join(toolFolder, '.terraform'))) return;
    const path = join(folder.private, 'pulled.tfstate');
    const pulled = await steps.run({ before: [], commands: [this.#o.commands.readState(path)], after: [], env, cwd: toolFolder });
    const size = lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (pulled.ok && size > 0) await this.#results.state({ statePath: path, beforePath: undefined, succeeded, env });
  }

  /** A state that the tool could not send is sent now by the same rules, or kept for an administrator. */
  async #deliverErroredState(): Promise<void> {
    const { proxy, toolFolder, run, pkg, log, parts } = this.#o;
    const path = join(toolFolder, 'errored.tfstate');
    if (!lstatSync(path, { throwIfNoEntry: false })?.isFile()) return;
    try {
      if (!proxy) throw new Error('the state is not managed by the platform');
      await proxy.commitFile(path);
      log.say('Delivered the state that the tool had left in errored.tfstate');
      return;
    } catch (error) {
      if (isFenced(error)) throw error;
      log.say(`The state in errored.tfstate could not be saved: ${messageOf(error)}`);
    }
    try {
      this.#keptState = keptStateNote(pkg.stack.id, await run.erroredState(path));
      log.say(this.#keptState);
    } catch (error) {
      if (isFenced(error)) throw error;
      parts.log.error('an errored state could not be uploaded', { runId: run.runId, error: messageOf(error) });
    }
  }

  #save(): Promise<SavedWorkspace> {
    const { folder, job, parts, log } = this.#o;
    this.#saving ??= saveWorkspace(folder, job.run.id, parts.publicKey, join(folder.private, 'workspace.sealed'), (link) => log.say(`The link ${link} leads out of the workspace and is not saved with it`));
    return this.#saving;
  }

  async #uploadWorkspace(): Promise<void> {
    const { run } = this.#o;
    try {
      const saved = await this.#save();
      const announce = () => run.workspaceUpload({ bytes: saved.bytes, sha256: saved.sha256 });
      await withLiveAddress(await announce(), announce, ({ url, headers = {} }) => run.server.putObject(url, saved, { headers, signal: this.#o.abandoned }));
    } catch (cause) {
      if (isFenced(cause)) throw cause;
      throw new RunFailure(`the workspace could not be saved: ${messageOf(cause)}`, { cause });
    }
  }

  #throwIfInterrupted(): void {
    this.#o.abandoned.throwIfAborted();
    this.#o.interruption.throwIfAborted();
  }
}
