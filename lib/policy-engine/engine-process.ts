import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { FaultKind } from './fault.ts';
import { Interrupted } from './interrupted.ts';
import { lineReader } from './line-reader.ts';
import type { Answer, ModuleSource, Request } from './protocol.ts';

/** Built-in calls of the engine cannot be interrupted, so an answer this late means that the child has to go. */
const GRACE_MS = 250;
const KEPT_MODULES = 256;
const EXIT_MEMORY = 86;
/** Last words of a Go program that the system refuses memory; its collector says nothing but that it touched what is not there. */
const OUT_OF_MEMORY = /out of memory|cannot allocate memory|^SIGSEGV: segmentation violation\nPC=/m;
const STDERR_KEPT = 4_096;

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** An empty folder. */
  readonly cwd: string;
  /** Time to compile one policy. */
  readonly compileMs: number;
  /** Runs a command that a policy asks for; undefined when it could not be run. */
  readonly exec?: (args: unknown) => Promise<unknown>;
}

interface Exchange {
  readonly answers: Answer[];
  readonly expected: number;
  readonly limitMs: number;
  readonly resolve: (answers: readonly Answer[]) => void;
  readonly reject: (error: Interrupted) => void;
  timer?: NodeJS.Timeout;
  leftMs: number;
  since: number;
  calls: number;
}

/** One child: requests go in, answers come out in any order, and its end reaches everyone who waits. */
export class EngineProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #exec: ProcessOptions['exec'];
  readonly #compileMs: number;
  readonly #exchanges = new Map<number, Exchange>();
  readonly #modules = new Map<string, Promise<Answer>>();
  readonly #exited: Promise<void>;
  #lastId = 0;
  #stderr = '';
  #ended = false;

  constructor(options: ProcessOptions) {
    this.#exec = options.exec;
    this.#compileMs = options.compileMs;
    const child = spawn(options.command, options.args, { cwd: options.cwd, env: {}, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    child.stdout.on('data', lineReader((line) => this.#take(line)));
    child.stderr.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString('utf8', 0, STDERR_KEPT - this.#stderr.length)));
    // A write to a child that is gone fails here; its end says why.
    child.stdin.on('error', () => {});
    this.#exited = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#end('internal', `the policy engine could not be started: ${error.message}`);
        resolve();
      });
      child.once('close', (code) => {
        this.#end(...this.#causeOf(code));
        resolve();
      });
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** True when every module is compiled there, or its errors are known. */
  holds(modules: readonly ModuleSource[]): boolean {
    return modules.every(({ handle }) => this.#modules.has(handle));
  }

  /** Compiles what the child does not hold yet. */
  compile(module: ModuleSource): Promise<Answer> {
    const known = this.#modules.get(module.handle);
    if (known) {
      this.#modules.delete(module.handle);
      this.#modules.set(module.handle, known);
      return known;
    }
    const { handle, ...rest } = module;
    const answer = this.exchange({ op: 'compile', module: handle, ...rest }, { limitMs: this.#compileMs }).then(([first]) => first as Answer);
    this.#modules.set(handle, answer);
    return answer;
  }

  /** Sends one request and waits for all of its answers; kills the child when they are late. */
  exchange(request: Request, { inputs = [], expected = 1, limitMs }: { inputs?: readonly Uint8Array[]; expected?: number; limitMs: number }): Promise<readonly Answer[]> {
    if (this.#ended) return Promise.reject(new Interrupted('internal', 'the policy engine has ended', false));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const exchange: Exchange = { answers: [], expected, limitMs, resolve, reject, leftMs: limitMs + GRACE_MS, since: 0, calls: 0 };
      this.#exchanges.set(id, exchange);
      this.#watch(id, exchange);
      this.#write({ id, ...request }, inputs);
      if (request.op === 'evaluate') this.#trim(request.modules);
    });
  }

  /** Ends the child and waits until it is gone. */
  async stop(): Promise<void> {
    this.#end('internal', 'the policy engine was stopped');
    await this.#exited;
  }

  #write(line: object, inputs: readonly Uint8Array[] = []): void {
    this.#child.stdin.write(Buffer.concat([Buffer.from(`${JSON.stringify(line)}\n`), ...inputs]));
  }

  /** Forgets the modules unused for longest. Lines are read in order, so evaluations under way keep theirs. */
  #trim(used: readonly string[]): void {
    for (const handle of this.#modules.keys()) {
      if (this.#modules.size <= KEPT_MODULES) return;
      if (used.includes(handle)) continue;
      this.#modules.delete(handle);
      this.#write({ id: 0, op: 'release', module: handle });
    }
  }

  #watch(id: number, exchange: Exchange): void {
    exchange.since = performance.now();
    exchange.timer = setTimeout(() => {
      // Had this process been busy itself, the answer may be waiting to be read.
      setImmediate(() => setImmediate(() => this.#exchanges.has(id) && exchange.calls === 0 && this.#expire(id, exchange)));
    }, exchange.leftMs);
  }

  #expire(id: number, exchange: Exchange): void {
    this.#exchanges.delete(id);
    const message = `the policy did not end within ${exchange.limitMs} ms`;
    exchange.reject(new Interrupted('timeout', message, true, exchange.answers));
    this.#end('internal', 'the policy engine was ended because of another policy');
  }

  #take(line: string): void {
    if (this.#ended) return;
    let answer: Answer;
    try {
      answer = JSON.parse(line) as Answer;
      if (typeof answer.id !== 'number') throw new TypeError('no id');
    } catch {
      return this.#end('internal', 'the policy engine answered something that is no answer');
    }
    if (answer.call !== undefined) return void this.#reply(answer);
    const exchange = this.#exchanges.get(answer.id);
    if (!exchange) return;
    exchange.answers.push(answer);
    if (exchange.answers.length < exchange.expected) return;
    clearTimeout(exchange.timer);
    this.#exchanges.delete(answer.id);
    exchange.resolve(exchange.answers);
  }

  /** The time of a command is not the policy's. */
  async #reply({ id, index, args }: Answer): Promise<void> {
    const exchange = this.#exchanges.get(index);
    if (exchange && exchange.calls++ === 0) {
      clearTimeout(exchange.timer);
      exchange.leftMs -= performance.now() - exchange.since;
    }
    let value: unknown = null;
    try {
      value = (await this.#exec?.(args)) ?? null;
    } catch {
      // To the policy a command that could not be run is undefined, like any failing call.
    }
    if (exchange && --exchange.calls === 0 && this.#exchanges.get(index) === exchange) this.#watch(index, exchange);
    if (!this.#ended) this.#write({ op: 'reply', id, value });
  }

  #causeOf(code: number | null): [FaultKind, string] {
    if (code === EXIT_MEMORY || OUT_OF_MEMORY.test(this.#stderr)) return ['memory', 'the policy needed more memory than it may have'];
    return ['internal', 'the policy engine ended unexpectedly'];
  }

  #end(kind: FaultKind, message: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#child.kill('SIGKILL');
    // Someone else may have ended the child; it took too much memory by itself.
    const isCause = kind === 'memory';
    const waiting = [...this.#exchanges.values()];
    this.#exchanges.clear();
    for (const exchange of waiting) {
      clearTimeout(exchange.timer);
      exchange.reject(new Interrupted(kind, message, isCause && waiting.length === 1, exchange.answers));
    }
  }
}
