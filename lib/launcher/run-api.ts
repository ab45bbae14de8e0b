import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { Job } from '../protocol/job.ts';
import type { ArtifactRequest, ArtifactResponse, ControlResponse, LogUrlsResponse, OutputsReport, PlanReport, ReleaseRequest, TransitionRequest, TransitionResponse } from '../protocol/worker-api.ts';
import { sha256OfFile } from './binaries-cache.ts';
import { withLiveAddress } from './live-address.ts';
import type { Answer, ServerApi } from './server-api.ts';

export interface StoredFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The calls of one handover; each carries its lease. */
export class RunApi {
  readonly runId: string;
  readonly lease: number;
  readonly #api: ServerApi;
  readonly #signal: AbortSignal;

  /** Aborting `signal` ends every call, for a run that is no longer ours. */
  constructor(api: ServerApi, runId: string, lease: number, signal: AbortSignal) {
    this.#api = api;
    this.runId = runId;
    this.lease = lease;
    this.#signal = signal;
  }

  get server(): ServerApi {
    return this.#api;
  }

  async call<T>(method: string, path: string, body?: unknown, options: { readonly retryForMs?: number } = {}): Promise<Answer<T>> {
    return this.#api.call<T>(method, `/runs/${this.runId}/${path}`, { ...options, lease: this.lease, signal: this.#signal, ...(body === undefined ? {} : { body }) });
  }

  async #value<T>(method: string, path: string, body?: unknown): Promise<T> {
    return (await this.call<T>(method, path, body)).body;
  }

  transition = (request: TransitionRequest): Promise<TransitionResponse> => this.#value('POST', 'transitions', request);
  control = (): Promise<ControlResponse> => this.call<ControlResponse>('GET', 'control', undefined, { retryForMs: 0 }).then(({ body }) => body);
  /** The decision, when the server could make it at once. */
  reportPlan = (report: PlanReport): Promise<ControlResponse | undefined> => this.#value('POST', 'plan', report);
  reportOutputs = (report: OutputsReport): Promise<unknown> => this.#value('POST', 'outputs', report);
  logUrls = (stateVersion: number, first: number, count: number, end: boolean): Promise<LogUrlsResponse> => this.#value('POST', 'logs/urls', { stateVersion, first, count, end });
  workspaceUpload = (request: { bytes: number; sha256: string }): Promise<{ url: string; headers?: Record<string, string>; key?: string }> => this.#value('POST', 'workspace/upload', request);
  /** New addresses for what the job named, where the first have died. */
  packageDownload = (sha256: string): Promise<{ url: string }> => this.#value('POST', 'package/download', { sha256 });
  sourceDownload = (): Promise<{ url: string }> => this.#value('POST', 'source/download', {});
  workspaceDownload = (): Promise<{ url: string }> => this.#value('POST', 'workspace/download', {});
  reportConfig = (text: string): Promise<Pick<Job, 'package' | 'choice'>> => this.#value('POST', 'config', { text });
  release = (request: ReleaseRequest): Promise<unknown> => this.#value('POST', 'release', request);

  /** Uploads a result and returns its id; the report that names it completes it. */
  async artifact(kind: ArtifactRequest['kind'], content: Buffer | StoredFile): Promise<string> {
    const bytes = Buffer.isBuffer(content) ? content.length : content.bytes;
    const sha256 = Buffer.isBuffer(content) ? createHash('sha256').update(content).digest('hex') : content.sha256;
    const announce = () => this.#value<ArtifactResponse>('POST', 'artifacts', { kind, bytes, sha256 });
    return withLiveAddress(await announce(), announce, async ({ id, url, headers }) => {
      await this.#api.putObject(url, content, { headers, signal: this.#signal });
      return id;
    });
  }

  /** A state that could not be written, for an administrator; no report names it. Answers the id to import it by. */
  async erroredState(path: string): Promise<string> {
    const { size: bytes } = await stat(path);
    const id = await this.artifact('errored-state', { path, bytes, sha256: await sha256OfFile(path) });
    await this.#value('POST', `artifacts/${id}/complete`, {});
    return id;
  }
}
