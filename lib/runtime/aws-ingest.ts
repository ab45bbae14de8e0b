import { createHash } from 'node:crypto';
import { schedulerMarker } from '../adapters/aws/scheduler-marker.ts';
import { traceAttributes } from '../adapters/aws/message-trace.ts';
import { jsonCall, objectUrl, signedCalls } from '../adapters/aws/signed-call.ts';
import { unavailable } from '../core/shared/errors.ts';
import { CLAIM_CHECK_BYTES, claimKey, type WireMessage } from '../core/shared/wire-message.ts';
import { deliveryReceived } from '../core/vcs/vcs-messages.ts';
import { ingestRoutes, type RawDelivery } from '../edge/http/webhook-ingest.ts';
import { apiFunction } from './api-function.ts';
import { messageTrace } from './aws-telemetry.ts';
import { awsBase, type BaseOptions, type Environment } from './aws-base.ts';
import { smallOriginSecret } from './small-secret.ts';

/** The function that takes hooks in: it has neither the database nor a key, and works while the installation sleeps or is stopped. */
export function ingestFunction(environment: Environment, options: BaseOptions = {}) {
  const base = awsBase(environment, options);
  const { config, clock, ids, telemetry, invocations } = base;
  const call = signedCalls(environment, telemetry);
  const [queueUrl = '', bucket = '', metadata = ''] = [config.queues.webhooks, config.buckets['large-queue-messages'], config.buckets.metadata];

  async function keep(id: string, body: Buffer): Promise<WireMessage> {
    const claim = { bucket: 'large-queue-messages', key: claimKey(id), sha256: createHash('sha256').update(body).digest('hex'), bytes: body.length } as const;
    const answer = await call({ service: 's3', method: 'PUT', url: objectUrl(environment, bucket, claim.key), body });
    if (answer.status !== 200) throw unavailable('the delivery could not be kept: send it again', {}, { cause: new Error(`s3 answered ${answer.status}`) });
    return { id, type: deliveryReceived.name, hops: 0, claim };
  }

  async function send(delivery: RawDelivery): Promise<void> {
    const id = ids.ulid();
    const body = Buffer.from(JSON.stringify(delivery));
    const message: WireMessage = body.length > CLAIM_CHECK_BYTES - 1024 ? await keep(id, body) : { id, type: deliveryReceived.name, hops: 0, body: delivery };
    const url = new URL('/', environment.AWS_ENDPOINT_URL_SQS ?? environment.AWS_ENDPOINT_URL ?? queueUrl);
    const input = { QueueUrl: queueUrl, MessageBody: JSON.stringify(message), ...traceAttributes(messageTrace(telemetry)) };
    const answer = await call(jsonCall('sqs', url, 'AmazonSQS.SendMessage', input, '1.0'));
    if (answer.status !== 200) throw unavailable('the delivery could not be put on its queue: send it again', {}, { cause: new Error(`sqs answered ${answer.status}`) });
  }

  const marker = schedulerMarker({ environment, bucket: metadata, clock, tracing: telemetry });
  return apiFunction({ telemetry, invocations, mode: null, originSecret: smallOriginSecret(base), finish: () => telemetry.flush() }, ingestRoutes({ send, marker, clock, telemetry }));
}
