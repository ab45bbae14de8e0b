import { mqttClientId } from '../../../protocol/topics.ts';
import type { Ports } from '../../ports/ports.ts';
import { isAppError } from '../../shared/errors.ts';
import { believe } from './register-worker.ts';

export interface MqttCredentials {
  /** Pool id. */
  readonly username: string | undefined;
  /** Assertion for the audience `mqtt`. */
  readonly password: string | undefined;
  readonly clientId: string;
}

/** Who connects to the broker; undefined for whoever cannot prove it. User name and client id must say what the assertion says. */
export async function authenticateMqtt(
  ports: Pick<Ports, 'db' | 'clock'>,
  credentials: MqttCredentials,
): Promise<{ readonly poolId: string; readonly workerId: string } | undefined> {
  try {
    const { pool, assertion } = await believe(ports, credentials.password, 'mqtt');
    const workerId = assertion.claims.sub;
    if (credentials.username !== pool.id || credentials.clientId !== mqttClientId(pool.id, workerId)) return undefined;
    return { poolId: pool.id, workerId };
  } catch (error) {
    if (isAppError(error, 'UNAUTHENTICATED')) return undefined;
    throw error;
  }
}
