import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alarms, type AddAlarm } from './alarm.ts';
import type { PlatformMetrics } from './metrics.ts';
import type { PlatformStack } from './platform-stack.ts';
import { copiedBuckets, TIMED_COPIES, type CopiedBucket } from './replication.ts';

const LATE_SECONDS = 900;
const LAG_MS = 30_000;

const nameIn = (bucketArn: string): string => bucketArn.split(':').at(-1) ?? '';

/**
 * Tells the operator's topic when the regions drift apart. Services tell how late copies are where they arrive, and that one failed where it
 * came from: each region watches its half.
 */
export class RecoveryAlarms extends Construct {
  constructor(stack: PlatformStack, id: string, metrics: PlatformMetrics, topicArn: string) {
    super(stack, id);
    const add = alarms(this, stack.config.prefix, Topic.fromTopicArn(this, 'Topic', topicArn));
    const copies = copiedBuckets(stack.config, stack.names);
    if (copies.length > 0) this.#copies(stack, metrics, add, copies);
    const { disasterRecovery, database } = stack.config;
    if (disasterRecovery?.database === 'external' && database.clusterIdentifier === null) return;
    add('RegionLag', { what: 'the database of this region is more than 30 s behind', metric: metrics.database('AuroraGlobalDBRPOLag'), above: LAG_MS });
  }

  #copies(stack: PlatformStack, metrics: PlatformMetrics, add: AddAlarm, copies: readonly CopiedBucket[]): void {
    for (const { bucket, copyArn } of copies) {
      if (!TIMED_COPIES.includes(bucket)) continue;
      add(`ReplicationLate-${bucket}`, {
        what: `objects of ${bucket} arrive from the other region later than 15 minutes`,
        metric: metrics.replication('ReplicationLatency', nameIn(copyArn), stack.names.bucket(bucket)),
        above: LATE_SECONDS,
      });
    }
    const failed = copies.map(({ bucket, copyArn }, index) =>
      [`f${index}`, metrics.replication('OperationsFailedReplication', stack.names.bucket(bucket), nameIn(copyArn))] as const);
    add('ReplicationFailed', {
      what: 'an object was not copied to the other region',
      metric: new MathExpression({ expression: failed.map(([id]) => `FILL(${id}, 0)`).join(' + '), usingMetrics: Object.fromEntries(failed) }),
      above: 0,
    });
  }
}
