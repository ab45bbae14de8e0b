import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { VersionChoice } from '../protocol/job.ts';
import { BinariesCache, sha256OfFile } from './binaries-cache.ts';
import type { HttpClient, HttpResponse } from './http-client.ts';
import { ConnectionError, readBody } from './http-client.ts';
import { messageOf } from './log.ts';
import { checksumOf, VerificationError, verifySignature } from './release-signature.ts';
import type { PublisherKey } from './release-signature.ts';
import { releaseOf, thisPlatform } from './releases.ts';
import type { DownloadedKind, Release } from './releases.ts';
import { withRetries } from './retry.ts';
import { commandOf } from './tools-on-path.ts';
import type { FoundTool } from './tools-on-path.ts';
import { unzipOne } from './zip.ts';

export interface ResolvedTool {
  readonly path: string;
  /** Name by which it is called, `terraform` or `tofu`. */
  readonly command: string;
  readonly version: string;
  readonly source: 'path' | 'cache' | 'download';
}

/** The run cannot have its tool; the message is for the person who chose it. */
export class ToolError extends Error {
  override name = 'ToolError';
}

export interface ToolsOptions {
  readonly cacheFolder: string;
  readonly mirror: string | null;
  readonly downloads: boolean;
  readonly http: HttpClient;
  /** Tests sign with keys of their own. */
  readonly publisherKeys?: Readonly<Record<DownloadedKind, readonly PublisherKey[]>>;
  readonly retryForMs?: number;
}

/** Somebody waits for the run, and a network that is closed stays so. */
const DOWNLOAD_RETRIES_MS = 20_000;

/** Finds the binary for a run: on PATH, in the cache, or downloaded and verified against its publisher's key. */
export class Tools {
  readonly #options: ToolsOptions;
  readonly #cache: BinariesCache;
  readonly #downloading = new Map<string, Promise<ResolvedTool>>();
  onPath: readonly FoundTool[];

  constructor(onPath: readonly FoundTool[], options: ToolsOptions) {
    this.onPath = onPath;
    this.#options = options;
    this.#cache = new BinariesCache(options.cacheFolder);
  }

  /** `say` tells the reader of the run's log what takes long. */
  async resolve(choice: VersionChoice, signal?: AbortSignal, say: (line: string) => void = () => {}): Promise<ResolvedTool> {
    const { kind, version } = choice;
    if (kind === 'CUSTOM' || version === null) throw new ToolError('a custom tool has no version to look for');
    const command = commandOf(kind);
    const offered = this.onPath.find((tool) => tool.kind === kind && tool.version === version);
    if (offered) return { path: offered.path, command, version, source: 'path' };

    const { os, arch } = thisPlatform();
    const cached = await this.#cache.find(command, version, `${os}_${arch}`);
    if (cached) return { path: cached, command, version, source: 'cache' };
    if (!this.#options.downloads) throw new ToolError(`${command} ${version} is neither on this worker's PATH nor in its cache, and SPACELIFT_LAUNCHER_TOOL_DOWNLOADS is off: install ${command} on the worker, or choose a version that it has`);

    say(`Downloading ${command} ${version} from ${new URL(this.#release(kind, version).url('')).host}`);
    const key = `${kind} ${version}`;
    const running = this.#downloading.get(key) ?? this.#download(kind, version, signal).finally(() => this.#downloading.delete(key));
    this.#downloading.set(key, running);
    return running;
  }

  async #download(kind: DownloadedKind, version: string, signal: AbortSignal | undefined): Promise<ResolvedTool> {
    const platform = thisPlatform();
    const command = commandOf(kind);
    const release = this.#release(kind, version);
    const archive = await this.#cache.temporary();
    const binary = await this.#cache.temporary();
    try {
      const [sums, signature] = await Promise.all([this.#fetchSmall(release.url(release.sums), signal), this.#fetchSignature(release, signal)]);
      await verifySignature(sums, signature, release.keys, release.sums);
      const wanted = checksumOf(sums, release.archive);
      await this.#retry(async () => pipeline((await this.#get(release.url(release.archive), signal)).body, createWriteStream(archive, { mode: 0o600 })), signal);
      if ((await sha256OfFile(archive)) !== wanted) throw new VerificationError(`${release.archive} does not have the checksum that its publisher signed`);
      await unzipOne(archive, command, binary);
      return { path: await this.#cache.add(command, version, `${platform.os}_${platform.arch}`, binary), command, version, source: 'download' };
    } catch (cause) {
      const hint = cause instanceof ConnectionError ? `; install ${command} on the worker's PATH, or give it a way there: a proxy, or SPACELIFT_LAUNCHER_TOOL_MIRROR` : '';
      throw new ToolError(`cannot get ${command} ${version}: ${messageOf(cause)}${hint}`, { cause });
    } finally {
      await Promise.all([rm(archive, { force: true }), rm(binary, { force: true })]);
    }
  }

  #release(kind: DownloadedKind, version: string): Release {
    return releaseOf(kind, version, thisPlatform(), this.#options.mirror, this.#options.publisherKeys);
  }

  async #fetchSignature(release: Release, signal: AbortSignal | undefined): Promise<Buffer> {
    for (const [index, file] of release.signatures.entries()) {
      try {
        return await this.#fetchSmall(release.url(file), signal);
      } catch (error) {
        if (!(error instanceof DownloadError && error.status === 404) || index === release.signatures.length - 1) throw error;
      }
    }
    throw new VerificationError('the release has no signature');
  }

  #fetchSmall(url: string, signal: AbortSignal | undefined): Promise<Buffer> {
    return this.#retry(async () => readBody(await this.#get(url, signal), 4 * 1024 * 1024), signal);
  }

  #retry<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const retryAfterMs = (error: unknown) => (error instanceof VerificationError || (error instanceof DownloadError && error.status < 500 && error.status !== 429) ? undefined : 0);
    return withRetries(work, { forMs: this.#options.retryForMs ?? DOWNLOAD_RETRIES_MS, retryAfterMs, signal });
  }

  async #get(url: string, signal: AbortSignal | undefined, redirects = 5): Promise<HttpResponse> {
    const response = await this.#options.http.request({ method: 'GET', url, ...(signal ? { signal } : {}) });
    if (response.status === 200) return response;
    response.body.resume();
    const location = response.headers.location;
    if (response.status >= 300 && response.status < 400 && location && redirects > 0) return this.#get(new URL(location, url).href, signal, redirects - 1);
    throw new DownloadError(response.status, url);
  }
}

class DownloadError extends Error {
  readonly status: number;

  constructor(status: number, url: string) {
    super(`${url} answered ${status}`);
    this.status = status;
  }
}
