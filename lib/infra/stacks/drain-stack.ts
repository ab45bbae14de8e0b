import type { App } from 'aws-cdk-lib';
import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { FUNCTIONS, type FunctionName } from '../../core/shared/functions.ts';
import { QUEUES } from '../../core/shared/queues.ts';
import type { InstallConfig } from '../../install/config.ts';
import { AppFunction } from '../app-function.ts';
import type { AssetFolders } from '../assets.ts';
import { Layers } from '../layers.ts';
import { isDeadLetterQueue, type AnyQueue } from '../names.ts';
import { PlatformStack } from '../platform-stack.ts';
import { Schedules } from '../schedules.ts';

/** How many batches of a queue are handled at once. A limit of the mapping lets messages wait, where one of the function would count them as failed. */
const MAXIMUM_CONCURRENCY: Readonly<Record<AnyQueue, number>> = {
  async: 50, policies: 20, asyncFifo: 50, cronjobs: 5, eventsInbox: 20, iot: 20, webhooks: 20, dlq: 2, dlqFifo: 2,
};
const PER_DRAIN = 10;
const MOST = 1000;
/** Heartbeats of many workers come together; other messages do not wait for company. */
const WINDOW_SECONDS: Readonly<Partial<Record<AnyQueue, number>>> = { iot: 1 };

/** Functions that queues start, and the schedules that fill one of those queues. */
export class DrainStack extends PlatformStack {
  constructor(app: App, config: InstallConfig, folders: AssetFolders) {
    super(app, 'drain', config);
    const layers = new Layers(this, folders, { policyEngine: true });
    for (const [name, facts] of Object.entries(FUNCTIONS) as [FunctionName, (typeof FUNCTIONS)[FunctionName]][]) {
      if (facts.consumes.length === 0) continue;
      const made = new AppFunction(this, name, { folders, layers });
      for (const queue of facts.consumes) this.#mapping(made, queue);
    }
    new Schedules(this, 'Schedules');
  }

  #mapping(to: AppFunction, queue: AnyQueue): void {
    const window = WINDOW_SECONDS[queue];
    new CfnEventSourceMapping(this, `Mapping-${queue}`, {
      eventSourceArn: this.names.queueArn(queue),
      functionName: to.live.functionArn,
      batchSize: isDeadLetterQueue(queue) ? 1 : QUEUES[queue].batch,
      ...(window === undefined ? {} : { maximumBatchingWindowInSeconds: window }),
      functionResponseTypes: ['ReportBatchItemFailures'],
      scalingConfig: { maximumConcurrency: this.#concurrency(queue) },
      enabled: !this.config.servicesDisabled,
    });
  }

  #concurrency(queue: AnyQueue): number {
    const { drainCount } = this.config;
    const fixed = drainCount === null || queue === 'cronjobs' || isDeadLetterQueue(queue);
    return fixed ? MAXIMUM_CONCURRENCY[queue] : Math.min(MOST, PER_DRAIN * drainCount);
  }
}
