import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { LogUrlsResponse } from '../protocol/worker-api.ts';
import { withLiveAddress } from './live-address.ts';

/** What a log stream needs from the server. */
export interface LogServer {
  logUrls(stateVersion: number, first: number, count: number, end: boolean): Promise<LogUrlsResponse>;
  putChunk(url: string, body: Buffer): Promise<void>;
}

export interface LogSettings {
  readonly intervalMs: number;
}

export interface LogStreamOptions {
  readonly server: LogServer;
  readonly stateVersion: number;
  /** Read anew for each line: the server may change the interval while the run goes on. */
  readonly settings: () => LogSettings;
  /** Whether to prefix each line with its UTC time. */
  readonly timestamps: () => boolean;
  readonly spoolFolder: string;
  /** Addresses that came before they were asked for. */
  readonly given?: LogUrlsResponse | undefined;
  /** Each line as it is uploaded, for a copy on standard output. */
  readonly copy?: ((at: Date, line: string) => void) | undefined;
  readonly onLost?: (error: unknown) => void;
  readonly limits?: Partial<LogLimits>;
}

export interface LogLimits {
  /** Raw bytes of one state; what comes after is dropped. */
  readonly stateBytes: number;
  readonly chunkBytes: number;
  /** Unsent chunks beyond this wait on disk. */
  readonly memoryBytes: number;
  readonly spoolBytes: number;
}

const LIMITS: LogLimits = { stateBytes: 100 * 1024 * 1024, chunkBytes: 64 * 1024, memoryBytes: 4 * 1024 * 1024, spoolBytes: 256 * 1024 * 1024 };
const FIRST_URLS = 8;
const MORE_URLS = 64;
/** URLs are asked anew when they are said to end this soon; they may end before that, with the credentials that signed them. */
const URL_MARGIN_MS = 60_000;

interface Chunk {
  readonly bytes: number;
  /** The gzipped chunk, or the file that holds it. */
  readonly body: Buffer | string;
}

/** The lines of one state of a run, cut into immutable numbered chunks and put into the log bucket in order. */
export class LogStream {
  readonly #options: LogStreamOptions;
  readonly #limits: LogLimits;
  #lines: string[] = [];
  #lineBytes = 0;
  #stateBytes = 0;
  #discarding = false;
  #lastFlush = 0;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  #waiting: Chunk[] = [];
  #memoryBytes = 0;
  #spooledBytes = 0;
  #spooled = 0;
  #next = 0;
  #urls: { readonly first: number; readonly answer: LogUrlsResponse } | undefined;
  #pumping: Promise<void> | undefined;
  #ended = false;
  #endSent = false;
  #failed = false;

  constructor(options: LogStreamOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#urls = options.given && { first: 0, answer: options.given };
  }

  /** Asks for the first addresses before there is anything to send. */
  prepare(): void {
    if (this.#urls === undefined) this.#pump();
  }

  line(text: string): void {
    if (this.#ended || this.#discarding) return;
    const now = new Date();
    const bytes = Buffer.byteLength(text) + 1;
    if (this.#stateBytes + bytes > this.#limits.stateBytes || this.#spooledBytes > this.#limits.spoolBytes) {
      this.#discarding = true;
      this.#add(now, 'log limit reached', 0);
      return;
    }
    this.#add(now, text, bytes);
  }

  /** Resolves when the lines so far are sent, or lost for good. */
  async settled(): Promise<void> {
    this.#flush();
    while (this.#pumping !== undefined) await this.#pumping;
  }

  /** Sends what is left and the end marker; resolves when the server has everything, or lost it for good. */
  async end(): Promise<void> {
    if (!this.#ended) {
      this.#ended = true;
      this.#flush();
      this.#pump();
    }
    while (this.#pumping !== undefined) await this.#pumping;
  }

  #add(at: Date, text: string, bytes: number): void {
    const line = this.#options.timestamps() ? `${at.toISOString()} ${text}` : text;
    this.#options.copy?.(at, line);
    this.#lines.push(JSON.stringify({ ts: at.getTime(), msg: line }));
    this.#lineBytes += bytes;
    this.#stateBytes += bytes;
    if (this.#lineBytes >= this.#limits.chunkBytes) return this.#flush();
    const wait = this.#lastFlush + this.#options.settings().intervalMs - at.getTime();
    // Lines of the same moment share a chunk.
    if (wait <= 0) this.#soon ??= setImmediate(() => this.#flush());
    else this.#timer ??= setTimeout(() => this.#flush(), wait);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
    this.#timer = undefined;
    this.#soon = undefined;
    if (this.#lines.length === 0) return;
    this.#lastFlush = Date.now();
    const body = gzipSync(`${this.#lines.join('\n')}\n`, { level: 1 });
    this.#lines = [];
    this.#lineBytes = 0;
    if (this.#failed) return;
    this.#waiting.push(this.#keep(body));
    this.#pump();
  }

  #keep(body: Buffer): Chunk {
    if (this.#memoryBytes + body.length <= this.#limits.memoryBytes) {
      this.#memoryBytes += body.length;
      return { bytes: body.length, body };
    }
    mkdirSync(this.#options.spoolFolder, { recursive: true, mode: 0o700 });
    const path = join(this.#options.spoolFolder, `log-${this.#options.stateVersion}-${this.#spooled++}`);
    writeFileSync(path, body, { mode: 0o600 });
    this.#spooledBytes += body.length;
    return { bytes: body.length, body: path };
  }

  #pump(): void {
    if (this.#failed) return;
    this.#pumping ??= this.#send()
      .catch((error: unknown) => {
        // The run goes on without its log; the reader sees where it ends.
        this.#failed = true;
        this.#waiting = [];
        this.#options.onLost?.(error);
      })
      .finally(() => {
        this.#pumping = undefined;
        if (!this.#failed && (this.#waiting.length > 0 || (this.#ended && !this.#endSent))) this.#pump();
      });
  }

  async #send(): Promise<void> {
    if (this.#urls === undefined) await this.#urlFor(this.#next);
    for (let chunk = this.#waiting[0]; chunk !== undefined; chunk = this.#waiting[0]) {
      await this.#put(() => this.#urlFor(this.#next), typeof chunk.body === 'string' ? readFileSync(chunk.body) : chunk.body);
      this.#next++;
      this.#waiting.shift();
      if (typeof chunk.body === 'string') {
        rmSync(chunk.body, { force: true });
        this.#spooledBytes -= chunk.bytes;
      } else this.#memoryBytes -= chunk.bytes;
    }
    if (this.#ended) await this.#sendEnd();
  }

  async #sendEnd(): Promise<void> {
    await this.#put(() => this.#endUrl(), Buffer.from(JSON.stringify({ chunks: this.#next }), 'utf8'));
    this.#endSent = true;
  }

  /** All addresses of an answer die together, so that one that has died takes the others with it. */
  async #put(address: () => Promise<string>, body: Buffer): Promise<void> {
    const renewed = () => {
      this.#urls = undefined;
      return address();
    };
    await withLiveAddress(await address(), renewed, (url) => this.#options.server.putChunk(url, body));
  }

  async #endUrl(): Promise<string> {
    const { answer } = await this.#validUrls(this.#next);
    if (answer.endUrl === null) throw new Error('the server gave no address for the end of the log');
    return answer.endUrl;
  }

  async #urlFor(sequence: number): Promise<string> {
    const { first, answer } = await this.#validUrls(sequence);
    const url = answer.urls[sequence - first];
    if (url !== undefined) return url;
    this.#urls = undefined;
    const renewed = await this.#validUrls(sequence);
    return renewed.answer.urls[sequence - renewed.first] ?? '';
  }

  async #validUrls(first: number): Promise<{ first: number; answer: LogUrlsResponse }> {
    if (this.#urls === undefined || Date.parse(this.#urls.answer.expiresAt) - URL_MARGIN_MS < Date.now()) {
      const count = first === 0 ? FIRST_URLS : MORE_URLS;
      this.#urls = { first, answer: await this.#options.server.logUrls(this.#options.stateVersion, first, count, true) };
    }
    return this.#urls;
  }
}
