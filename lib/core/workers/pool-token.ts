import { encodePoolToken } from '../../protocol/pool-token.ts';
import type { BrokerAddress, Settings } from '../ports/settings.ts';
import type { WorkerPool } from './worker.ts';

/** The shared pool's workers run beside the server, where there are any. */
export function brokerFor(pool: Pick<WorkerPool, 'isShared'>, settings: Pick<Settings, 'broker' | 'localBroker'>): BrokerAddress {
  return pool.isShared && settings.localBroker !== undefined ? settings.localBroker : settings.broker;
}

/** What a launcher of the pool is started with, beside the private key that never was here. */
export function poolToken(pool: WorkerPool, settings: Pick<Settings, 'accountName' | 'baseUrl' | 'broker' | 'localBroker'>): string {
  return encodePoolToken({
    v: 1,
    account: settings.accountName,
    api: settings.baseUrl,
    worker_pool: pool.id,
    broker: { ...brokerFor(pool, settings) },
    certificate: pool.certificate,
    certificate_id: pool.certificateId,
    issued_at: pool.certificateIssuedAt.toISOString(),
  });
}
