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

  function missingRight(part: TopicRulePart, queueUrl: string): string | undefined {
    const queueArn = `arn:aws:sqs:${MOTO_REGION}:${MOTO_ACCOUNT}:${queueUrl.split('/').at(-1) ?? ''}`;
    const needs = [
      { action: 'sqs:SendMessage', resource: queueArn },
      { action: 'kms:GenerateDataKey', resource: options.masterKeyArn },
      { action: 'kms:Decrypt', resource: options.masterKeyArn },
    ];
    return needs.find((need) => !allows(options.statementsOf(part.roleArn), need))?.action;
  }

  async function send(part: TopicRulePart, queueUrl: string, document: unknown): Promise<void> {
    const missing = missingRight(part, queueUrl);
    if (missing !== undefined) throw new Error(`the role of the rule lacks ${missing}`);
    const text = Buffer.from(JSON.stringify(document));
    await options.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: text.toString(part.base64 ? 'base64' : 'utf8') }));
  }

  return {
    failures,
    async take(publish) {
      for (const { part, rule } of parsed) {
        try {
          const document = rule.evaluate(publish);
          if (document === undefined) continue;
          for (const url of part.queueUrls) await send(part, url, document);
        } catch (error) {
          failures.push(`${publish.topic}: ${(error as Error).message}`);
        }
      }
    },
  };
}
