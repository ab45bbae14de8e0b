import type { LoginResult } from './login-result.ts';
import type { ActorKind } from '../shared/actor.ts';

/** A signed-in person or key; its token names it, so that ending it ends the token. */
export interface Session {
  readonly id: string;
  readonly actorKind: Extract<ActorKind, 'user' | 'api_key'>;
  /** Id of the user or key. */
  readonly actorId: string;
  readonly login: string;
  readonly cookieSha256: string | null;
  /** What login policies gave at the sign-in. */
  readonly loginResult: LoginResult | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export const TOKEN_TTL_SECONDS = 3600;
export const COOKIE_IDLE_MS = 2 * 60 * 60 * 1000;
export const COOKIE_ABSOLUTE_MS = 12 * 60 * 60 * 1000;
/** `lastUsedAt` is written at most this often. */
export const LAST_USED_EVERY_MS = 60 * 1000;

/** How many tries within how long, by subject. */
export const PASSWORD_TRIES_PER_ADDRESS = { limit: 5, withinMs: 60 * 1000 } as const;
export const PASSWORD_TRIES_IN_ALL = { limit: 30, withinMs: 60 * 60 * 1000 } as const;
export const KEY_FAILURES = { limit: 10, withinMs: 60 * 1000 } as const;

export const userSubject = (username: string) => `user::${username}`;
export const keySubject = (keyId: string) => `api::${keyId}`;

const RUN_SUBJECT = /^run::([0-9A-Z]{26})$/;
/** The run that a token's subject names, if it names one. */
export const runOfSubject = (subject: string): string | undefined => RUN_SUBJECT.exec(subject)?.[1];

/** Too old since its last use, for a session that a browser's cookie named. */
export function isIdle(session: { readonly createdAt: Date; readonly lastUsedAt: Date | null }, now: Date): boolean {
  return now.getTime() - (session.lastUsedAt ?? session.createdAt).getTime() > COOKIE_IDLE_MS;
}
