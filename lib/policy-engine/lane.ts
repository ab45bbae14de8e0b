import { EngineProcess, type ProcessOptions } from './engine-process.ts';
import { Gate } from './gate.ts';

/** A child of its own with a limit on how much goes on in it; started when first needed, and again after it ended. */
export class Lane {
  readonly #options: () => Promise<ProcessOptions>;
  readonly #gate: Gate;
  #process: EngineProcess | undefined;
  #closed = false;

  constructor(options: () => Promise<ProcessOptions>, atOnce: number) {
    this.#options = options;
    this.#gate = new Gate(atOnce);
  }

  /** The child that serves now. */
  get pid(): number | undefined {
    return this.#process && !this.#process.ended ? this.#process.pid : undefined;
  }

  use<T>(work: (process: EngineProcess) => Promise<T>): Promise<T> {
    return this.#gate.enter(async () => {
      const options = await this.#options();
      if (this.#closed) throw new Error('the policy engine is closed');
      if (!this.#process || this.#process.ended) this.#process = new EngineProcess(options);
      return work(this.#process);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#process?.stop();
  }
}
