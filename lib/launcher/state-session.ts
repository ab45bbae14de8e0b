import { createReadStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { MAX_STATE_BYTES_IN_CALL, type StateGetResponse, type StateUploadResponse } from '../protocol/worker-api.ts';
import { isDeadAddress } from './live-address.ts';
import { finalStatus, type StateApi } from './state-api.ts';
import { spoolDownload, spoolState, type SpooledState } from './state-spool.ts';

/** A state body on this machine and the version that it is. */
export interface KnownState extends SpooledState {
  readonly versionId: string;
}

type Current = Pick<StateGetResponse, 'versionId' | 'url' | 'sha256'> | null;

/** What the platform said without being asked holds for a read this soon after. */
const FRESH_MS = 2000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

export interface StateSessionOptions {
  readonly api: StateApi;
  readonly spoolFolder: string;
  readonly retryForMs: number;
  /** May take a body that could not be committed away, before its file is removed. */
  readonly onUnsent?: ((path: string) => void) | undefined;
  /** Told of what went wrong after the tool had its answer. */
  readonly onFault?: ((error: unknown) => void) | undefined;
}

/** The state of one handover: reads and writes it through the platform, repeating what fails for a bounded time. */
export class StateSession {
  readonly #api: StateApi;
  readonly #folder: string;
  readonly #retryForMs: number;
  readonly #onUnsent: StateSessionOptions['onUnsent'];
  readonly #onFault: StateSessionOptions['onFault'];
  readonly #closing = new AbortController();
  #read: KnownState | undefined;
  #committed: KnownState | undefined;
  /** The lock that the tool has through us. As long as it has it, only its own writes change the state. */
  #held: { readonly id: string; readonly current: Current } | undefined;
  #heard: { readonly at: number; readonly current: Current } | undefined;
  #reading: Promise<unknown> = Promise.resolve();
  #unlocking: Promise<void> = Promise.resolve();
  /** Writes happen one after another. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(options: StateSessionOptions) {
    this.#api = options.api;
    this.#folder = options.spoolFolder;
    this.#retryForMs = options.retryForMs;
    this.#onUnsent = options.onUnsent;
    this.#onFault = options.onFault;
  }

  lastRead(): KnownState | undefined {
    return this.#read;
  }

  lastCommitted(): KnownState | undefined {
    return this.#committed;
  }

  /** Told what is current, without having asked: the body is fetched before the tool wants it. */
  hear(current: Current): void {
    this.#heard = { at: Date.now(), current };
    if (current !== null) this.#reading = this.read().catch(() => undefined);
  }

  /** The current version in a checked file; undefined when there is none. */
  async read(): Promise<KnownState | undefined> {
    await this.#reading;
    let told = this.#held?.current;
    if (told === undefined && this.#heard !== undefined && Date.now() - this.#heard.at < FRESH_MS) told = this.#heard.current;
    let renewed = false;
    return this.#persist(async () => {
      const current = told === undefined ? await this.#api.get() : told;
      // Should the body not be there, the next attempt asks.
      told = undefined;
      if (current === undefined || current === null) return undefined;
      const known = [this.#committed, this.#read].find((state) => state?.versionId === current.versionId);
      if (known !== undefined) return known;
      const body = await this.#api.download(current.url).catch((error: unknown) => {
        if (renewed || !isDeadAddress(error)) throw error;
        renewed = true;
        throw new Error('the address of the state no longer holds', { cause: error });
      });
      const stored = await spoolDownload(this.#folder, body, current.sha256);
      await this.#replaceRead({ ...stored, versionId: current.versionId });
      return this.#read;
    });
  }

  /** Spools a body and commits it; resolves only when the platform has it. `expectedMd5` is base64. */
  async write(body: AsyncIterable<Uint8Array>, options: { readonly lockId: string | null; readonly expectedMd5?: string | undefined }): Promise<KnownState> {
    const state = await spoolState(this.#folder, body);
    if (options.expectedMd5 !== undefined && options.expectedMd5 !== state.md5) {
      await rm(state.path, { force: true });
      throw Object.assign(new Error('the body does not match its Content-MD5'), { status: 400 });
    }
    const written = this.#writing.then(() => this.#commit(state, options.lockId));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** Commits a file that the tool left behind, such as `errored.tfstate`. */
  commitFile(path: string): Promise<KnownState> {
    return this.write(createReadStream(path), { lockId: null });
  }

  async lock(info: string): Promise<{ readonly holder: string | null }> {
    await this.#unlocking;
    this.#heard = undefined;
    const { holder, state } = await this.#persist(() => this.#api.lock(info));
    if (holder === null && state !== undefined) this.#held = { id: lockIdOf(info), current: state };
    return { holder };
  }

  /**
   * Gives the lock back. The tool is not kept waiting: its own lock goes in any case, at the latest with the phase of the run, and whoever
   * locks next through here waits for it.
   */
  async unlock(info: string): Promise<void> {
    const mine = this.#held !== undefined && this.#held.id === lockIdOf(info);
    if (!mine) {
      await this.#unlocking;
      await this.#persist(() => this.#api.unlock(info));
      this.#held = undefined;
      return;
    }
    this.#held = undefined;
    this.#unlocking = this.#persist(() => this.#api.unlock(info)).catch((error: unknown) => this.#onFault?.(error));
  }

  async remove(): Promise<void> {
    const removed = this.#writing.then(() => this.#persist(() => this.#api.remove()));
    this.#writing = removed.catch(() => undefined);
    await removed;
    this.#committed = undefined;
    this.#read = undefined;
    this.#isNow(null);
  }

  /** Lets a write in hand end, and stops repeating what fails. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#reading, this.#writing, this.#unlocking]);
  }

  async #commit(state: Awaited<ReturnType<typeof spoolState>>, lockId: string | null): Promise<KnownState> {
    const { path, bytes, sha256, md5, summary } = state;
    try {
      const versionId = await this.#persist(async () => {
        const content = bytes <= MAX_STATE_BYTES_IN_CALL ? { content: await readFile(path, 'base64') } : {};
        const begun = await this.#api.beginUpload({ bytes, sha256, md5, serial: summary.serial, lineage: summary.lineage, toolVersion: summary.toolVersion, lockId, ...content });
        return 'uploadId' in begun ? this.#upload(begun, { path, bytes }) : begun.versionId;
      });
      this.#isNow({ versionId, sha256, url: '' });
      const before = this.#committed;
      this.#committed = { path, bytes, sha256, md5, versionId };
      if (before !== undefined && before.path !== this.#read?.path) await rm(before.path, { force: true });
      return this.#committed;
    } catch (error) {
      this.#onUnsent?.(path);
      await rm(path, { force: true });
      throw error;
    }
  }

  async #upload(begun: Extract<StateUploadResponse, { uploadId: string }>, file: { readonly path: string; readonly bytes: number }): Promise<string> {
    try {
      await this.#api.put(begun, file);
    } catch (error) {
      // An earlier answer was lost and the object is there: the commit compares its checksum.
      if (finalStatus(error) !== 412) throw finalStatus(error) === undefined ? error : new Error('the object store refused the state', { cause: error });
    }
    return (await this.#api.commit(begun.uploadId)).versionId;
  }

  #isNow(current: Current): void {
    this.#heard = undefined;
    if (this.#held !== undefined) this.#held = { ...this.#held, current };
  }

  async #replaceRead(state: KnownState): Promise<void> {
    const before = this.#read;
    this.#read = state;
    if (before !== undefined && before.path !== this.#committed?.path) await rm(before.path, { force: true });
  }

  async #persist<T>(attempt: () => Promise<T>): Promise<T> {
    const until = Date.now() + this.#retryForMs;
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        return await attempt();
      } catch (error) {
        const pause = Math.random() * wait;
        if (finalStatus(error) !== undefined || this.#closing.signal.aborted || Date.now() + pause > until) throw error;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, pause);
          this.#closing.signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
        });
      }
    }
  }
}

/** '' for the empty document of a forced unlock. */
function lockIdOf(info: string): string {
  const id = info === '' ? '' : (JSON.parse(info) as { readonly ID?: unknown }).ID;
  return typeof id === 'string' ? id : '';
}
