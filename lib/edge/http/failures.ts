import type { Telemetry } from '../../core/ports/telemetry.ts';
import { isAppError, type ErrorCode } from '../../core/shared/errors.ts';
import { jsonResponse, type HttpRequest, type HttpResponse } from './router.ts';

const STATUS: Readonly<Record<ErrorCode, number>> = {
  INVALID: 400, UNAUTHENTICATED: 401, FORBIDDEN: 403, NOT_FOUND: 404, CONFLICT: 409, TOO_LARGE: 413, RATE_LIMITED: 429, UNAVAILABLE: 503,
};

/** When a client that met something unavailable does well to ask again. */
const RETRY_AFTER_SECONDS = 5;

/** The header that says so, with what the error itself knows of it. */
export function retryAfter(error: unknown): Readonly<Record<string, string>> {
  if (!isAppError(error, 'UNAVAILABLE')) return {};
  const { retryAfterSeconds = RETRY_AFTER_SECONDS } = error.details as { readonly retryAfterSeconds?: number };
  return { 'retry-after': String(retryAfterSeconds) };
}

/** What a caller is told of a failure: our own errors word for word, and of a defect only where to look it up. */
export function failureResponse(error: unknown, request: Pick<HttpRequest, 'requestId' | 'method' | 'path'>, telemetry: Pick<Telemetry, 'log'>): HttpResponse {
  if (!isAppError(error)) {
    telemetry.log('error', 'a request failed', { requestId: request.requestId, method: request.method, path: request.path, error });
    return jsonResponse(500, { error: 'something went wrong on our side', requestId: request.requestId });
  }
  return jsonResponse(STATUS[error.code], { error: error.message }, retryAfter(error));
}
