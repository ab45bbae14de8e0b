import { createPublicKey } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT, type ExitCode } from '../protocol/exit-codes.ts';
import type { ServerMessage } from '../protocol/messages.ts';
import { ConfigError, type LauncherConfig } from './config.ts';
import { Guard } from './guard.ts';
import { endLeftovers } from './handover-record.ts';
import { HttpClient } from './http-client.ts';
import type { Log } from './log.ts';
import { PluginCache } from './plugin-cache.ts';
import { InitializationPolicy } from './policy/initialization-policy.ts';
import { ApiError, ServerApi } from './server-api.ts';
import { chooseStepUser, makeRunRoot } from './step-user.ts';
import type { LadderTimes } from './stop-ladder.ts';
import { findToolsOnPath } from './tools-on-path.ts';
import { Tools } from './tools.ts';
import { LAUNCHER_VERSION } from './version.ts';
import { Worker } from './worker.ts';
import type { Shared } from './worker.ts';

export interface AgentOptions {
  readonly log: Log;
  readonly standardOutput: (line: string) => void;
  readonly ladder?: LadderTimes;
  /** The built policy engine, for a policy of the worker's own. */
  readonly policyEngine?: string | undefined;
}

/** How long a worker that is told to leave waits for the answer to its registration. */
const REGISTRATION_MS = 3000;

/** A worker: registers, takes one run after the other, and leaves when told to. */
export class Agent {
  readonly #config: LauncherConfig;
  readonly #options: AgentOptions;
  readonly #http: HttpClient;
  readonly #api: ServerApi;
  readonly #guard: Guard;
  readonly #leaving = new AbortController();
  readonly #exit = Promise.withResolvers<ExitCode>();
  #worker: Worker | undefined;
  #policy: InitializationPolicy | undefined;
  #registering = false;

  constructor(config: LauncherConfig, options: AgentOptions) {
    this.#config = config;
    this.#options = options;
    this.#guard = new Guard(join(config.workDir, 'pipes'));
    this.#http = new HttpClient({ environment: config.environment, rootCas: config.additionalRootCas });
    this.#api = new ServerApi({ api: config.token.api.replace(/\/+$/, ''), launcherVersion: LAUNCHER_VERSION, http: this.#http });
  }

  /** Resolves with the exit code when the worker has left. */
  async run(): Promise<ExitCode> {
    try {
      const shared = await this.#prepare();
      return await Promise.race([this.#exit.promise, this.#serve(shared)]);
    } finally {
      await this.#policy?.close();
      await this.#guard.close();
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
    // A registration under way is waited for a moment, so that it can be taken back; what is only being prepared is not.
    if (this.#registering) setTimeout(() => this.#exit.resolve(EXIT.ok), REGISTRATION_MS).unref();
    else if (!this.#worker) this.#exit.resolve(EXIT.ok);
  }

  /** Takes a message as if the broker had brought it. */
  tell(message: ServerMessage): void {
    this.#worker?.take(message);
  }

  async #prepare(): Promise<Shared> {
    const { log } = this.#options;
    const config = this.#config;
    if (config.initializationPolicy !== null) {
      this.#policy = await InitializationPolicy.load({ file: config.initializationPolicy, engine: this.#options.policyEngine, path: config.environment.PATH, log });
    }
    await Promise.all([
      usable('SPACELIFT_LAUNCHER_WORK_DIR', config.workDir, () => mkdir(config.workDir, { recursive: true, mode: 0o700 })),
      usable('WINDLASS_RUN_ROOT', config.runRoot, () => makeRunRoot(config.runRoot)),
    ]);
    const [found] = await Promise.all([
      findToolsOnPath(config.environment, config.workDir),
      endLeftovers(config.workDir, { ...(this.#options.ladder ? { ladder: this.#options.ladder } : {}), onFound: (runId) => log.warn('ending what an earlier launcher left running', { runId }) }),
    ]);
    const { user, warning } = await chooseStepUser(config.runRoot, found.map(({ path }) => path));
    if (warning) log.warn(warning);
    this.#guard.pipes.prepare();
    this.#guard.ensure();
    return {
      config, api: this.#api, http: this.#http, guard: this.#guard, log, stepUser: user, warning, publicKey: createPublicKey(config.privateKey),
      tools: new Tools(found, { cacheFolder: join(config.workDir, 'binaries_cache'), mirror: config.toolMirror, downloads: config.toolDownloads, http: this.#http }),
      pluginCache: await PluginCache.make(config.runRoot, config.token.worker_pool, user),
      standardOutput: this.#options.standardOutput,
      initializationPolicy: this.#policy,
      ...(this.#options.ladder ? { ladder: this.#options.ladder } : {}),
    };
  }

  /** One registration after the other: a worker that was taken for lost comes back as a new one. */
  async #serve(shared: Shared): Promise<ExitCode> {
    while (!this.#leaving.signal.aborted) {
      const worker = new Worker(shared, this.#leaving.signal, () => this.drain('cycle'));
      try {
        this.#registering = true;
        const answer = await worker.register().finally(() => (this.#registering = false));
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

const FOLDER_FAULTS: Readonly<Record<string, string>> = { EEXIST: 'it is a file', ENOTDIR: 'a part of the path is a file', EACCES: 'this user may not write there', EPERM: 'this user may not write there', EROFS: 'the file system is read-only', ENOSPC: 'the disk is full' };

/** What the system says of a folder that cannot be made is the operator's to mend. */
async function usable(variable: string, path: string, make: () => Promise<unknown>): Promise<void> {
  try {
    await make();
  } catch (cause) {
    const fault = FOLDER_FAULTS[String((cause as { code?: unknown }).code)];
    if (fault === undefined) throw cause;
    throw new ConfigError([`${variable}: the folder ${path} cannot be used: ${fault}`]);
  }
}
