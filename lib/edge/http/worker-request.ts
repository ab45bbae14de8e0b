import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Ports } from '../../core/ports/ports.ts';
import type { Schema } from '../../core/shared/messages.ts';
import { authenticateWorker } from '../../core/workers/actions/authenticate-worker.ts';
import type { WorkerInPool } from '../../core/workers/worker.ts';
import { jsonResponse, type Handler, type HttpRequest, type HttpResponse } from './router.ts';
import { WorkerApiError, workerErrorResponse } from './worker-errors.ts';

/** Larger data goes through presigned URLs. */
export const MAX_WORKER_BODY_BYTES = 1024 * 1024;

const unzip = promisify(gunzip);

/** The whole body, unpacked when it came as gzip. */
export async function workerBody(request: HttpRequest): Promise<Buffer> {
  const body = await request.body(MAX_WORKER_BODY_BYTES);
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return body;
  if (encoding !== 'gzip') throw new WorkerApiError('bad_request', `content-encoding ${encoding} is not known here; use gzip or none`);
  try {
    return await unzip(body, { maxOutputLength: MAX_WORKER_BODY_BYTES });
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE')
      throw new WorkerApiError('too_large', `a body has at most ${MAX_WORKER_BODY_BYTES} bytes`, { cause });
    throw new WorkerApiError('bad_request', 'the body is not readable as gzip', { cause });
  }
}

/** Reads JSON of a known shape; an empty body counts as `{}`. The message names what does not fit, not what was sent. */
export function parseBody<T>(schema: Schema<T>, body: Uint8Array): T {
  let document: unknown;
  try {
    const text = Buffer.from(body).toString('utf8');
    document = text === '' ? {} : JSON.parse(text);
  } catch (cause) {
    throw new WorkerApiError('bad_request', 'the body is not JSON', { cause });
  }
  try {
    return schema.parse(document);
  } catch (cause) {
    const issues = (cause as { issues?: readonly { readonly path: readonly PropertyKey[] }[] }).issues ?? [];
    const fields = [...new Set(issues.map((issue) => issue.path.map(String).join('.') || 'body'))];
    throw new WorkerApiError('bad_request', `the body does not fit: ${fields.join(', ') || 'unknown shape'}`, { cause });
  }
}

export function bearerOf(request: HttpRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** A handler that answers thrown errors as the worker API does. */
export function workerHandler(ports: Pick<Ports, 'telemetry'>, handler: Handler): Handler {
  return async (request, params) => {
    try {
      return await handler(request, params);
    } catch (error) {
      return workerErrorResponse(error, request, ports.telemetry);
    }
  };
}

/** The same for calls that need a worker's session. */
export function sessionHandler(
  ports: Pick<Ports, 'telemetry' | 'db' | 'clock' | 'signer' | 'settings'>,
  handler: (request: HttpRequest, worker: WorkerInPool, params: Readonly<Record<string, string>>) => Promise<HttpResponse>,
): Handler {
  return workerHandler(ports, async (request, params) => handler(request, await authenticateWorker(ports, bearerOf(request)), params));
}

export const workerAnswer = (request: HttpRequest, body: unknown, status = 200): HttpResponse =>
  jsonResponse(status, body, { 'x-request-id': request.requestId });
export const emptyAnswer = (request: HttpRequest): HttpResponse => ({ status: 204, headers: { 'x-request-id': request.requestId } });
