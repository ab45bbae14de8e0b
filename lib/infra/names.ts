import { createHash } from 'node:crypto';
import { Aws } from 'aws-cdk-lib';
import type { Bucket } from '../core/shared/buckets.ts';
import { QUEUES, type QueueName } from '../core/shared/queues.ts';

/** Every queue of the installation: those of the product, and where failed messages end. */
export type AnyQueue = QueueName | 'dlq' | 'dlqFifo';
/** Every bucket: the object store's, the UI build and the access logs. */
export type AnyBucket = Bucket | 'web' | 'access-logs';
type DatabaseSecret = 'database' | 'database-api' | 'database-drain';
/** Secrets that both regions share: the first has them copied to the second. Addresses are each region's own. */
export const isShared = (name: SecretName): boolean => !name.endsWith('-url');
export type SecretName = DatabaseSecret | `${DatabaseSecret}-url` | 'app' | 'license' | 'admin' | 'slack' | 'sso' | 'git' | 'origin';

const QUEUE_NAMES: Readonly<Record<AnyQueue, string>> = {
  async: 'async-jobs',
  policies: 'policies',
  asyncFifo: 'async-jobs.fifo',
  cronjobs: 'cronjobs',
  eventsInbox: 'events-inbox',
  iot: 'iot',
  webhooks: 'webhooks',
  dlq: 'dlq',
  dlqFifo: 'dlq.fifo',
};

export const ALL_QUEUES = Object.keys(QUEUE_NAMES) as readonly AnyQueue[];
export const DEAD_LETTER_QUEUES: readonly AnyQueue[] = ['dlq', 'dlqFifo'];

export const isFifo = (queue: AnyQueue): boolean => QUEUE_NAMES[queue].endsWith('.fifo');
export const isDeadLetterQueue = (queue: AnyQueue): queue is 'dlq' | 'dlqFifo' => !(queue in QUEUES);

/** Names that follow from the prefix and the region, so that every stack can say them. */
export class Names {
  readonly prefix: string;
  readonly #region: string;

  constructor(prefix: string, region: string) {
    this.prefix = prefix;
    this.#region = region;
  }

  stack = (id: string): string => `${this.prefix}-${id}`;
  function = (name: string): string => `${this.prefix}-${name}`;
  queue = (queue: AnyQueue): string => `${this.prefix}-${QUEUE_NAMES[queue]}`;
  logGroup = (name: string): string => `/${this.prefix}/functions/${name}`;
  secret = (name: SecretName): string => `${this.prefix}/${name}`;
  parameter = (stack: string, name: string): string => `/${this.prefix}/${stack}/${name}`;
  /** `on` or `off`: whether the installation serves. */
  get modeParameter(): string {
    return `/${this.prefix}/mode`;
  }
  /** Roles are the account's, in all regions. */
  get replicationRole(): string {
    return `${this.prefix}-replication-${this.#region}`;
  }
  /** What copies objects that are older than the rules. */
  get copyingRole(): string {
    return `${this.prefix}-copying-${this.#region}`;
  }
  get cluster(): string {
    return `${this.prefix}-database`;
  }
  /** The first part of MQTT topics: two installations in one account do not meet. */
  get iotNamespace(): string {
    return this.prefix;
  }

  /** Bucket names are shared by all accounts: the account and six digits of the region keep two installations apart. */
  bucket(name: AnyBucket, region: string = this.#region): string {
    const digits = createHash('sha256').update(`${region}/${this.prefix}`).digest('hex').slice(0, 6);
    return `${this.prefix}-${name}-${Aws.ACCOUNT_ID}-${digits}`;
  }

  bucketArn = (name: AnyBucket, region: string = this.#region): string => `arn:${Aws.PARTITION}:s3:::${this.bucket(name, region)}`;
  /** Where browsers reach a bucket. */
  bucketUrl = (name: AnyBucket): string => `https://${this.bucket(name)}.s3.${Aws.REGION}.${Aws.URL_SUFFIX}`;
  queueArn = (queue: AnyQueue): string => regional('sqs', this.queue(queue));
  functionArn = (name: string): string => regional('lambda', `function:${this.function(name)}`);
  /** Secrets Manager adds six characters of its own to a secret's name. */
  secretArn = (name: SecretName): string => regional('secretsmanager', `secret:${this.secret(name)}-??????`);
}

const regional = (service: string, resource: string): string => `arn:${Aws.PARTITION}:${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;
