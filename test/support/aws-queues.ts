import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { QUEUES, type QueueName } from '../../lib/core/shared/queues.ts';
import { WireMessage } from '../../lib/core/shared/wire-message.ts';

export interface AwsQueues {
  readonly urls: Readonly<Record<QueueName, string>>;
  readonly deadLetterUrls: { readonly standard: string; readonly fifo: string };
}

/** The product's queues as infrastructure makes them, on moto, with names of their own. */
export async function createQueues(client: SQSClient, prefix: string, maxReceiveCount = 10): Promise<AwsQueues> {
  const make = async (name: string, fifo: boolean, attributes: Readonly<Record<string, string>> = {}) => {
    const suffix = fifo ? '.fifo' : '';
    const { QueueUrl: url = '' } = await client.send(
      new CreateQueueCommand({ QueueName: `${prefix}-${name}${suffix}`, Attributes: { ...(fifo ? { FifoQueue: 'true' } : {}), ...attributes } }),
    );
    return url;
  };
  const arnOf = async (url: string) =>
    (await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }))).Attributes?.QueueArn;
  const deadLetterUrls = { standard: await make('dlq', false), fifo: await make('dlq', true) };
  const arns = { standard: await arnOf(deadLetterUrls.standard), fifo: await arnOf(deadLetterUrls.fifo) };
  const urls: Partial<Record<QueueName, string>> = {};
  for (const [name, { fifo, visibilitySeconds }] of Object.entries(QUEUES)) {
    const redrive = JSON.stringify({ deadLetterTargetArn: fifo ? arns.fifo : arns.standard, maxReceiveCount });
    urls[name as QueueName] = await make(name, fifo, { VisibilityTimeout: String(visibilitySeconds), RedrivePolicy: redrive });
  }
  return { urls: urls as Record<QueueName, string>, deadLetterUrls };
}

export interface SqsRecord {
  readonly queue: QueueName;
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly receiveCount: number;
  readonly group: string | undefined;
  readonly trace: string | undefined;
  readonly traceParent: string | undefined;
  readonly text: string;
  readonly wire: WireMessage;
}

/** Takes what is there, without waiting. */
export async function receiveFrom(client: SQSClient, queue: QueueName, url: string, limit: number): Promise<readonly SqsRecord[]> {
  const { Messages: messages = [] } = await client.send(
    new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: Math.min(10, limit), MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'], WaitTimeSeconds: 0 }),
  );
  return messages.map((message) => ({
    queue,
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    receiveCount: Number(message.Attributes?.ApproximateReceiveCount),
    group: message.Attributes?.MessageGroupId,
    trace: message.Attributes?.AWSTraceHeader,
    traceParent: message.MessageAttributes?.traceparent?.StringValue,
    text: message.Body ?? '',
    wire: WireMessage.parse(JSON.parse(message.Body ?? '')),
  }));
}

export const deleteFrom = (client: SQSClient, url: string, record: SqsRecord) =>
  client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: record.receiptHandle }));

export const delayAgain = (client: SQSClient, url: string, record: SqsRecord, seconds: number) =>
  client.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: record.receiptHandle, VisibilityTimeout: seconds }));

export const sendText = (client: SQSClient, url: string, text: string) => client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: text }));
