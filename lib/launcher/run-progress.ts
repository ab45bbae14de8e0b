import type { StateGetResponse } from '../protocol/worker-api.ts';
import type { RunLog } from './run-log.ts';
import type { WorkerState } from './run-states.ts';
import type { RunApi } from './run-api.ts';

/** What a step that the server agreed to may bring about. */
export interface ProgressEvents {
  readonly stop: () => void;
  readonly refused: (error: unknown) => void;
  /** The managed state as the phase begins. */
  readonly state: (current: StateGetResponse | null) => void;
}

/** Where the run is, as this worker drives it. */
export class RunProgress {
  state: WorkerState;
  stateVersion: number;
  readonly #run: RunApi;
  readonly #log: RunLog;
  readonly #on: ProgressEvents;
  #told: Promise<void> = Promise.resolve();
  /** The server's choice for the run, until the first step takes it back. */
  #choice: string | undefined;

  constructor(run: RunApi, log: RunLog, start: { readonly state: WorkerState; readonly stateVersion: number; readonly choice: string | undefined }, on: ProgressEvents) {
    this.state = start.state;
    this.stateVersion = start.stateVersion;
    this.#choice = start.choice;
    this.#run = run;
    this.#log = log;
    this.#on = on;
    log.open(start.stateVersion);
  }

  /**
   * Tells the server and goes on: each step raises the version by one, so the log's address is known before the answer.
   * What must not begin before the server agreed waits for `agreed`.
   */
  enter(to: WorkerState): void {
    const from = this.state;
    this.state = to;
    this.stateVersion++;
    this.#log.open(this.stateVersion);
    const choice = this.#takeChoice();
    const told = this.#told.then(async () => {
      const { stop, state } = await this.#run.transition({ from, to, hasLogs: true, ...choice });
      if (stop) this.#on.stop();
      if (state !== undefined) this.#on.state(state);
    });
    told.catch(this.#on.refused);
    this.#told = told;
  }

  async agreed(): Promise<void> {
    await this.#told;
  }

  /** A step that the server made by its own decision. */
  adopt(state: WorkerState, stateVersion: number): void {
    this.state = state;
    this.stateVersion = stateVersion;
    this.#log.open(stateVersion);
  }

  async end(to: 'FINISHED' | 'FAILED' | 'STOPPED', note?: string): Promise<void> {
    await this.agreed();
    await this.#run.transition({ from: this.state, to, ...(note === undefined ? {} : { note }), ...this.#takeChoice() });
  }

  /** The server chose anew. */
  choose(choice: string | undefined): void {
    this.#choice = choice;
  }

  #takeChoice(): { readonly choice?: string } {
    const choice = this.#choice;
    this.#choice = undefined;
    return choice === undefined ? {} : { choice };
  }
}
