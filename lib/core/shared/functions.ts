import type { QueueName } from './queues.ts';

/** A Lambda function of the serverless composition (aws-install.md §10.1): infrastructure deploys what stands here, the runtime and the local cloud read it. */
export interface FunctionFacts {
  /** The file under `lambdas/`, and the bundle's name. */
  readonly entry: 'graphql' | 'http' | 'worker-api' | 'webhooks' | 'web' | 'drain' | 'license' | 'iot-provisioner' | 'ops';
  readonly memoryMib: number;
  readonly timeoutSeconds: number;
  /** The queues whose messages start it. */
  readonly consumes: readonly (QueueName | 'dlq' | 'dlqFifo')[];
  /** Whether it starts the policy engine: its layer is attached then. */
  readonly policyEngine: boolean;
}

const answering = (entry: FunctionFacts['entry'], memoryMib: number, timeoutSeconds: number, policyEngine = false): FunctionFacts => ({ entry, memoryMib, timeoutSeconds, consumes: [], policyEngine });

const draining = (queue: QueueName, memoryMib: number, timeoutSeconds: number, policyEngine = false): FunctionFacts => ({ entry: 'drain', memoryMib, timeoutSeconds, consumes: [queue], policyEngine });

export const FUNCTIONS = {
  graphql: answering('graphql', 1024, 29, true),
  http: answering('http', 1024, 29, true),
  'worker-api': answering('worker-api', 512, 29),
  webhooks: answering('webhooks', 256, 10),
  web: answering('web', 256, 10),
  'drain-async': draining('async', 1024, 50, true),
  'drain-fifo': draining('asyncFifo', 1024, 50, true),
  'drain-events': draining('eventsInbox', 1024, 50, true),
  'drain-webhooks': draining('webhooks', 1024, 100, true),
  'drain-policies': draining('policies', 3008, 100, true),
  'drain-iot': draining('iot', 512, 7),
  'drain-cron': draining('cronjobs', 512, 50),
  'drain-dlq': { entry: 'drain', memoryMib: 256, timeoutSeconds: 50, consumes: ['dlq', 'dlqFifo'], policyEngine: false },
  license: answering('license', 256, 50),
  'iot-provisioner': answering('iot-provisioner', 256, 50),
  ops: answering('ops', 1024, 900),
} as const satisfies Record<string, FunctionFacts>;

export type FunctionName = keyof typeof FUNCTIONS;
