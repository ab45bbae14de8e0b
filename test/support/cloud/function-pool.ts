import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startFunction, type FunctionProcess, type Outcome } from './function-process.ts';
import type { FunctionPart } from './parts.ts';

/** What a function takes as an event, and hands back as an answer, at most. */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

export interface Invocation {
  readonly functionName: string;
  /** By whose key its calls are signed; empty when no container took the event. */
  readonly accessKeyId: string;
  readonly event: unknown;
  readonly at: Date;
  /** When the container got the event, and had answered it, in milliseconds of `performance.now()`. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** With the waiting for a container. */
  readonly ms: number;
  readonly cold: boolean;
  readonly outcome: Outcome;
}

export interface PoolOptions {
  /** Where containers are laid out and logs written. */
  readonly folder: string;
  /** How many containers a function has at once; what comes meanwhile waits. */
  readonly most: number;
  readonly runtime: Readonly<Record<string, string>>;
  /** Stands for credentials of a function; called for each container. */
  newAccessKey(part: FunctionPart): string;
  /** How far functions are ahead of this machine's clock. */
  readonly aheadMs?: () => number;
  readonly onInvocation?: (invocation: Invocation) => void;
}

export interface FunctionPool {
  invoke(functionName: string, event: unknown, trace?: string): Promise<Outcome>;
  /** Hears of every event before it is handed over; returns how to stop hearing. */
  onEvent(listener: (functionName: string, event: unknown) => void): () => void;
  /** Ends the containers of a function, or all: the next event finds a cold one. */
  recycle(functionName?: string): void;
  logFile(functionName: string): string;
  close(): Promise<void>;
}

interface Lane {
  readonly idle: FunctionProcess[];
  readonly all: Set<FunctionProcess>;
  starting: number;
  readonly waiting: (() => void)[];
}

export const newTrace = (): string =>
  `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString('hex')};Parent=${randomBytes(8).toString('hex')};Sampled=1`;

/** Containers of functions, started when an event finds none idle. */
export function functionPool(functions: ReadonlyMap<string, FunctionPart>, options: PoolOptions): FunctionPool {
  const lanes = new Map<string, Lane>();
  const listeners = new Set<(functionName: string, event: unknown) => void>();
  const starts = new Set<Promise<unknown>>();
  let closed = false;
  const laneOf = (name: string): Lane => {
    const lane = lanes.get(name) ?? { idle: [], all: new Set(), starting: 0, waiting: [] };
    lanes.set(name, lane);
    return lane;
  };
  const logFile = (name: string): string => join(options.folder, 'logs', `${name}.log`);

  async function start(part: FunctionPart, lane: Lane): Promise<FunctionProcess> {
    lane.starting += 1;
    const folder = join(options.folder, 'containers', `${part.name}-${randomUUID().slice(0, 8)}`);
    try {
      await mkdir(join(options.folder, 'logs'), { recursive: true });
      const accessKeyId = options.newAccessKey(part);
      const credentials = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SESSION_TOKEN: `session-of-${accessKeyId}` };
      const starting = startFunction({ part, folder, accessKeyId, runtime: { ...options.runtime, ...credentials }, logFile: logFile(part.name) });
      starts.add(starting);
      const started = await starting.finally(() => starts.delete(starting));
      if (closed) started.kill();
      lane.all.add(started);
      return started;
    } finally {
      lane.starting -= 1;
    }
  }

  async function take(part: FunctionPart, lane: Lane): Promise<{ readonly container: FunctionProcess; readonly cold: boolean }> {
    for (;;) {
      if (closed) throw new Error('the local cloud is closed');
      for (let container = lane.idle.pop(); container !== undefined; container = lane.idle.pop()) {
        if (container.alive) return { container, cold: false };
        lane.all.delete(container);
      }
      if (lane.all.size + lane.starting < options.most) return { container: await start(part, lane), cold: true };
      await new Promise<void>((resolve) => lane.waiting.push(resolve));
    }
  }

  function giveBack(container: FunctionProcess, lane: Lane): void {
    if (container.alive && lane.all.has(container)) lane.idle.push(container);
    else lane.all.delete(container);
    lane.waiting.shift()?.();
  }

  const failure = (error: unknown): Outcome => ({ fault: { errorType: 'Runtime.ImportModuleError', errorMessage: (error as Error).message } });

  function checkSize(outcome: Outcome): Outcome {
    if (!('answer' in outcome) || Buffer.byteLength(outcome.answer) <= MAX_PAYLOAD_BYTES) return outcome;
    return {
      fault: {
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: `Response payload size exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`,
      },
    };
  }

  return {
    logFile,
    async invoke(functionName, event, trace = newTrace()) {
      const part = functions.get(functionName);
      if (part === undefined) throw new Error(`there is no function ${functionName}`);
      for (const listener of listeners) listener(functionName, event);
      const lane = laneOf(functionName);
      const at = new Date();
      const askedAt = performance.now();
      let startedAt = askedAt;
      let accessKeyId = '';
      let cold = true;
      let outcome: Outcome;
      try {
        const taken = await take(part, lane);
        [cold, accessKeyId, startedAt] = [taken.cold, taken.container.accessKeyId, performance.now()];
        outcome = checkSize(await taken.container.invoke({ id: randomUUID(), event, trace, aheadMs: options.aheadMs?.() ?? 0 }));
        giveBack(taken.container, lane);
      } catch (error) {
        lane.waiting.shift()?.();
        outcome = failure(error);
      }
      const endedAt = performance.now();
      options.onInvocation?.({ functionName, accessKeyId, event, at, startedAt, endedAt, ms: endedAt - askedAt, cold, outcome });
      return outcome;
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    recycle(functionName) {
      for (const [name, lane] of lanes) {
        if (functionName !== undefined && name !== functionName) continue;
        for (const container of lane.idle.splice(0)) {
          lane.all.delete(container);
          container.kill();
        }
        // Busy ones end as well, with what they are doing.
        for (const container of lane.all) container.kill();
        lane.all.clear();
      }
    },
    async close() {
      closed = true;
      for (const lane of lanes.values()) {
        for (const container of lane.all) container.kill();
        for (const wake of lane.waiting.splice(0)) wake();
      }
      // One that is being laid out would be written behind the removal; it ends as soon as it has started.
      await Promise.allSettled(starts);
      await rm(join(options.folder, 'containers'), { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
