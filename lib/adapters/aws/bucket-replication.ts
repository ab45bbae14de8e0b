import { DeleteBucketReplicationCommand, PutBucketReplicationCommand, type ReplicationRule, type S3Client } from '@aws-sdk/client-s3';
import { isServiceError, translated } from './service-errors.ts';

/** The rule's name, by which its metrics are found. */
const RULE = 'everything';
const MINUTES = 15;
const ENABLED = { Status: 'Enabled' } as const;
/** A role is known to other services some seconds after it was made. */
const TRIES = 6;
const PAUSE_MS = 5_000;

export interface ReplicationRules {
  readonly role: string;
  /** The key that copies are encrypted under. */
  readonly keyArn: string;
  readonly buckets: readonly {
    readonly name: string;
    readonly copyArn: string;
    /** Whether copies arrive within a time that the service promises. */
    readonly timed: boolean;
  }[];
}

export interface ReplicationCalls {
  readonly client: () => S3Client;
  readonly sleep: (ms: number) => Promise<void>;
}

function ruleOf({ keyArn }: ReplicationRules, { copyArn, timed }: ReplicationRules['buckets'][number]): ReplicationRule {
  const time = { Minutes: MINUTES };
  return {
    ID: RULE,
    ...ENABLED,
    Priority: 1,
    Filter: { Prefix: '' },
    DeleteMarkerReplication: ENABLED,
    SourceSelectionCriteria: { SseKmsEncryptedObjects: ENABLED, ReplicaModifications: ENABLED },
    Destination: {
      Bucket: copyArn,
      EncryptionConfiguration: { ReplicaKmsKeyID: keyArn },
      Metrics: { ...ENABLED, ...(timed ? { EventThreshold: time } : {}) },
      ...(timed ? { ReplicationTime: { ...ENABLED, Time: time } } : {}),
    },
  };
}

/** Has every new object of these buckets copied; what was there before is left to a batch job. */
export async function putReplication({ client, sleep }: ReplicationCalls, rules: ReplicationRules): Promise<void> {
  for (const bucket of rules.buckets) {
    const command = new PutBucketReplicationCommand({ Bucket: bucket.name, ReplicationConfiguration: { Role: rules.role, Rules: [ruleOf(rules, bucket)] } });
    for (let tries = 1; ; tries++) {
      try {
        await client().send(command);
        break;
      } catch (error) {
        const mayPass = isServiceError(error, 'InvalidArgument', 'InvalidRequest', 'AccessDenied');
        if (tries === TRIES || !mayPass) throw translated(error, `the bucket ${bucket.name}`);
        await sleep(PAUSE_MS);
      }
    }
  }
}

/** Ends the copying; a bucket that is gone has nothing to end. */
export async function endReplication({ client }: Pick<ReplicationCalls, 'client'>, buckets: readonly string[]): Promise<void> {
  for (const Bucket of buckets) {
    try {
      await client().send(new DeleteBucketReplicationCommand({ Bucket }));
    } catch (error) {
      if (!isServiceError(error, 'NoSuchBucket')) throw translated(error, `the bucket ${Bucket}`);
    }
  }
}
