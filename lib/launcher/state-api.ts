import type { StateGetResponse, StateUploadRequest, StateUploadResponse } from '../protocol/worker-api.ts';

/**
 * The run's state calls on the platform (`/worker/v1/runs/<run>/state/<workspace>…`), bound to one run, lease and workspace.
 * An answer that repeating will not change is thrown as an error with a numeric `status` of 4xx; errors without one are
 * taken for faults of the network or the platform and tried again.
 */
export interface StateApi {
  /** Undefined (204) when there is no state. */
  get(): Promise<StateGetResponse | undefined>;
  /** Bytes behind a presigned GET. */
  download(url: string): Promise<AsyncIterable<Uint8Array>>;
  beginUpload(request: StateUploadRequest): Promise<StateUploadResponse>;
  /** PUT of the file to a presigned address, with exactly these headers beside its length. */
  put(target: { readonly url: string; readonly headers: Readonly<Record<string, string>> }, file: { readonly path: string; readonly bytes: number }): Promise<void>;
  commit(uploadId: string): Promise<{ readonly versionId: string }>;
  /** `info` is the tool's lock document as text; answers the holder's document when it is locked (423), else the state that is locked. */
  lock(info: string): Promise<{ readonly holder: string | null; readonly state?: StateGetResponse | null }>;
  /** `info` as in `lock`, or '' for a forced unlock. */
  unlock(info: string): Promise<void>;
  remove(): Promise<void>;
}

/** Status of an error that an answer of the platform caused; undefined for faults worth another try. */
export function finalStatus(error: unknown): number | undefined {
  const status = typeof error === 'object' && error !== null ? (error as { status?: unknown }).status : undefined;
  if (typeof status !== 'number' || status < 400 || status > 499 || status === 408 || status === 429) return undefined;
  return status;
}
