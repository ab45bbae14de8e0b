export type ErrorCode = 'INVALID' | 'UNAUTHENTICATED' | 'FORBIDDEN' | 'NOT_FOUND' | 'CONFLICT' | 'TOO_LARGE' | 'RATE_LIMITED' | 'UNAVAILABLE';
export type Details = Readonly<Record<string, unknown>>;

/** An outcome the caller can act on. Anything else that is thrown is a defect. */
export class AppError extends Error {
  override name = 'AppError';
  readonly code: ErrorCode;
  readonly details: Details;

  constructor(code: ErrorCode, message: string, details: Details = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

export const invalid = (message: string, details?: Details, options?: ErrorOptions) => new AppError('INVALID', message, details, options);
/** Bad credentials or a bad session; the only errors whose text says `unauthorized`, which clients look for. */
export const unauthenticated = (message = 'unauthorized', details?: Details) => new AppError('UNAUTHENTICATED', message, details);
export const rateLimited = (message: string, details?: Details) => new AppError('RATE_LIMITED', message, details);
export const forbidden = (message: string, details?: Details) => new AppError('FORBIDDEN', message, details);
export const notFound = (message: string, details?: Details) => new AppError('NOT_FOUND', message, details);
export const conflict = (message: string, details?: Details, options?: ErrorOptions) => new AppError('CONFLICT', message, details, options);
export const unavailable = (message: string, details?: Details, options?: ErrorOptions) => new AppError('UNAVAILABLE', message, details, options);

/** True for our own errors of one of the codes; survives copies of the class in two bundles. */
export function isAppError(error: unknown, ...codes: readonly ErrorCode[]): error is AppError {
  if (typeof error !== 'object' || error === null || (error as { name?: unknown }).name !== 'AppError') return false;
  return codes.length === 0 || codes.includes((error as AppError).code);
}
