import type { FunctionName } from '../core/shared/functions.ts';
import type { QueueName } from '../core/shared/queues.ts';
import type { Bucket } from '../core/shared/buckets.ts';
import type { DatabaseUser } from './database-secrets.ts';
import type { AnyBucket } from './names.ts';

export type ObjectRight = 'read' | 'write' | 'delete' | 'list';

/** Objects of a bucket; without a prefix, all of them. */
export interface BucketRights {
  readonly bucket: AnyBucket;
  readonly prefix?: string;
  readonly rights: readonly ObjectRight[];
}

/** What a function may do besides writing its log and its trace. Statements are made of it, one for each kind of thing. */
export interface FunctionRights {
  readonly database?: DatabaseUser | 'all';
  readonly encrypts?: boolean;
  readonly signs?: boolean;
  readonly sends?: readonly QueueName[];
  readonly buckets?: readonly BucketRights[];
  readonly readsMode?: boolean;
  readonly invokes?: readonly FunctionName[];
  readonly special?: readonly Special[];
}

/** Rights on what has no resource of ours: each stands in `special-rights.ts` with its limits. */
export type Special = 'assume-roles' | 'publish' | 'certificates' | 'license-manager' | 'metrics' | 'set-replication' | 'rotate-database-secrets';

const all = (bucket: AnyBucket, ...rights: readonly ObjectRight[]): BucketRights => ({ bucket, rights });
const below = (bucket: AnyBucket, prefix: string, ...rights: readonly ObjectRight[]): BucketRights => ({ bucket, prefix, rights });

/** The object that says whether the scheduler has anything to do. */
const MARKER = below('metadata', 'scheduler/', 'read', 'write');
/** Where the last answer about the licence is kept. */
const LICENSE_STATE = below('states', 'license/', 'read');
const RUN_OBJECTS: readonly Bucket[] = [
  'metadata',
  'modules',
  'policy-inputs',
  'run-logs',
  'states',
  'uploads',
  'user-uploaded-workspaces',
  'workspace',
  'documents',
  'deliveries',
];
const PRODUCT_OBJECTS = [
  ...RUN_OBJECTS.map((bucket) => all(bucket, 'read', 'write', 'delete', 'list')),
  all('large-queue-messages', 'read', 'write', 'list'),
  all('downloads', 'read', 'list'),
];

/** Whoever writes to the database may announce, and may send what another left unsent. */
const SENDS: readonly QueueName[] = ['async', 'policies', 'asyncFifo', 'eventsInbox', 'iot', 'webhooks'];

const PRODUCT = {
  encrypts: true,
  signs: true,
  sends: SENDS,
  buckets: PRODUCT_OBJECTS,
  readsMode: true,
  invokes: ['iot-provisioner'],
} as const satisfies FunctionRights;
const API: FunctionRights = { ...PRODUCT, database: 'database-api', special: ['assume-roles', 'publish'] };
const DRAIN: FunctionRights = { ...PRODUCT, database: 'database-drain', special: ['assume-roles', 'publish'] };

export const FUNCTION_RIGHTS: Readonly<Record<FunctionName, FunctionRights>> = {
  graphql: API,
  http: API,
  'worker-api': {
    ...API,
    buckets: [
      ...RUN_OBJECTS.filter((bucket) => bucket !== 'deliveries').map((bucket) => all(bucket, 'read', 'write', 'delete', 'list')),
      all('large-queue-messages', 'write'),
    ],
  },
  webhooks: { sends: ['webhooks'], buckets: [all('large-queue-messages', 'write'), MARKER], readsMode: false },
  web: { buckets: [all('web', 'read', 'list')] },
  'drain-async': DRAIN,
  'drain-fifo': DRAIN,
  'drain-events': DRAIN,
  'drain-policies': DRAIN,
  'drain-webhooks': {
    ...DRAIN,
    signs: false,
    buckets: [
      all('large-queue-messages', 'read', 'write', 'list'),
      all('policy-inputs', 'read', 'write', 'list'),
      all('documents', 'read', 'write', 'list'),
      MARKER,
      LICENSE_STATE,
    ],
    special: [],
  },
  'drain-iot': { ...DRAIN, signs: false, buckets: [all('large-queue-messages', 'read', 'write', 'list'), MARKER, LICENSE_STATE], special: ['publish'] },
  'drain-cron': { ...DRAIN, special: ['publish', 'metrics'] },
  'drain-dlq': { ...DRAIN, signs: false, special: ['publish'] },
  license: { buckets: [below('states', 'license/', 'read', 'write')], readsMode: true, special: ['license-manager'] },
  'iot-provisioner': { special: ['certificates'] },
  ops: { ...PRODUCT, database: 'all', special: ['rotate-database-secrets', 'set-replication'] },
};
