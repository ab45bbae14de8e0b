import { createPublicKey } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '../protocol/job.ts';
import type { ServerMessage } from '../protocol/messages.ts';
import type { RegisterResponse } from '../protocol/worker-api.ts';
import type { LauncherConfig } from './config.ts';
import { Guard } from './guard.ts';
import { endLeftovers } from './handover-record.ts';
import type { HandoverParts } from './handover-parts.ts';
import { Heart } from './heart.ts';
import { HttpClient } from './http-client.ts';
import type { Log } from './log.ts';
import { messageOf } from './log.ts';
import { MqttLink } from './mqtt-link.ts';
import { PluginCache } from './plugin-cache.ts';
import { thisPlatform } from './releases.ts';
import { deliverRescued } from './rescue.ts';
import { RunJob } from './run-job.ts';
import { ApiError, ServerApi } from './server-api.ts';
import { Session } from './session.ts';
import { chooseStepUser, makeRunRoot } from './step-user.ts';
import type { LadderTimes } from './stop-ladder.ts';
import { findToolsOnPath } from './tools-on-path.ts';
import { Tools } from './tools.ts';
import { ulid } from './ulid.ts';
import { LAUNCHER_VERSION } from './version.ts';

/** Why the program ends; supervisors restart it on 1 only. */
export const EXIT = { ok: 0, crash: 1, configuration: 2, poolGone: 3, tooOld: 4 } as const;
type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface AgentOptions {
  readonly log: Log;
  readonly standardOutput: (line: string) => void;
  readonly ladder?: LadderTimes;
}

type Shared = Omit<HandoverParts, 'workerId' | 'logIntervalMs' | 'isConnected'>;

const LONGEST_JITTER_MS = 500;
const CLAIM_RETRY_MS = 3000;

/** A worker: registers, takes one run after the other, and leaves when told to. */
export class Agent {
  readonly #config: LauncherConfig;
  readonly #options: AgentOptions;
  readonly #http: HttpClient;
  readonly #api: ServerApi;
  readonly #guard = new Guard();
  readonly #leaving = new AbortController();
  readonly #exit = Promise.withResolvers<ExitCode>();
  #worker: Worker | undefined;

  constructor(config: LauncherConfig, options: AgentOptions) {
    this.#config = config;
    this.#options = options;
    this.#http = new HttpClient({ environment: config.environment, rootCas: config.additionalRootCas });
    this.#api = new ServerApi({ api: config.token.api.replace(/\/+$/, ''), launcherVersion: LAUNCHER_VERSION, http: this.#http });
  }

  /** Resolves with the exit code when the worker has left. */
  async run(): Promise<ExitCode> {
    try {
      const shared = await this.#prepare();
      return await Promise.race([this.#exit.promise, this.#serve(shared)]);
    } finally {
      this.#guard.close();
      this.#http.close();
    }
  }

  /** Takes no more runs, waits for the one in hand, then leaves; asked again, it ends that one too. */
  drain(reason: 'signal' | 'cycle'): void {
    if (this.#leaving.signal.aborted) {
      if (reason === 'signal') this.#worker?.interrupt('the worker was shut down');
      return;
    }
    this.#options.log.info('leaving when idle', { reason });
    this.#leaving.abort(reason);
    void this.#worker?.leave(reason);
    // What is still being prepared or registered is not waited for.
    if (!this.#worker) this.#exit.resolve(EXIT.ok);
  }

  /** Takes a message as if the broker had brought it. */
  tell(message: ServerMessage): void {
    this.#worker?.take(message);
  }

  async #prepare(): Promise<Shared> {
    const { log } = this.#options;
    const config = this.#config;
    await Promise.all([mkdir(config.workDir, { recursive: true, mode: 0o700 }), makeRunRoot(config.runRoot)]);
    const [found] = await Promise.all([
      findToolsOnPath(config.environment, config.workDir),
      endLeftovers(config.workDir, { ...(this.#options.ladder ? { ladder: this.#options.ladder } : {}), onFound: (runId) => log.warn('ending what an earlier launcher left running', { runId }) }),
    ]);
    const { user, warning } = await chooseStepUser(config.runRoot, found.map(({ path }) => path));
    if (warning) log.warn(warning);
    this.#guard.ensure();
    return {
      config, api: this.#api, guard: this.#guard, log, stepUser: user, warning, publicKey: createPublicKey(config.privateKey),
      tools: new Tools(found, { cacheFolder: join(config.workDir, 'binaries_cache'), mirror: config.toolMirror, downloads: config.toolDownloads, http: this.#http }),
      pluginCache: await PluginCache.make(config.runRoot, config.token.worker_pool, user),
      standardOutput: this.#options.standardOutput,
      ...(this.#options.ladder ? { ladder: this.#options.ladder } : {}),
    };
  }

  /** One registration after the other: a worker that was taken for lost comes back as a new one. */
  async #serve(shared: Shared): Promise<ExitCode> {
    while (!this.#leaving.signal.aborted) {
      const worker = new Worker(shared, this.#leaving.signal, () => this.drain('cycle'));
      try {
        const answer = await worker.register();
        this.#worker = worker;
        if (this.#leaving.signal.aborted) {
          await worker.leave('signal');
          return EXIT.ok;
        }
        const end = await worker.serve(answer);
        if (end !== 'again') return end;
      } catch (error) {
        if (this.#leaving.signal.aborted) return EXIT.ok;
        const code = this.#refusal(error);
        if (code !== undefined) return code;
      } finally {
        this.#worker = undefined;
      }
    }
    return EXIT.ok;
  }

  #refusal(error: unknown): ExitCode | undefined {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === 'worker_exists') return undefined;
    this.#options.log.error('the server refuses this worker', { code: error.code, error: error.message });
    if (error.code === 'pool_reset') return EXIT.poolGone;
    return error.code === 'launcher_too_old' ? EXIT.tooOld : EXIT.configuration;
  }
}

/** One registration of this process, under an id of its own. */
class Worker {
  readonly #id = ulid();
  readonly #bootId = ulid();
  readonly #shared: Shared;
  readonly #leaving: AbortSignal;
  readonly #onCycle: () => void;
  readonly #session: Session;
  readonly #end = Promise.withResolvers<ExitCode | 'again'>();
  readonly #over = new AbortController();
  #link: MqttLink | undefined;
  #heart: Heart | undefined;
  #parts: HandoverParts | undefined;
  #job: RunJob | undefined;
  #claiming = false;
  #claimAgain = false;
  #pollTimer: NodeJS.Timeout | undefined;
  #pollMs = 60_000;
  #working: Promise<void> = Promise.resolve();
  /** Folders of ended runs that are still being deleted. */
  #cleaning: Promise<unknown> = Promise.resolve();

  constructor(shared: Shared, leaving: AbortSignal, onCycle: () => void) {
    this.#shared = shared;
    this.#leaving = leaving;
    this.#onCycle = onCycle;
    const { config, api, log, tools } = shared;
    const { os, arch } = thisPlatform();
    this.#session = new Session({
      config, api, log,
      request: {
        workerId: this.#id, bootId: this.#bootId, launcherVersion: LAUNCHER_VERSION, protocol: 1, os, arch, execution: 'process', metadata: { ...config.metadata }, sensitiveOutputs: config.sensitiveOutputs,
        tools: tools.onPath.map(({ kind, version }) => ({ kind, version })),
      },
      onLost: (error) => this.#lost(error),
    });
  }

  register(): Promise<RegisterResponse> {
    return this.#session.register(this.#leaving);
  }

  async serve(answer: RegisterResponse): Promise<ExitCode | 'again'> {
    const { config, api, log } = this.#shared;
    log.info('registered', { workerId: this.#id, pool: answer.pool.name, api: api.api });
    this.#pollMs = answer.pollSeconds * 1000;
    this.#link = new MqttLink({
      config, broker: answer.broker ?? config.token.broker, workerId: this.#id, bootId: this.#bootId, log,
      onMessage: (message) => this.take(message),
      onConnected: () => {
        this.#heart?.beat();
        this.#claim();
      },
    });
    const link = this.#link;
    this.#parts = { ...this.#shared, workerId: this.#id, logIntervalMs: answer.logs.intervalMs, isConnected: () => link.isConnected };
    this.#heart = new Heart({
      bootId: this.#bootId, link, api, busySeconds: answer.heartbeat.busySeconds, idleSeconds: answer.heartbeat.idleSeconds,
      state: () => (this.#job ? { state: 'busy', runId: this.#job.job.run.id, lease: this.#job.job.lease, phase: this.#job.state } : { state: 'idle' }),
      onAnswer: ({ cycle }) => cycle && this.#onCycle(),
      onError: (error) => this.#failed(error),
    });
    link.start();
    this.#heart.beat();
    void deliverRescued(config.workDir, api, log, this.#over.signal);
    this.#claim();
    return this.#end.promise;
  }

  interrupt(note: string): void {
    this.#job?.interrupt(note);
  }

  async leave(reason: 'signal' | 'cycle'): Promise<void> {
    const { config, api } = this.#shared;
    if (this.#job && config.shutdownGraceMs > 0) {
      const timer = setTimeout(() => this.interrupt('the worker was shut down'), config.shutdownGraceMs);
      await this.#working;
      clearTimeout(timer);
    }
    await this.#working;
    this.#close();
    const bye = { v: 1, type: 'worker.bye', id: ulid(), ts: new Date().toISOString(), reason } as const;
    await Promise.all([this.#link?.close(bye), api.deregister(reason).catch(() => undefined), this.#cleaning]);
    this.#end.resolve(EXIT.ok);
  }

  take(message: ServerMessage): void {
    switch (message.type) {
      case 'run.assign':
        return this.#claim(message.assignmentId);
      case 'job.available':
        return void sleep(Math.random() * LONGEST_JITTER_MS).then(() => this.#claim());
      case 'pool.cycle':
      case 'worker.cycle':
        return this.#onCycle();
      case 'pool.reset':
        // Only a hint: the server's own refusal ends the session.
        return void this.#session.refresh().catch(() => undefined);
      case 'worker.drain':
        return message.drain ? undefined : this.#claim();
      default:
        this.#job?.handle(message);
    }
  }

  /** Asks for a run unless one is in hand; what comes meanwhile is asked for afterwards. */
  #claim(assignmentId?: string): void {
    if (this.#leaving.aborted || this.#over.signal.aborted) return;
    if (this.#claiming) {
      this.#claimAgain = true;
      return;
    }
    this.#claiming = true;
    clearTimeout(this.#pollTimer);
    this.#working = this.#claimAndWork(assignmentId).finally(() => (this.#claiming = false));
  }

  async #claimAndWork(assignmentId: string | undefined): Promise<void> {
    let next = this.#pollMs;
    try {
      let assignment = assignmentId;
      do {
        this.#claimAgain = false;
        const job = await this.#shared.api.claim(assignment, this.#over.signal);
        assignment = undefined;
        if (!job) continue;
        await this.#work(job);
        this.#claimAgain = true;
      } while (this.#claimAgain && !this.#leaving.aborted && !this.#over.signal.aborted);
    } catch (error) {
      if (!(error instanceof ApiError && error.status < 500)) next = Math.random() * CLAIM_RETRY_MS;
      this.#failed(error);
    }
    if (!this.#over.signal.aborted) this.#pollTimer = setTimeout(() => this.#claim(), next);
  }

  async #work(job: Job): Promise<void> {
    const { log, guard } = this.#shared;
    if (!this.#parts) return;
    guard.ensure();
    log.info('claimed a run', { runId: job.run.id, lease: job.lease, phase: job.phase });
    this.#job = new RunJob(this.#parts, job);
    this.#heart?.beat();
    try {
      await this.#job.execute();
    } catch (error) {
      log.error('a handover broke off', { runId: job.run.id, error: messageOf(error) });
    } finally {
      this.#cleaning = Promise.all([this.#cleaning, this.#job.cleaned]);
      this.#job = undefined;
      log.info('gave the run back', { runId: job.run.id, lease: job.lease });
      this.#heart?.beat();
    }
  }

  #failed(error: unknown): void {
    if (this.#over.signal.aborted || this.#leaving.aborted) return;
    if (error instanceof ApiError && error.status === 401) this.#lost(error);
    else if (error instanceof ApiError && error.code === 'drained') this.#shared.log.debug('drained: no runs for now');
    else this.#shared.log.warn('the server could not be asked', { error: messageOf(error) });
  }

  /** The server does not know this worker any more, or its pool has a new key. */
  #lost(error: ApiError): void {
    if (this.#over.signal.aborted) return;
    const { log } = this.#shared;
    const gone = error.code === 'pool_reset';
    log[gone ? 'error' : 'warn'](gone ? 'the worker pool was reset or deleted' : 'the server no longer knows this worker; registering anew', { error: error.message });
    this.#close();
    this.#job?.abandon();
    void Promise.all([this.#working, this.#link?.close()]).then(() => this.#end.resolve(gone ? EXIT.poolGone : 'again'));
  }

  #close(): void {
    this.#over.abort(new Error('the registration is over'));
    clearTimeout(this.#pollTimer);
    this.#session.close();
    this.#heart?.stop();
  }
}
