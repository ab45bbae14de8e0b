import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, type ExitCode } from '../protocol/exit-codes.ts';
import type { Job } from '../protocol/job.ts';
import type { ServerMessage } from '../protocol/messages.ts';
import type { RegisterResponse } from '../protocol/worker-api.ts';
import type { LauncherConfig } from './config.ts';
import type { HandoverParts } from './handover-parts.ts';
import { Heart } from './heart.ts';
import type { HttpClient } from './http-client.ts';
import { messageOf } from './log.ts';
import { MqttLink } from './mqtt-link.ts';
import { thisPlatform } from './releases.ts';
import { deliverRescued } from './rescue.ts';
import { RunJob } from './run-job.ts';
import { ApiError } from './server-api.ts';
import { Session } from './session.ts';
import { ulid } from './ulid.ts';
import { LAUNCHER_VERSION } from './version.ts';

/** What outlives a registration. */
export type Shared = Omit<HandoverParts, 'workerId' | 'logIntervalMs' | 'isConnected'> & { readonly http: HttpClient };

const LONGEST_JITTER_MS = 500;
const CLAIM_RETRY_MS = 3000;

/** One registration of this process, under an id of its own. */
export class Worker {
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
    return this.#session.register(this.#over.signal);
  }

  async serve(answer: RegisterResponse): Promise<ExitCode | 'again'> {
    const { api, log } = this.#shared;
    const config = this.#trusting(answer);
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
    this.#parts = { ...this.#shared, config, workerId: this.#id, logIntervalMs: answer.logs.intervalMs, isConnected: () => link.isConnected };
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

  /** Whom the server trusts is trusted here: by this program, by git and by what runs start. */
  #trusting({ rootCertificates = [] }: Partial<RegisterResponse>): LauncherConfig {
    const { config, http } = this.#shared;
    const additionalRootCas = [...new Set([...config.additionalRootCas, ...rootCertificates])];
    http.trust(additionalRootCas);
    return { ...config, additionalRootCas };
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
    this.#heart?.changed();
    try {
      await this.#job.execute();
    } catch (error) {
      log.error('a handover broke off', { runId: job.run.id, error: messageOf(error) });
    } finally {
      this.#cleaning = Promise.all([this.#cleaning, this.#job.cleaned]);
      this.#job = undefined;
      log.info('gave the run back', { runId: job.run.id, lease: job.lease });
      this.#heart?.changed();
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
