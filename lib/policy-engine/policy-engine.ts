import { hash } from 'node:crypto';
import { contractOf, type PolicyType, type RegoVersion } from './contracts.ts';
import { type Decision, readDecision } from './decision.ts';
import type { EngineProcess, ProcessOptions } from './engine-process.ts';
import type { PolicyFault } from './fault.ts';
import { Gate } from './gate.ts';
import { Interrupted } from './interrupted.ts';
import { Lane } from './lane.ts';
import { DECISION_QUERY, FRAMES } from './prelude.ts';
import type { Answer, Coverage, ModuleSource, Outcome, Printed } from './protocol.ts';
import { WorkFolder } from './work-folder.ts';

const MIB = 1024 * 1024;
const LARGE_INPUT = MIB;
const AT_ONCE = 4;
const COMPILE_MS = 10_000;
const FORMAT_MS = 5_000;
/** Size of an input that is not there. */
const NO_INPUT = -1;
const NOT_ANSWERED: Outcome = { error: { kind: 'internal', message: 'the policy engine did not answer' } };

export interface PolicyEngineOptions {
  /** The built engine. */
  readonly command: string;
  /** Arguments before the engine's own. */
  readonly args?: readonly string[];
  readonly memoryMib: number;
  readonly maxInputMib: number;
  /** Time to compile one policy; 10 s unless given. */
  readonly compileMs?: number;
  /** Runs commands for policies; only workers have it. */
  readonly exec?: ProcessOptions['exec'];
}

export interface PolicySource {
  readonly type: PolicyType;
  readonly version: RegoVersion;
  readonly source: string;
}

/** Any Rego with any query: no prelude, no contract. `tests` is compiled beside the source, and has its own package. */
export interface QuerySource {
  readonly query: string;
  readonly version: RegoVersion;
  readonly source: string;
  readonly policyType?: PolicyType;
  readonly tests?: { readonly source: string; readonly version: RegoVersion };
}

export interface CheckResult {
  /** None when the policy may be saved. */
  readonly errors: readonly PolicyFault[];
  readonly warnings: readonly PolicyFault[];
}

export interface EvaluateOptions {
  readonly deadlineMs: number;
  readonly trace?: boolean;
  readonly coverage?: boolean;
}

export type Evaluation<T extends PolicyType = PolicyType> = {
  readonly prints: readonly Printed[];
  readonly coverage?: Coverage;
  readonly trace?: readonly string[];
} & ({ readonly decision: Decision<T>; readonly malformed: readonly string[]; readonly error?: never } | { readonly error: PolicyFault; readonly decision?: never });

/**
 * Evaluates policies in children of this process. Nothing is thrown for what a policy does: an error is an answer too,
 * also when the engine is missing or ends.
 */
export class PolicyEngineClient {
  readonly #options: PolicyEngineOptions;
  readonly #folder = new WorkFolder();
  readonly #evaluations: Lane;
  /** What people save may take long to compile, and does not stand in the way of decisions. */
  readonly #saves: Lane;
  /** Where those go whose child ended under them, one at a time, so that the next end has one cause. */
  readonly #suspects: Lane;
  readonly #largeInputs = new Gate(1);

  constructor(options: PolicyEngineOptions) {
    this.#options = options;
    const process = async (): Promise<ProcessOptions> => ({
      command: options.command,
      args: [...(options.args ?? []), '-memory-mib', String(options.memoryMib)],
      cwd: await this.#folder.empty(),
      compileMs: options.compileMs ?? COMPILE_MS,
      exec: options.exec,
    });
    this.#evaluations = new Lane(process, AT_ONCE);
    this.#saves = new Lane(process, 1);
    this.#suspects = new Lane(process, 1);
  }

  /** Says whether a policy may be saved. */
  async check(policy: PolicySource): Promise<CheckResult> {
    const answer = await this.#compile(this.#moduleOf(policy));
    return { errors: answer.errors ?? [], warnings: answer.warnings ?? [] };
  }

  /** Every policy over every input, the policies in order, each with its evaluations in the order of the inputs (JSON text). */
  async evaluate<T extends PolicyType>(policies: readonly (PolicySource & { readonly type: T })[], inputs: readonly string[], options: EvaluateOptions): Promise<readonly (readonly Evaluation<T>[])[]> {
    const outcomes = await this.#outcomes(policies.map((policy) => this.#moduleOf(policy)), inputs, options);
    return outcomes.map((row, index) => row.map((outcome) => evaluationOf((policies[index] as { type: T }).type, outcome)));
  }

  /** The value of a query as JSON text; neither value nor error when it is undefined. Without an input there is none. */
  async query(source: QuerySource, input: string | undefined, options: EvaluateOptions): Promise<Outcome> {
    const [[outcome] = []] = await this.#outcomes([this.#moduleOf(source)], [input], options);
    return outcome ?? NOT_ANSWERED;
  }

  /** Names of the test rules beside a policy, or why there are none to run. */
  async tests(source: QuerySource): Promise<{ readonly tests: readonly string[]; readonly errors: readonly PolicyFault[] }> {
    const answer = await this.#compile(this.#moduleOf(source));
    return { tests: answer.tests ?? [], errors: answer.errors ?? [] };
  }

  /** The source as OPA's formatter writes it. */
  async format(source: string, version: RegoVersion): Promise<{ readonly text?: string; readonly errors: readonly PolicyFault[] }> {
    const settled = await this.#settle(this.#saves, (process) => process.exchange({ op: 'format', source, version }, { limitMs: FORMAT_MS }));
    if (!settled.done) return { errors: [settled.fault] };
    return { text: settled.value[0]?.formatted, errors: settled.value[0]?.errors ?? [] };
  }

  /** Version of Open Policy Agent, undefined when the engine does not run. */
  async version(): Promise<string | undefined> {
    const settled = await this.#settle(this.#evaluations, (process) => process.exchange({ op: 'version' }, { limitMs: FORMAT_MS }));
    return settled.done ? settled.value[0]?.versions?.opa : undefined;
  }

  /** The child that evaluates now, for those who watch it. */
  get pid(): number | undefined {
    return this.#evaluations.pid;
  }

  async close(): Promise<void> {
    await Promise.all([this.#evaluations.close(), this.#saves.close(), this.#suspects.close()]);
    await this.#folder.remove();
  }

  async #compile(module: ModuleSource): Promise<Pick<Answer, 'errors' | 'warnings' | 'tests'>> {
    const settled = await this.#settle(this.#saves, (process) => process.compile(module));
    return settled.done ? settled.value : { errors: [settled.fault] };
  }

  async #outcomes(modules: readonly ModuleSource[], inputs: readonly (string | undefined)[], options: EvaluateOptions): Promise<Outcome[][]> {
    if (modules.length === 0) return [];
    const texts = inputs.map((input) => (input === undefined ? undefined : Buffer.from(input, 'utf8')));
    const table = modules.map((): Outcome[] => []);
    const fill = (indexes: readonly number[], rows: readonly (readonly Outcome[])[]) =>
      table.forEach((row, module) => indexes.forEach((index, i) => (row[index] = rows[module]?.[i] ?? NOT_ANSWERED)));

    const small: number[] = [];
    for (const [index, text] of texts.entries()) {
      const length = text?.length ?? 0;
      if (length > this.#options.maxInputMib * MIB) {
        const error: PolicyFault = { kind: 'refused', message: `input too large (${Math.ceil(length / MIB)} MiB)` };
        fill([index], modules.map(() => [{ error }]));
      } else if (text && length > LARGE_INPUT) {
        fill([index], await this.#largeInputs.enter(() => this.#folder.withFile(text, (inputFile) => this.#ask(modules, { inputFile }, options))));
      } else {
        small.push(index);
      }
    }
    if (small.length > 0) fill(small, await this.#ask(modules, { texts: small.map((index) => texts[index]) }, options));
    return table;
  }

  async #ask(modules: readonly ModuleSource[], { texts = [], inputFile }: { texts?: readonly (Buffer | undefined)[]; inputFile?: string }, options: EvaluateOptions): Promise<readonly (readonly Outcome[])[]> {
    const request = { op: 'evaluate', modules: modules.map(({ handle }) => handle), sizes: texts.map((text) => text?.length ?? NO_INPUT), inputFile, ...options } as const;
    const inputs = texts.filter((text) => text !== undefined);
    const settled = await this.#settle(this.#evaluations, async (process) => {
      // What was compiled first may be forgotten by the time that the last is.
      do await Promise.all(modules.map((module) => process.compile(module)));
      while (!process.ended && !process.holds(modules));
      return process.exchange(request, { inputs, expected: modules.length, limitMs: options.deadlineMs });
    });
    const answers = settled.done ? settled.value : settled.answers;
    const missing: Outcome = settled.done ? NOT_ANSWERED : { error: settled.fault };
    const expected = inputFile === undefined ? texts.length : 1;
    return modules.map((_, index) => answers.find((answer) => answer.index === index)?.results ?? Array.from({ length: expected }, () => missing));
  }

  /** Does the work in the lane; if the child ends under it and another request may be the cause, once more alone. */
  async #settle<T>(lane: Lane, work: (process: EngineProcess) => Promise<T>): Promise<Settled<T>> {
    try {
      return { done: true, value: await lane.use(work) };
    } catch (error) {
      if (!(error instanceof Interrupted) || error.certain) return failed(error);
    }
    try {
      return { done: true, value: await this.#suspects.use(work) };
    } catch (error) {
      return failed(error);
    }
  }

  #moduleOf(source: PolicySource | QuerySource): ModuleSource {
    const type = 'type' in source ? source.type : source.policyType;
    const content = {
      source: source.source,
      version: source.version,
      prelude: [],
      query: 'query' in source ? source.query : DECISION_QUERY,
      ...(type && { ...FRAMES[type], exec: contractOf(type).exec === true && this.#options.exec !== undefined }),
      ...('tests' in source && { tests: source.tests }),
    };
    return { handle: hash('sha256', JSON.stringify(content)), ...content };
  }
}

type Settled<T> =
  | { readonly done: true; readonly value: T }
  /** What was answered before the end counts; for the rest the fault stands. */
  | { readonly done: false; readonly answers: readonly Answer[]; readonly fault: PolicyFault };

function failed(error: unknown): Settled<never> {
  if (error instanceof Interrupted) return { done: false, answers: error.answers, fault: error.fault };
  return { done: false, answers: [], fault: { kind: 'internal', message: error instanceof Error ? error.message : 'the policy engine failed' } };
}

function evaluationOf<T extends PolicyType>(type: T, outcome: Outcome): Evaluation<T> {
  const about = { prints: outcome.prints ?? [], coverage: outcome.coverage, trace: outcome.trace };
  if (outcome.error) return { ...about, error: outcome.error };
  if (outcome.value === undefined) return { ...about, error: { kind: 'internal', message: 'the policy has no decision' } };
  return { ...about, ...readDecision(type, outcome.value) };
}
