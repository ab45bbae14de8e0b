import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Job } from '../protocol/job.ts';
import type { ServerMessage } from '../protocol/messages.ts';
import { formatDuration } from './durations.ts';
import { HandoverRecord, rescueState } from './handover-record.ts';
import type { HandoverParts } from './handover-parts.ts';
import { RunFailure, RunInterrupted } from './handover-parts.ts';
import { messageOf } from './log.ts';
import { SecretSet } from './mask.ts';
import { Phases } from './phases.ts';
import type { RunEnd } from './phases.ts';
import { prepare } from './preparation.ts';
import { RunControl } from './run-control.ts';
import { RunFolder } from './run-folder.ts';
import { RunLog } from './run-log.ts';
import { RunProgress } from './run-progress.ts';
import { isStoppable, startOf, stateAccess } from './run-states.ts';
import { RunApi } from './run-api.ts';
import { isFenced } from './server-api.ts';
import type { StateProxy } from './state-proxy.ts';
import { StepRunner } from './step-runner.ts';

/** Hooks after a stopped run may take this long. */
const AFTER_STOP_MS = 60_000;

/** One handover, from the claimed job to the release. */
export class RunJob {
  readonly job: Job;
  readonly #parts: HandoverParts;
  readonly #run: RunApi;
  readonly #abandon = new AbortController();
  readonly #secrets = new SecretSet();
  readonly #folder: RunFolder;
  readonly #record: HandoverRecord;
  readonly #log: RunLog;
  readonly #progress: RunProgress;
  readonly #steps: StepRunner;
  readonly #control: RunControl;
  readonly #interruption = new AbortController();
  #proxy: StateProxy | undefined;
  #phases: Phases | undefined;
  #intervalMs: number;
  #runTimer: NodeJS.Timeout | undefined;
  /** Resolves when the run's folder is gone; nobody waits for it before the next run. */
  cleaned: Promise<void> = Promise.resolve();

  constructor(parts: HandoverParts, job: Job) {
    const { config, api, workerId, guard, log } = parts;
    this.job = job;
    this.#parts = parts;
    this.#intervalMs = parts.logIntervalMs;
    this.#run = new RunApi(api, job.run.id, job.lease, this.#abandon.signal);
    this.#folder = new RunFolder(config.runRoot, config.workDir, job.run.id, job.lease);
    this.#record = new HandoverRecord(config.workDir, guard, { runId: job.run.id, lease: job.lease, folder: this.#folder.workspace });
    this.#log = new RunLog({
      server: { logUrls: this.#run.logUrls, putChunk: (url, body) => api.putObject(url, body, { createOnly: true }) },
      secrets: this.#secrets, workerId, settings: () => ({ intervalMs: this.#intervalMs }), spoolFolder: join(config.workDir, 'spool', `${job.run.id}-${job.lease}`), given: job.logs ?? [],
      copy: config.logsOnStandardOutput ? (at, line) => parts.standardOutput(JSON.stringify({ ts: at.toISOString(), level: 'info', msg: line, run_ulid: job.run.id, stack_id: job.run.stackId })) : undefined,
      onLost: (error) => log.error('a part of the run log is lost', { runId: job.run.id, error: messageOf(error) }),
    });
    this.#progress = new RunProgress(this.#run, this.#log, { state: startOf(job.phase), stateVersion: job.run.stateVersion, choice: job.choice }, {
      stop: () => this.#stop(),
      refused: (error) => this.#lose(error),
      state: (current) => this.#proxy?.hear(current),
    });
    this.#steps = new StepRunner({
      log: this.#log, record: this.#record, guard, folder: this.#folder, user: parts.stepUser, ladder: parts.ladder,
      noOutputTimeoutMs: config.noOutputTimeoutMs,
      onSilence: () => this.interrupt(`no output for ${formatDuration(config.noOutputTimeoutMs)}; killing the run`),
      debug: (command) => log.debug('running', { runId: job.run.id, command: this.#secrets.maskText(command) }),
    });
    this.#control = new RunControl({
      run: this.#run, isConnected: parts.isConnected,
      onStop: () => this.#stop(), onKill: () => this.#kill(), onFenced: () => this.#kill(),
      onInterval: (intervalMs) => (this.#intervalMs = intervalMs),
    });
  }

  get state(): string {
    return this.#progress.state;
  }

  /** A message of the server for this worker; what is not for this handover is passed over. */
  handle(message: ServerMessage): void {
    if (!('lease' in message) || message.runId !== this.job.run.id || message.lease !== this.job.lease) return;
    if (message.type === 'run.continue') this.#control.decided();
    else if (message.type === 'run.stop') this.#stop();
    else this.#kill();
  }

  /** Ends the run as failed, giving the tool time to write its state. */
  interrupt(note: string): void {
    this.#interruptWith(new RunFailure(note));
  }

  /** The handover is no longer this worker's. */
  abandon(): void {
    this.#kill();
  }

  async execute(): Promise<void> {
    const { config } = this.#parts;
    mkdirSync(this.#folder.private, { recursive: true, mode: 0o700 });
    for (const line of this.job.log) this.#log.serverLine(line);
    if (this.job.stop) this.#stop();
    if (config.runTimeoutMs > 0) this.#runTimer = setTimeout(() => this.interrupt(`run timed out after ${formatDuration(config.runTimeoutMs)}`), config.runTimeoutMs);
    try {
      const end = await this.#work().catch((error: unknown) => this.#endOf(error));
      clearTimeout(this.#runTimer);
      if (end) await this.#leave(end);
    } catch (error) {
      // Reporting the end failed for good; the server learns of it by our next claim or our loss.
      if (!this.#abandon.signal.aborted) this.#parts.log.error('the end of a run could not be reported', { runId: this.job.run.id, error: messageOf(error) });
    } finally {
      await this.#cleanUp();
    }
  }

  async #work(): Promise<RunEnd> {
    const { job } = this;
    const prepared = await this.#unlessInterrupted(prepare({
      parts: this.#parts, job, run: this.#run, folder: this.#folder, log: this.#log, secrets: this.#secrets,
      signal: AbortSignal.any([this.#abandon.signal, this.#interruption.signal]), abandoned: this.#abandon.signal,
      stateAccess: () => stateAccess(this.#progress.state),
      chosen: (choice) => this.#progress.choose(choice),
      stateAgreed: () => this.#progress.agreed().catch(() => undefined),
    }));
    this.#record.toolRunsIn(prepared.toolFolder);
    this.#proxy = prepared.proxy;
    this.#phases = new Phases({
      ...prepared, parts: this.#parts, job, run: this.#run, folder: this.#folder, log: this.#log, secrets: this.#secrets, steps: this.#steps, progress: this.#progress, control: this.#control,
      interruption: this.#interruption.signal, abandoned: this.#abandon.signal,
    });
    return this.#phases.run();
  }

  /** How an error ends the run; undefined when there is nothing to tell any more. */
  #endOf(error: unknown): RunEnd | undefined {
    if (this.#abandon.signal.aborted || isFenced(error)) return undefined;
    const cause: unknown = this.#interruption.signal.aborted ? this.#interruption.signal.reason : error;
    if (cause instanceof RunInterrupted) return { outcome: 'stopped' };
    const words = [messageOf(cause), this.#phases?.keptState].filter((text) => text !== undefined);
    const note = this.#secrets.maskText(words.join('; '));
    if (!(cause instanceof RunFailure)) this.#parts.log.warn('a run failed', { runId: this.job.run.id, state: this.#progress.state, error: note });
    this.#log.say(note);
    return { outcome: 'failed', note };
  }

  async #leave(end: RunEnd): Promise<void> {
    const { outcome, note } = end;
    const phases = this.#phases;
    const decided = end.decided === true;
    if (outcome === 'waiting') {
      await this.#log.end();
    } else {
      const final = outcome === 'finished' ? 'FINISHED' : outcome === 'stopped' ? 'STOPPED' : 'FAILED';
      if (outcome === 'stopped' && phases?.hasAfterRun && !decided) await this.#progress.end('STOPPED').catch((error: unknown) => this.#rethrowFenced(error));
      if (phases && end.afterRun !== false) await this.#afterRun(phases, final, outcome === 'stopped');
      await this.#log.settled();
      // All lines are stored before the run is seen as ended; the end marker may come a moment later.
      const ended = this.#log.end();
      if (outcome === 'finished' && !decided) await this.#progress.end('FINISHED');
      await ended;
    }
    await this.#progress.agreed().catch((error: unknown) => this.#rethrowFenced(error));
    this.#record.endGroups();
    this.#folder.setAside();
    await this.#run.release({ outcome, ...(note === undefined ? {} : { note }) });
  }

  /** The hooks after the run; what becomes of them changes nothing. */
  async #afterRun(phases: Phases, final: string, stopped: boolean): Promise<void> {
    const timer = stopped ? setTimeout(() => void this.#steps.stop(), AFTER_STOP_MS) : undefined;
    this.#steps.resume();
    await phases.afterRun(final).catch((error: unknown) => this.#parts.log.warn('after_run hooks failed', { runId: this.job.run.id, error: messageOf(error) }));
    clearTimeout(timer);
  }

  #rethrowFenced(error: unknown): void {
    if (isFenced(error)) throw error;
  }

  #stop(): void {
    if (isStoppable(this.#progress.state)) this.#interruptWith(new RunInterrupted('stopped'));
  }

  #interruptWith(reason: Error): void {
    if (this.#interruption.signal.aborted) return;
    this.#interruption.abort(reason);
    this.#control.giveUp();
    void this.#steps.stop();
  }

  /** The server went on without this worker, or ended the run: nothing more is reported. */
  #kill(): void {
    if (this.#abandon.signal.aborted) return;
    this.#abandon.abort(new Error('the run is no longer this worker\'s'));
    this.#control.giveUp();
    this.#steps.kill();
  }

  #lose(error: unknown): void {
    if (this.#abandon.signal.aborted) return;
    this.#parts.log.warn('the server refused a step of the run', { runId: this.job.run.id, error: messageOf(error) });
    this.#kill();
  }

  /** Preparation has no step to interrupt, so it is left behind. */
  async #unlessInterrupted<T extends { readonly proxy: { close(): Promise<void> } | undefined }>(work: Promise<T>): Promise<T> {
    const result = await work;
    if (!this.#interruption.signal.aborted && !this.#abandon.signal.aborted) return result;
    await result.proxy?.close();
    throw this.#interruption.signal.reason ?? this.#abandon.signal.reason;
  }

  async #cleanUp(): Promise<void> {
    const { guard, config, api } = this.#parts;
    clearTimeout(this.#runTimer);
    this.#control.close();
    await this.#phases?.close();
    this.#record.endGroups();
    for (const pid of this.#record.pids) guard.forget(pid);
    if (this.#abandon.signal.aborted) {
      if (this.#phases && this.#folder.isOurs) rescueState(config.workDir, { runId: this.job.run.id, lease: this.job.lease }, this.#phases.toolFolder);
      this.#folder.setAside();
      // Frees the worker where the server still counts it as busy; refused where it does not.
      await api.call('POST', `/runs/${this.job.run.id}/release`, { body: { outcome: 'stopped' }, lease: this.job.lease, retryForMs: 0 }).catch(() => undefined);
    }
    this.#record.delete();
    this.cleaned = this.#folder.remove().catch((error: unknown) => this.#parts.log.warn('a run folder could not be removed', { runId: this.job.run.id, error: messageOf(error) }));
  }
}
