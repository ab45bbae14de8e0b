import { DeleteConnectionCommand, PublishCommand, type IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane';
import type { Broker } from '../../core/ports/broker.ts';
import type { Telemetry } from '../../core/ports/telemetry.ts';
import { broadcastTopic, mqttClientId, workerTopic } from '../../protocol/topics.ts';
import { isServiceError } from './service-errors.ts';

const AT_ONCE = 20;
/** A message is a hint: nobody waits longer for it than for the work that it hints at. */
const PATIENCE_MS = 3_000;

const inTime = () => ({ abortSignal: AbortSignal.timeout(PATIENCE_MS) });

/** The Broker port on AWS IoT Core. Which worker may use which topic is said by its pool's policy there. */
export function iotBroker(options: {
  readonly client: () => IoTDataPlaneClient;
  readonly namespace: string;
  readonly telemetry: Pick<Telemetry, 'log'>;
}): Broker {
  const { client, namespace, telemetry } = options;

  async function close(poolId: string, workerId: string): Promise<void> {
    try {
      await client().send(new DeleteConnectionCommand({ clientId: mqttClientId(poolId, workerId), cleanSession: true }), inTime());
    } catch (error) {
      // Not connected.
      if (!isServiceError(error, 'ResourceNotFoundException'))
        telemetry.log('warn', 'the connection of a worker could not be closed', { poolId, workerId, error });
    }
  }

  return {
    async publish(to, message) {
      const topic = to.workerId === undefined ? broadcastTopic(namespace, to.poolId) : workerTopic(namespace, to.poolId, to.workerId);
      try {
        await client().send(new PublishCommand({ topic, qos: 1, payload: Buffer.from(JSON.stringify(message)) }), inTime());
      } catch (error) {
        telemetry.log('warn', 'a message to workers could not be sent', { ...to, type: message.type, error });
      }
    },

    async disconnect(poolId, workerId, known = []) {
      const workers = workerId === undefined ? known : [workerId];
      for (let at = 0; at < workers.length; at += AT_ONCE) await Promise.all(workers.slice(at, at + AT_ONCE).map((worker) => close(poolId, worker)));
    },
  };
}
