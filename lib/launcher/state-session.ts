import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { StateUploadResponse } from '../protocol/worker-api.ts';
import { finalStatus, type StateApi } from './state-api.ts';
import { spoolDownload, spoolState, type SpooledState } from './state-spool.ts';

/** A state body on this machine and the version that it is. */
export interface KnownState extends SpooledState {
  readonly versionId: string;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** The state of one handover: reads and writes it through the platform, repeating what fails for a bounded time. */
export class StateSession {
  readonly #api: StateApi;
  readonly #folder: string;
  readonly #retryForMs: number;
  readonly #onUnsent: ((path: string) => void) | undefined;
  readonly #closing = new AbortController();
  #read: KnownState | undefined;
  #committed: KnownState | undefined;
  /** Writes happen one after another. */
  #writing: Promise<unknown> = Promise.resolve();

  /** `onUnsent` may take a body that could not be committed away, before its file is removed. */
  constructor(options: { readonly api: StateApi; readonly spoolFolder: string; readonly retryForMs: number; readonly onUnsent?: ((path: string) => void) | undefined }) {
    this.#api = options.api;
    this.#folder = options.spoolFolder;
    this.#retryForMs = options.retryForMs;
    this.#onUnsent = options.onUnsent;
  }

  lastRead(): KnownState | undefined {
    return this.#read;
  }

  lastCommitted(): KnownState | undefined {
    return this.#committed;
  }

  /** The current version in a checked file; undefined when there is none. */
  async read(): Promise<KnownState | undefined> {
    return this.#persist(async () => {
      const current = await this.#api.get();
      if (current === undefined) return undefined;
      const known = [this.#committed, this.#read].find((state) => state?.versionId === current.versionId);
      if (known !== undefined) return known;
      const stored = await spoolDownload(this.#folder, await this.#api.download(current.url), current.sha256);
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

  lock(info: string): Promise<{ readonly holder: string | null }> {
    return this.#persist(() => this.#api.lock(info));
  }

  unlock(info: string): Promise<void> {
    return this.#persist(() => this.#api.unlock(info));
  }

  async remove(): Promise<void> {
    const removed = this.#writing.then(() => this.#persist(() => this.#api.remove()));
    this.#writing = removed.catch(() => undefined);
    await removed;
    this.#committed = undefined;
    this.#read = undefined;
  }

  /** Lets a write in hand end, and stops repeating what fails. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#writing;
  }

  async #commit(state: Awaited<ReturnType<typeof spoolState>>, lockId: string | null): Promise<KnownState> {
    const { path, bytes, sha256, md5, summary } = state;
    try {
      const versionId = await this.#persist(async () => {
        const begun = await this.#api.beginUpload({ bytes, sha256, md5, serial: summary.serial, lineage: summary.lineage, toolVersion: summary.toolVersion, lockId });
        return 'unchanged' in begun ? begun.versionId : this.#upload(begun, { path, bytes });
      });
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

  async #upload(begun: Exclude<StateUploadResponse, { unchanged: true }>, file: { readonly path: string; readonly bytes: number }): Promise<string> {
    try {
      await this.#api.put(begun, file);
    } catch (error) {
      // An earlier answer was lost and the object is there: the commit compares its checksum.
      if (finalStatus(error) !== 412) throw finalStatus(error) === undefined ? error : new Error('the object store refused the state', { cause: error });
    }
    return (await this.#api.commit(begun.uploadId)).versionId;
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
