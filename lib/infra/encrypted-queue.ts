import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption, type IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { QUEUES } from '../core/shared/queues.ts';
import { isDeadLetterQueue, isFifo, type AnyQueue } from './names.ts';

/** A message that ten functions could not handle waits for the dead-letter function. */
export const MAX_RECEIVES = 10;
const DEAD_LETTER_VISIBILITY_SECONDS = 300;
/** A schedule that nobody took for an hour comes again anyway. */
const retentionOf = (queue: AnyQueue): Duration => (isDeadLetterQueue(queue) ? Duration.days(14) : queue === 'cronjobs' ? Duration.hours(1) : Duration.days(1));

/** Six times the time its function has, so that a slow batch is not delivered twice. */
export const visibilitySecondsOf = (queue: AnyQueue): number => (isDeadLetterQueue(queue) ? DEAD_LETTER_VISIBILITY_SECONDS : QUEUES[queue].visibilitySeconds);

export function encryptedQueue(scope: Construct, queue: AnyQueue, props: { readonly name: string; readonly key: IKey; readonly deadLetters?: IQueue }): Queue {
  return new Queue(scope, queue, {
    queueName: props.name,
    encryption: QueueEncryption.KMS,
    encryptionMasterKey: props.key,
    dataKeyReuse: Duration.hours(1),
    enforceSSL: true,
    visibilityTimeout: Duration.seconds(visibilitySecondsOf(queue)),
    retentionPeriod: retentionOf(queue),
    receiveMessageWaitTime: Duration.seconds(20),
    ...(props.deadLetters === undefined ? {} : { deadLetterQueue: { queue: props.deadLetters, maxReceiveCount: MAX_RECEIVES } }),
    ...(isFifo(queue)
      ? {
        fifo: true,
        contentBasedDeduplication: false,
        deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
        fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      }
      : {}),
  });
}
