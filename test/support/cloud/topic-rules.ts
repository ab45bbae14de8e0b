import { randomUUID } from 'node:crypto';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { IotPublish } from '../iot-core.ts';
import { MOTO_ACCOUNT, MOTO_REGION } from '../moto.ts';
import { allows, type Statement } from './iam.ts';
import { parseIotRule } from './iot-rule.ts';
import type { TopicRulePart } from './parts.ts';

export interface TopicRules {
  /** Puts what a client published on the queues of the rules that listen to its topic. Never throws: as there, a failure is only counted. */
  take(publish: IotPublish): Promise<void>;
  readonly failures: readonly string[];
}

/** Topic rules with their SQL and what their roles allow: a rule without the rights on queue and key loses everything in silence. */
export function topicRules(
  rules: readonly TopicRulePart[],
  options: { readonly sqs: SQSClient; readonly statementsOf: (roleArn: string) => readonly Statement[]; readonly masterKeyArn: string },
): TopicRules {
  const parsed = rules.map((part) => ({ part, rule: parseIotRule(part.sql) }));
  const failures: string[] = [];

  function missingRight(roleArn: string, queueUrl: string): string | undefined {
    const queueArn = `arn:aws:sqs:${MOTO_REGION}:${MOTO_ACCOUNT}:${queueUrl.split('/').at(-1) ?? ''}`;
    const needs = [
      { action: 'sqs:SendMessage', resource: queueArn },
      { action: 'kms:GenerateDataKey', resource: options.masterKeyArn },
      { action: 'kms:Decrypt', resource: options.masterKeyArn },
    ];
    return needs.find((need) => !allows(options.statementsOf(roleArn), need))?.action;
  }

  async function send(to: { readonly queueUrl: string; readonly base64: boolean; readonly roleArn: string }, document: unknown): Promise<void> {
    const missing = missingRight(to.roleArn, to.queueUrl);
    if (missing !== undefined) {
      failures.push(`the role of a rule lacks ${missing} on ${to.queueUrl}`);
      throw new Error(`the role lacks ${missing}`);
    }
    const text = Buffer.from(JSON.stringify(document));
    await options.sqs.send(new SendMessageCommand({ QueueUrl: to.queueUrl, MessageBody: text.toString(to.base64 ? 'base64' : 'utf8') }));
  }

  /** An action, and in place of one that failed the action for errors with what the service tells it. */
  async function act(part: TopicRulePart, queueUrl: string, document: unknown, { topic, clientId, payload }: IotPublish): Promise<void> {
    try {
      await send({ ...part, queueUrl }, document);
    } catch (error) {
      if (part.errorAction === undefined) throw error;
      await send(part.errorAction, {
        ruleName: part.name,
        topic,
        cloudwatchTraceId: randomUUID(),
        clientId,
        base64OriginalPayload: payload.toString('base64'),
        failures: [{ failedAction: 'SqsAction', failedResource: queueUrl, errorMessage: `Failed to send message to SQS. ${(error as Error).message}` }],
      });
    }
  }

  return {
    failures,
    async take(publish) {
      for (const { part, rule } of parsed) {
        try {
          const document = rule.evaluate(publish);
          if (document === undefined) continue;
          for (const url of part.queueUrls) await act(part, url, document, publish);
        } catch (error) {
          failures.push(`${publish.topic}: ${(error as Error).message}`);
        }
      }
    },
  };
}
