import { GraphQLError } from 'graphql';
import type { Telemetry } from '../../core/ports/telemetry.ts';
import { AppError, isAppError } from '../../core/shared/errors.ts';

/** The one message by which clients learn that they have to sign in again. */
export const unauthorized = (): AppError => new AppError('UNAUTHENTICATED', 'unauthorized');

/** What a caller may see: our own errors word for word, and for a defect only where to look it up. */
export function presentError(error: GraphQLError, requestId: string): GraphQLError {
  const cause = error.originalError;
  if (cause === undefined || cause instanceof GraphQLError) return error;
  const known = isAppError(cause);
  return new GraphQLError(known ? cause.message : 'something went wrong on our side', {
    nodes: error.nodes ?? null,
    path: error.path ?? null,
    extensions: known ? { code: cause.code, ...cause.details } : { code: 'INTERNAL', requestId },
  });
}

/** Logs each defect with the id that its presentation names. */
export function reportDefects(telemetry: Telemetry, errors: readonly GraphQLError[], requestId: string): void {
  for (const error of errors) {
    const cause = error.originalError;
    if (cause === undefined || cause instanceof GraphQLError || isAppError(cause)) continue;
    telemetry.log('error', 'graphql resolver failed', { requestId, path: error.path?.join('.'), error: cause });
  }
}
