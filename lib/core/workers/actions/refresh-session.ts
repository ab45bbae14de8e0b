import type { Ports } from '../../ports/ports.ts';
import type { Worker } from '../worker.ts';
import { openSession, type WorkerSession } from './register-worker.ts';

/** Another hour for a worker whose session is still good. */
export function refreshSession(ports: Pick<Ports, 'signer' | 'settings'>, worker: Worker): Promise<WorkerSession> {
  return openSession(ports, worker);
}
