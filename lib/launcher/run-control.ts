import type { ControlResponse } from '../protocol/worker-api.ts';
import { isFenced } from './server-api.ts';
import type { RunApi } from './run-api.ts';

export interface RunControlOptions {
  readonly run: RunApi;
  readonly onStop: () => void;
  readonly onKill: () => void;
  /** The handover is no longer ours. */
  readonly onFenced: () => void;
  readonly onInterval: (intervalMs: number) => void;
  /** Whether messages of the server arrive by themselves. */
  readonly isConnected: () => boolean;
}

const POLL_MS = 15_000;
const DECISION_POLL_MS = 2000;

/** What the server wants of a running handover: told by messages, and read over HTTP in case one is lost. */
export class RunControl {
  readonly #options: RunControlOptions;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #deciding: ((control: ControlResponse) => void) | undefined;

  constructor(options: RunControlOptions) {
    this.#options = options;
    this.#later(POLL_MS);
  }

  /** A message said that the server has decided; nobody asks when the answer to the plan brought the decision already. */
  decided(): void {
    if (this.#deciding) void this.read();
  }

  /** Reads the server's wishes now. */
  async read(): Promise<void> {
    clearTimeout(this.#timer);
    let fast = 0;
    try {
      const control = await this.#options.run.control();
      if (this.#closed) return;
      this.#options.onInterval(control.logs.intervalMs);
      if (control.kill) this.#options.onKill();
      else if (control.stop) this.#options.onStop();
      if (control.decision !== null) this.#deciding?.(control);
    } catch (error) {
      if (isFenced(error)) this.#options.onFenced();
      fast = 500;
    } finally {
      if (!this.#closed) this.#later(this.#deciding ? (this.#options.isConnected() ? DECISION_POLL_MS : 200 + fast) : POLL_MS);
    }
  }

  /** Waits until the server has decided how to go on after planning; undefined when it took too long. */
  async decision(withinMs: number): Promise<ControlResponse | undefined> {
    let timeout: NodeJS.Timeout | undefined;
    const decided = new Promise<ControlResponse | undefined>((resolve) => {
      this.#deciding = resolve;
      timeout = setTimeout(() => resolve(undefined), withinMs);
    });
    void this.read();
    try {
      return await decided;
    } finally {
      this.#deciding = undefined;
      clearTimeout(timeout);
    }
  }

  /** Ends a wait for a decision: the handover ends otherwise. */
  giveUp(): void {
    this.#deciding?.({ stop: true, kill: false, decision: 'release', stateVersion: 0, state: '', logs: { intervalMs: 0 } });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.read(), ms);
  }
}
