import { encodePoolToken } from '../../protocol/pool-token.ts';
import type { Settings } from '../ports/settings.ts';
import type { WorkerPool } from './worker.ts';

/** What a launcher of the pool is started with, beside the private key that never was here. */
export function poolToken(pool: WorkerPool, settings: Pick<Settings, 'accountName' | 'baseUrl' | 'broker'>): string {
  return encodePoolToken({
    v: 1,
    account: settings.accountName,
    api: settings.baseUrl,
    worker_pool: pool.id,
    broker: { ...settings.broker },
    certificate: pool.certificate,
    certificate_id: pool.certificateId,
    issued_at: pool.certificateIssuedAt.toISOString(),
  });
}
