import { unavailable, type AppError } from '../../core/shared/errors.ts';

interface ServiceError {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $retryable?: { readonly throttling?: boolean };
}

const facts = (error: unknown): ServiceError => (typeof error === 'object' && error !== null ? error : {});

const THROTTLED = /Throttl|TooManyRequests|SlowDown|RequestLimitExceeded|LimitExceeded$|BandwidthLimit|KmsThrottled/;
const DENIED: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedException',
  'KMS.AccessDeniedException',
  'KMSAccessDeniedException',
  'DisabledException',
  'KMSInvalidStateException',
]);
const EXPIRED: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'CredentialsProviderError',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
]);
const UNREACHED: ReadonlySet<string> = new Set([
  'TimeoutError',
  'NetworkingError',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EAI_AGAIN',
]);

/** Whether an error of an AWS client has one of these names. */
export const isServiceError = (error: unknown, ...names: readonly string[]): boolean => names.includes(facts(error).name ?? '');

/** The answer's HTTP status; S3 tells some outcomes by nothing else. */
export const statusOf = (error: unknown): number | undefined => facts(error).$metadata?.httpStatusCode;

/**
 * The error for a caller of a service that did not serve: too busy, not reached, or not allowed. All of them pass without the caller's doing
 * (a denied call once the operator mends the role or the key), so all are UNAVAILABLE. Other errors are returned as they are.
 */
export function translated(error: unknown, service: string): unknown {
  const { name = '', code = '' } = facts(error);
  const status = statusOf(error);
  if (DENIED.has(name) || EXPIRED.has(name))
    return unserved(`${service} refuses the platform: an operator must look at the function's role, the resource's policy and the key`, error);
  if (THROTTLED.test(name) || status === 429 || status === 503)
    return unserved(`${service} takes no more calls right now: try again in a few seconds`, error);
  if (UNREACHED.has(name) || UNREACHED.has(code) || (status !== undefined && status >= 500))
    return unserved(`${service} does not answer: try again in a few seconds`, error);
  return error;
}

const unserved = (message: string, cause: unknown): AppError => unavailable(message, { retryAfterSeconds: 5 }, { cause });

/** Runs a call and throws its failure translated. */
export async function calling<T>(service: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translated(error, service);
  }
}
