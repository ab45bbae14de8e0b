import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { startApiGateway } from './api-gateway.ts';
import type { FunctionPool } from './function-pool.ts';
import type { Statement } from './iam.ts';
import { functionNameIn, type Parts } from './parts.ts';
import { schedules, type Schedules } from './schedules.ts';
import { sqsPump, type SqsPump } from './sqs-pump.ts';
import { topicRules, type TopicRules } from './topic-rules.ts';

export interface TrafficOptions {
  readonly parts: Parts;
  readonly prefix: string;
  readonly port: number;
  readonly most: number;
  readonly sqs: SQSClient;
  readonly pool: FunctionPool;
  readonly masterKeyArn: string;
  readonly queueUrl: (name: string) => string;
  readonly statementsOf: (roleArn: string) => readonly Statement[];
}

export interface Traffic {
  readonly pump: SqsPump;
  readonly rules: TopicRules;
  readonly clock: Schedules;
  stop(): Promise<void>;
}

/** What moves between the parts of an installation that is deployed: requests, messages, what workers publish, schedules. */
export async function startTraffic({ parts, pool, sqs, most, ...options }: TrafficOptions): Promise<Traffic> {
  const rules = topicRules(parts.topicRules, { sqs, statementsOf: options.statementsOf, masterKeyArn: options.masterKeyArn });
  const pump = sqsPump(parts.mappings, { sqs, invoke: (name, event, trace) => pool.invoke(name, event, trace), most });
  const clock = schedules(parts.rules, options.prefix, async ({ arn, input }) => {
    const [, , service, , , name = ''] = arn.split(':');
    if (service === 'sqs') await sqs.send(new SendMessageCommand({ QueueUrl: options.queueUrl(name), MessageBody: input }));
    else await pool.invoke(functionNameIn(arn), JSON.parse(input));
  });
  const api = await startApiGateway({ parts, port: options.port, invoke: (name, event) => pool.invoke(name, event) });
  return {
    pump,
    rules,
    clock,
    async stop() {
      await api.close();
      await pump.close();
    },
  };
}
