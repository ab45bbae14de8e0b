import { execFile, execFileSync } from 'node:child_process';
import { constants, mkdirSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

export interface StepPipe {
  /** For the step; to be closed here once the step has it. */
  readonly writer: number;
  readonly reader: Socket;
}

/** So many are made by one process. */
const BATCH = 32;
/** A handover takes about this many. */
const ENOUGH = 16;

/**
 * Pipes for the output of steps. A step gets both ends, so that it does not die of SIGPIPE at its next word when the launcher was
 * killed: interrupted by the guard, the tool still has to write its state.
 */
export class StepPipes {
  readonly #folder: string;
  #spare: string[] = [];
  #made = 0;
  #making: Promise<void> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes some in advance, and clears away what an earlier launcher left. */
  prepare(): void {
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#spare = [];
    this.#refill();
  }

  open(): StepPipe {
    const path = this.#take();
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_RDWR);
    rmSync(path);
    return { writer, reader: new Socket({ fd: reader, readable: true, writable: false }) };
  }

  /** Waits for those that are still being made, so that the folder stays away. */
  async close(): Promise<void> {
    await this.#making;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #take(): string {
    if (this.#spare.length < ENOUGH) this.#refill();
    const spare = this.#spare.pop();
    if (spare !== undefined) return spare;
    const [path = '', ...others] = this.#names();
    execFileSync('mkfifo', ['-m', '600', path, ...others]);
    this.#spare = others;
    return path;
  }

  #refill(): void {
    if (this.#making) return;
    const names = this.#names();
    this.#making = new Promise((resolve) => {
      execFile('mkfifo', ['-m', '600', ...names], (error) => {
        this.#making = undefined;
        if (!error) this.#spare.push(...names);
        resolve();
      });
    });
  }

  #names(): string[] {
    return Array.from({ length: BATCH }, () => join(this.#folder, `${process.pid}-${++this.#made}`));
  }
}
