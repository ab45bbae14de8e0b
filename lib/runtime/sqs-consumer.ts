import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { traceAttributes } from '../adapters/aws/message-trace.ts';
import { TRACE_ATTRIBUTE } from '../core/shared/wire-message.ts';
import type { QueueKey } from './aws-config.ts';

/** What a function does with a message in hand besides handling it. */
export interface SqsConsumer {
  /** Lets it come back after so many seconds. */
  delay(record: SQSRecord, seconds: number): Promise<void>;
  /** Puts a copy on its queue, whose receives count anew. Not for an ordered queue: a copy comes behind all that is there. */
  sendAgain(record: SQSRecord): Promise<void>;
}

export function sqsConsumer({ client, urls }: { readonly client: () => SQSClient; readonly urls: Readonly<Partial<Record<QueueKey, string>>> }): SqsConsumer {
  /** Queues are named alike in the ARN of a record and in the address. */
  function urlOf(record: SQSRecord): string {
    const name = record.eventSourceARN.split(':').at(-1);
    const url = Object.values(urls).find((candidate) => candidate.split('/').at(-1) === name);
    if (url === undefined) throw new Error(`this function has no address for the queue ${name ?? ''}`);
    return url;
  }

  return {
    async delay(record, seconds) {
      await client().send(new ChangeMessageVisibilityCommand({ QueueUrl: urlOf(record), ReceiptHandle: record.receiptHandle, VisibilityTimeout: seconds }));
    },
    async sendAgain(record) {
      const { AWSTraceHeader: header } = record.attributes;
      await client().send(
        new SendMessageCommand({
          QueueUrl: urlOf(record),
          MessageBody: record.body,
          ...traceAttributes({ header, parent: record.messageAttributes[TRACE_ATTRIBUTE]?.stringValue }),
        }),
      );
    },
  };
}
