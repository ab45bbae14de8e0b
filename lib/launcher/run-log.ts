import type { LogStart } from '../protocol/worker-api.ts';
import type { LogServer, LogSettings } from './log-stream.ts';
import { LogStream } from './log-stream.ts';
import type { OutputOptions } from './output-pipe.ts';
import { OutputPipe } from './output-pipe.ts';
import type { SecretSet } from './mask.ts';

export interface RunLogOptions {
  readonly server: LogServer;
  readonly secrets: SecretSet;
  readonly workerId: string;
  readonly settings: () => LogSettings;
  readonly spoolFolder: string;
  /** Where the first lines of some states go, known before they are printed. */
  readonly given: readonly LogStart[];
  readonly copy?: ((at: Date, line: string) => void) | undefined;
  readonly onLost?: (error: unknown) => void;
}

/** The log of one handover: one stream per state, written in turn; the worker's own lines carry its id. */
export class RunLog {
  readonly #options: RunLogOptions;
  #masking = { wellKnown: false, timestamps: false };
  #stream: LogStream | undefined;
  #closing: Promise<void>[] = [];

  constructor(options: RunLogOptions) {
    this.#options = options;
  }

  /** Known only once the package is open; lines before it are the platform's own. */
  useMasking(masking: { readonly wellKnown: boolean; readonly timestamps: boolean }): void {
    this.#masking = masking;
  }

  /** Lines go to this state from now on; the one before is ended in the background. */
  open(stateVersion: number): void {
    this.#close();
    const { server, settings, spoolFolder, copy, onLost } = this.#options;
    const given = this.#options.given.find((start) => start.stateVersion === stateVersion);
    this.#stream = new LogStream({ server, stateVersion, settings, spoolFolder, given, copy, timestamps: () => this.#masking.timestamps, ...(onLost ? { onLost } : {}) });
    this.#stream.prepare();
  }

  /** A line of the server, as it was given. */
  serverLine(text: string): void {
    this.#stream?.line(text);
  }

  /** A line of the worker itself. */
  say(text: string): void {
    for (const line of this.#options.secrets.maskText(text).split('\n')) this.#stream?.line(`[${this.#options.workerId}] ${line}`);
  }

  /** Where a process's standard output or error goes. */
  pipe(onBytes: () => void = () => undefined): OutputPipe {
    const options: OutputOptions = { secrets: this.#options.secrets, wellKnown: this.#masking.wellKnown, onLine: (line) => this.#stream?.line(line) };
    const pipe = new OutputPipe(options);
    const write = pipe.write.bind(pipe);
    pipe.write = (bytes) => {
      onBytes();
      write(bytes);
    };
    return pipe;
  }

  /** Resolves when everything printed so far is stored; more may follow. */
  async settled(): Promise<void> {
    await this.#stream?.settled();
  }

  /** Ends the log; resolves when all of it is stored. */
  async end(): Promise<void> {
    this.#close();
    await Promise.all(this.#closing);
  }

  #close(): void {
    if (this.#stream) this.#closing.push(this.#stream.end());
    this.#stream = undefined;
  }
}
