import { invalid } from '../shared/errors.ts';

/** A machine's credentials; the secret itself is shown once and kept as SHA-256. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly type: 'SECRET';
  readonly isRootAdmin: boolean;
  readonly isMachineUser: boolean;
  readonly teams: readonly string[];
  readonly origin: 'api' | 'environment';
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date | null;
}

export const MIN_SECRET_LENGTH = 32;

export function keyName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '') throw invalid('an API key needs a name', { field: 'name' });
  if (trimmed.length > 255) throw invalid('the name of an API key has at most 255 characters', { field: 'name' });
  return trimmed;
}
