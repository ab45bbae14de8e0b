import { WORKER_API_PREFIX } from '../../protocol/worker-api.ts';
import type { Settings } from '../ports/settings.ts';
import type { Claims, VerifiedClaims } from '../ports/signer.ts';
import type { Worker } from './worker.ts';

export const SESSION_SECONDS = 3600;

/** Worker sessions have an audience of their own: they open nothing else, and nothing else opens the worker API. */
export const sessionAudience = (settings: Pick<Settings, 'baseUrl'>): string => `${settings.baseUrl}${WORKER_API_PREFIX}`;

export interface SessionFacts {
  readonly workerId: string;
  readonly poolId: string;
  /** Fingerprint of the pool's certificate at registration; another one by now means that the pool was reset. */
  readonly certificateId: string;
}

export function sessionClaims(worker: Pick<Worker, 'id' | 'poolId' | 'certificateId'>, settings: Pick<Settings, 'baseUrl'>): Claims {
  return { sub: worker.id, aud: sessionAudience(settings), pool: worker.poolId, certificate: worker.certificateId };
}

export function sessionFacts(claims: VerifiedClaims): SessionFacts | undefined {
  const { sub, pool, certificate } = claims;
  if (typeof pool !== 'string' || typeof certificate !== 'string') return undefined;
  return { workerId: sub, poolId: pool, certificateId: certificate };
}
