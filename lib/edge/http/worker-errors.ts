import type { Telemetry } from '../../core/ports/telemetry.ts';
import { isAppError, type ErrorCode } from '../../core/shared/errors.ts';
import type { WorkerErrorCode } from '../../protocol/worker-api.ts';
import { retryAfter } from './failures.ts';
import { jsonResponse, type HttpRequest, type HttpResponse } from './router.ts';

const STATUS: Readonly<Record<WorkerErrorCode, number>> = {
  bad_request: 400,
  bad_assertion: 401,
  session_expired: 401,
  pool_reset: 401,
  worker_unknown: 401,
  forbidden: 403,
  state_forbidden: 403,
  not_found: 404,
  worker_exists: 409,
  stale_lease: 409,
  bad_transition: 409,
  drained: 409,
  busy: 409,
  state_conflict: 409,
  idempotency_mismatch: 422,
  too_large: 413,
  state_locked: 423,
  launcher_too_old: 426,
  slow_down: 429,
  internal: 500,
  unavailable: 503,
};

/** What an error of the core means to a worker when it says nothing more precise in `details.workerCode`. */
const BY_ERROR_CODE: Readonly<Record<ErrorCode, WorkerErrorCode>> = {
  INVALID: 'bad_request',
  UNAUTHENTICATED: 'session_expired',
  FORBIDDEN: 'forbidden',
  NOT_FOUND: 'not_found',
  CONFLICT: 'bad_transition',
  TOO_LARGE: 'too_large',
  RATE_LIMITED: 'slow_down',
  UNAVAILABLE: 'unavailable',
};

/** An error as a worker gets it. */
export class WorkerApiError extends Error {
  override name = 'WorkerApiError';
  readonly code: WorkerErrorCode;
  readonly status: number;

  constructor(code: WorkerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = STATUS[code];
  }
}

const isWorkerCode = (value: unknown): value is WorkerErrorCode => typeof value === 'string' && Object.hasOwn(STATUS, value);

/** Our own errors word for word; a defect becomes `internal` and says only where to look it up. */
export function toWorkerApiError(error: unknown, requestId: string): WorkerApiError {
  if (error instanceof WorkerApiError) return error;
  if (!isAppError(error)) return new WorkerApiError('internal', `something went wrong on our side; request ${requestId}`, { cause: error });
  const { workerCode } = error.details;
  return new WorkerApiError(isWorkerCode(workerCode) ? workerCode : BY_ERROR_CODE[error.code], error.message, { cause: error });
}

/** Answers with the error body of the worker API; what is our own fault is logged with the request's id. */
export function workerErrorResponse(error: unknown, request: HttpRequest, telemetry: Pick<Telemetry, 'log'>): HttpResponse {
  const refused = toWorkerApiError(error, request.requestId);
  if (refused.code === 'internal')
    telemetry.log('error', 'worker call failed', { method: request.method, path: request.path, requestId: request.requestId, error });
  const headers: Record<string, string> = { 'x-request-id': request.requestId, ...retryAfter(error) };
  if (refused.code === 'slow_down') headers['retry-after'] = '1';
  return jsonResponse(refused.status, { error: { code: refused.code, message: refused.message } }, headers);
}
