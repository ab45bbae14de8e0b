import type { WorkerErrorCode } from '../../protocol/worker-api.ts';
import { AppError, type Details, type ErrorCode } from '../shared/errors.ts';

const ERROR_CODES: Readonly<Record<WorkerErrorCode, ErrorCode>> = {
  bad_request: 'INVALID',
  bad_assertion: 'UNAUTHENTICATED',
  session_expired: 'UNAUTHENTICATED',
  pool_reset: 'UNAUTHENTICATED',
  worker_unknown: 'UNAUTHENTICATED',
  forbidden: 'FORBIDDEN',
  not_found: 'NOT_FOUND',
  worker_exists: 'CONFLICT',
  stale_lease: 'CONFLICT',
  bad_transition: 'CONFLICT',
  drained: 'CONFLICT',
  busy: 'CONFLICT',
  state_conflict: 'CONFLICT',
  state_forbidden: 'FORBIDDEN',
  state_locked: 'CONFLICT',
  idempotency_mismatch: 'INVALID',
  too_large: 'TOO_LARGE',
  launcher_too_old: 'INVALID',
  slow_down: 'RATE_LIMITED',
  internal: 'UNAVAILABLE',
  unavailable: 'UNAVAILABLE',
};

/** An error of the worker API: what the launcher does next depends on the code. */
export function workerRefusal(workerCode: WorkerErrorCode, message: string, details: Details = {}): AppError {
  return new AppError(ERROR_CODES[workerCode], message, { ...details, workerCode });
}
