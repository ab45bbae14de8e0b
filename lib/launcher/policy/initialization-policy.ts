import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { JobPackage } from '../../protocol/job.ts';
import { CONTRACTS } from '../../policy-engine/contracts.ts';
import { PolicyEngineClient } from '../../policy-engine/policy-engine.ts';
import { ConfigError } from '../config.ts';
import { RunFailure } from '../handover-parts.ts';
import { messageOf, type Log } from '../log.ts';
import { LAUNCHER_VERSION } from '../version.ts';
import { execCommand } from './exec-command.ts';
import { policyDocument } from './policy-document.ts';

const VARIABLE = 'SPACELIFT_LAUNCHER_RUN_INITIALIZATION_POLICY';
const LIMITS = { memoryMib: 512, maxInputMib: 64 } as const;
const DEADLINE_MS = CONTRACTS.WORKER_INITIALIZATION.deadlineMs;
const IMPORTS_V1 = /^\s*import\s+rego\.v1\b/m;

export interface InitializationPolicyOptions {
  readonly file: string;
  /** The built policy engine, if there is one. */
  readonly engine: string | undefined;
  readonly path: string | undefined;
  readonly log: Log;
}

/** The policy of the worker's own operator: asked before anything of a run is executed, from what the sealed package says, which the server cannot get round. */
export class InitializationPolicy {
  readonly #engine: PolicyEngineClient;
  readonly #policy: { readonly type: 'WORKER_INITIALIZATION'; readonly version: 'v0' | 'v1'; readonly source: string };
  readonly #hash: string;
  readonly #log: Log;
  #samples = 0;

  private constructor(engine: PolicyEngineClient, source: string, log: Log) {
    this.#engine = engine;
    this.#policy = { type: 'WORKER_INITIALIZATION', version: IMPORTS_V1.test(source) ? 'v1' : 'v0', source };
    this.#hash = createHash('sha256').update(source, 'utf8').digest('hex').slice(0, 8);
    this.#log = log;
  }

  /** Reads and compiles the policy; one that cannot be asked stops the launcher. */
  static async load({ file, engine, path, log }: InitializationPolicyOptions): Promise<InitializationPolicy> {
    const refuse = (why: string) => new ConfigError([`${VARIABLE}: ${why}`]);
    if (engine === undefined) throw refuse('there is no policy engine here to evaluate it: run `npm run build:engine` where the launcher is built');
    const source = await readFile(file, 'utf8').catch((error: unknown) => {
      throw refuse(`${file} cannot be read: ${messageOf(error)}`);
    });
    const client = new PolicyEngineClient({ command: engine, ...LIMITS, exec: (args) => execCommand(args, path) });
    const policy = new InitializationPolicy(client, source, log);
    const { errors } = await client.check(policy.#policy);
    if (errors.length === 0) return policy;
    await client.close();
    throw refuse(`${file} is no valid policy: ${errors.slice(0, 5).map(({ line, column, message }) => `${line === undefined ? '' : `line ${line}, column ${column ?? 1}: `}${message}`).join('; ')}`);
  }

  /** Ends a run that the policy denies, or that it could not be asked about. */
  async require(pkg: JobPackage, say: (line: string) => void): Promise<void> {
    const input = policyDocument(pkg, LAUNCHER_VERSION);
    const [[evaluation] = []] = await this.#engine.evaluate([this.#policy], [input], { deadlineMs: DEADLINE_MS });
    const decision = evaluation?.decision;
    const error = decision === undefined ? (evaluation?.error?.message ?? 'the policy engine did not answer') : null;
    const deny = decision?.deny ?? [];
    if (decision === undefined || decision.sample) this.#sample(input, error !== null || deny.length > 0 ? 'deny' : 'allow', { deny, sample: decision?.sample ?? false }, error);
    for (const message of deny) say(`Denied by the worker's policy: ${message}`);
    if (error !== null) throw new RunFailure(`the worker's policy could not be evaluated: ${error}`);
    if (deny.length > 0) throw new RunFailure(`denied by the worker's policy: ${deny.join('; ')}`);
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  #sample(input: string, outcome: 'allow' | 'deny', results: { readonly deny: readonly string[]; readonly sample: boolean }, error: string | null): void {
    const sample = { body: this.#policy.source, input: JSON.parse(input) as unknown, outcome, results, error };
    this.#log.info(`Sample ${++this.#samples}/INITIALIZATION/${this.#hash}/${outcome}`, { caller: 'initialization-policy', sample });
  }
}
