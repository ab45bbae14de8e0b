import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FunctionPart } from './parts.ts';

const HOST = fileURLToPath(new URL('./runtime-host.mjs', import.meta.url));
/** What the runtime itself takes of a function's memory, beside the heap. */
const RUNTIME_SHARE = 0.1;
/** The service gives a function so long to start. */
const INIT_MS = 10_000;
/** This machine starts many at once, on few processors. */
const LOAD_ALLOWANCE = 3;

/** How often it is seen to that a function has no more memory than it is given. */
const MEMORY_LOOK_MS = 100;

/** What a process holds in memory, its buffers as well as its heap; 0 for one that has ended. */
function residentMib(pid: number | undefined): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** How an invocation ended. */
export type Outcome =
  { readonly answer: string } | { readonly fault: { readonly errorType: string; readonly errorMessage: string; readonly trace?: readonly string[] } };

export interface FunctionProcess {
  /** Hands over one event; the process is let run only until it has answered. */
  invoke(call: { readonly id: string; readonly event: unknown; readonly trace: string; readonly aheadMs: number }): Promise<Outcome>;
  readonly accessKeyId: string;
  /** Whether it can take another event. */
  readonly alive: boolean;
  kill(): void;
}

interface Message {
  readonly id?: string;
  readonly ready?: boolean;
  readonly answer?: string;
  readonly fault?: { readonly errorType: string; readonly errorMessage: string; readonly trace: readonly string[] };
  readonly failed?: { readonly errorType: string; readonly errorMessage: string; readonly trace: readonly string[] };
}

export interface StartOptions {
  readonly part: FunctionPart;
  /** A folder for this process alone. */
  readonly folder: string;
  readonly accessKeyId: string;
  /** Variables of the runtime: credentials, region, addresses of services. */
  readonly runtime: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** Puts the bundle and the layers where the function finds them, away from the project and its packages. */
async function layOut({ part, folder }: StartOptions): Promise<void> {
  await Promise.all(['task', 'opt', 'tmp'].map((name) => mkdir(join(folder, name), { recursive: true })));
  await cp(part.codeFolder, join(folder, 'task'), { recursive: true });
  for (const layer of part.layerFolders) await cp(layer, join(folder, 'opt'), { recursive: true });
}

/**
 * A mount seen by the process and its children only; the rest of the machine is as it is, but its programs are not found: what a function
 * starts comes with it or its layers. A frozen process does not see that its parent is gone, so it ends with it.
 */
const SCRIPT = [
  'setpriv=$(command -v setpriv)',
  'mount --bind "$0/opt" /opt',
  'PATH=/var/lang/bin:/opt/bin exec "$setpriv" --pdeathsig KILL "$@"',
].join(' && ');

/** Starts a container of a function, which takes one event at a time. Rejects when its bundle cannot be imported. */
export async function startFunction(options: StartOptions): Promise<FunctionProcess> {
  const { part, folder, accessKeyId, logFile } = options;
  await layOut(options);
  const heapMib = Math.floor(part.memoryMib * (1 - RUNTIME_SHARE));
  const env: NodeJS.ProcessEnv = {
    ...part.environment,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: process.env.PATH,
    // The folder that a function may write to is its container's own.
    TMPDIR: join(folder, 'tmp'),
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: part.name,
    AWS_LAMBDA_FUNCTION_VERSION: '1',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(part.memoryMib),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    LAMBDA_TASK_ROOT: join(folder, 'task'),
    _HANDLER: part.handler,
    ...options.runtime,
  };
  const child = spawn(
    'unshare',
    ['--mount', '--propagation', 'private', 'sh', '-c', SCRIPT, folder, process.execPath, `--max-old-space-size=${heapMib}`, '--no-warnings', HOST],
    {
      cwd: join(folder, 'task'),
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'json',
    },
  );
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const container = new Container(child, part, accessKeyId);
  child.once('close', () => log.end());
  await container.ready;
  return container;
}

/** Groups of processes that must not outlive this one. */
const running = new Set<number>();
process.once('exit', () => {
  for (const group of running) {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
});

const fault = (errorType: string, errorMessage: string): Outcome => ({ fault: { errorType, errorMessage } });

class Container implements FunctionProcess {
  readonly accessKeyId: string;
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #part: FunctionPart;
  #waiting: ((outcome: Outcome) => void) | undefined;
  #alive = true;

  constructor(child: ChildProcess, part: FunctionPart, accessKeyId: string) {
    this.#child = child;
    this.#part = part;
    this.accessKeyId = accessKeyId;
    this.ready = new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.kill();
        reject(new Error(`${part.name} did not start`));
      }, INIT_MS * LOAD_ALLOWANCE);
      child.on('message', (message: Message) => {
        clearTimeout(timer);
        if (message.ready) {
          this.#signal('SIGSTOP');
          resolve();
        } else if (message.failed !== undefined)
          reject(Object.assign(new Error(`${part.name} did not start: ${message.failed.errorMessage}`), { name: message.failed.errorType }));
        else this.#end(message.answer === undefined ? { fault: message.fault ?? { errorType: 'Error', errorMessage: '' } } : { answer: message.answer });
      });
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        this.#alive = false;
        if (child.pid !== undefined) running.delete(child.pid);
        reject(new Error(`${part.name} ended while it started (${signal ?? code})`));
        this.#end(fault('Runtime.ExitError', `RequestId: Error: Runtime exited with error: ${signal === null ? `exit status ${code}` : `signal: ${signal}`}`));
      });
      child.once('error', reject);
    });
    // Nobody may be waiting for it any more when it ends.
    this.ready.catch(() => undefined);
    if (child.pid !== undefined) running.add(child.pid);
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** The function and whatever it started are stopped, woken and ended together. */
  #signal(signal: NodeJS.Signals): void {
    try {
      if (this.#child.pid !== undefined && this.#alive) process.kill(-this.#child.pid, signal);
    } catch {
      // It ended by itself.
    }
  }

  #end(outcome: Outcome): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(outcome);
  }

  async invoke({
    id,
    event,
    trace,
    aheadMs,
  }: {
    readonly id: string;
    readonly event: unknown;
    readonly trace: string;
    readonly aheadMs: number;
  }): Promise<Outcome> {
    const timeoutMs = this.#part.timeoutSeconds * 1000;
    const outcome = new Promise<Outcome>((resolve) => (this.#waiting = resolve));
    const timer = setTimeout(() => {
      this.#end(fault('Sandbox.Timedout', `RequestId: ${id} Error: Task timed out after ${this.#part.timeoutSeconds.toFixed(2)} seconds`));
      this.kill();
    }, timeoutMs);
    const watch = setInterval(() => {
      if (residentMib(this.#child.pid) <= this.#part.memoryMib) return;
      this.#end(fault('Runtime.ExitError', `RequestId: ${id} Error: Runtime exited with error: signal: killed`));
      this.kill();
    }, MEMORY_LOOK_MS);
    this.#signal('SIGCONT');
    this.#child.send({ id, event, leftMs: timeoutMs, ahead: aheadMs, trace, functionArn: `${this.#part.arn}:live` }, (error) => {
      if (error !== null) this.#end(fault('Runtime.ExitError', String(error)));
    });
    const ended = await outcome;
    clearTimeout(timer);
    clearInterval(watch);
    // Whatever it still does now is frozen until the next event.
    this.#signal('SIGSTOP');
    return ended;
  }

  kill(): void {
    this.#signal('SIGKILL');
    this.#alive = false;
  }
}
