import type { FunctionName } from '../core/shared/functions.ts';
import type { QueueName } from '../core/shared/queues.ts';
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
export type Special =
  | 'assume-roles' | 'publish' | 'certificates' | 'license-manager' | 'metrics' | 'give-way' | 'set-replication' | 'edge-parameters'
  | 'rotate-database-secrets';

/** What is read is listed as well: S3 tells a missing object from a forbidden one only to who may list. */
const all = (bucket: AnyBucket, ...rights: readonly ObjectRight[]): BucketRights =>
  ({ bucket, rights: rights.includes('read') ? [...rights, 'list'] : rights });
const below = (bucket: AnyBucket, prefix: string, ...rights: readonly ObjectRight[]): BucketRights => ({ bucket, prefix, rights });

/** The object that says whether the scheduler has anything to do. */
const MARKER = below('metadata', 'scheduler/', 'read', 'write');
/** Where the last answer about the licence is kept. */
const LICENSE_STATE = below('states', 'license/', 'read');
/** Which region serves, of those that there are. */
const EPOCH = below('states', 'dr/', 'read', 'list');
/** How far the certificates of pools have come. */
const CERTIFICATES = below('metadata', 'iot/', 'read', 'write', 'delete');

/** Whoever writes to the database may announce, and may send what another left unsent; what is too long for a queue goes beside it. */
const ANNOUNCING = {
  sends: ['async', 'policies', 'asyncFifo', 'eventsInbox', 'iot', 'webhooks'],
  readsMode: true,
} as const satisfies FunctionRights;
const ANNOUNCED = [all('large-queue-messages', 'write'), MARKER, LICENSE_STATE];
/** A drain reads what lies beside its queue, and keeps there what it gives up. */
const DRAINED = [all('large-queue-messages', 'read', 'write'), MARKER, LICENSE_STATE];

const API = { ...ANNOUNCING, database: 'database-api', encrypts: true, signs: true } as const satisfies FunctionRights;
const DRAIN = { ...ANNOUNCING, database: 'database-drain', encrypts: true } as const satisfies FunctionRights;

export const FUNCTION_RIGHTS: Readonly<Record<FunctionName, FunctionRights>> = {
  graphql: {
    ...API,
    invokes: ['iot-provisioner'],
    buckets: [
      ...ANNOUNCED,
      CERTIFICATES,
      all('deliveries', 'read', 'write'),
      all('documents', 'read', 'write', 'delete'),
      all('policy-inputs', 'read', 'write'),
      all('run-logs', 'read'),
      all('states', 'read', 'write', 'delete'),
      all('uploads', 'read', 'write'),
      all('user-uploaded-workspaces', 'write', 'list'),
    ],
    special: ['assume-roles', 'publish'],
  },
  http: { ...API, buckets: ANNOUNCED },
  'worker-api': {
    ...API,
    buckets: [
      ...ANNOUNCED,
      below('metadata', 'packages/', 'read', 'write'),
      all('documents', 'read', 'write', 'delete'),
      all('policy-inputs', 'read', 'write'),
      all('run-logs', 'write', 'list'),
      all('states', 'read', 'write'),
      all('user-uploaded-workspaces', 'read'),
      all('workspace', 'read', 'write', 'delete'),
    ],
    special: ['assume-roles', 'publish'],
  },
  webhooks: { sends: ['webhooks'], buckets: [all('large-queue-messages', 'write'), MARKER] },
  web: { buckets: [all('web', 'read')] },
  'drain-async': {
    ...DRAIN,
    invokes: ['iot-provisioner'],
    buckets: [
      ...DRAINED,
      CERTIFICATES,
      all('deliveries', 'write'),
      all('documents', 'read', 'write', 'delete'),
      all('policy-inputs', 'write'),
      all('run-logs', 'read', 'write'),
      all('states', 'read'),
      all('workspace', 'list'),
    ],
    special: ['assume-roles', 'publish'],
  },
  'drain-fifo': { ...DRAIN, buckets: [...DRAINED, all('documents', 'read', 'write'), all('policy-inputs', 'write')], special: ['assume-roles', 'publish'] },
  'drain-events': { ...DRAIN, buckets: [...DRAINED, all('deliveries', 'read', 'write'), below('documents', 'usage/', 'read')] },
  'drain-policies': {
    ...DRAIN,
    buckets: [...DRAINED, all('deliveries', 'write'), all('documents', 'read', 'write'), all('policy-inputs', 'read', 'write'), all('run-logs', 'read')],
    special: ['assume-roles', 'publish'],
  },
  'drain-webhooks': { ...DRAIN, buckets: [...DRAINED, all('documents', 'read', 'write'), all('policy-inputs', 'write')], special: ['publish'] },
  'drain-iot': { ...DRAIN, encrypts: false, buckets: DRAINED, special: ['publish'] },
  'drain-cron': {
    ...DRAIN,
    invokes: ['iot-provisioner'],
    buckets: [
      ...DRAINED,
      EPOCH,
      CERTIFICATES,
      all('deliveries', 'write'),
      all('documents', 'read', 'write', 'delete'),
      all('run-logs', 'write', 'list'),
      all('states', 'delete'),
      all('uploads', 'delete'),
      all('user-uploaded-workspaces', 'delete'),
      all('workspace', 'delete', 'list'),
    ],
    special: ['publish', 'metrics', 'give-way'],
  },
  'drain-dlq': { ...DRAIN, encrypts: false, buckets: DRAINED },
  license: { buckets: [below('states', 'license/', 'read', 'write')], readsMode: true, special: ['license-manager'] },
  'iot-provisioner': { special: ['certificates'] },
  ops: {
    ...ANNOUNCING,
    database: 'all',
    encrypts: true,
    signs: true,
    buckets: [...ANNOUNCED, all('documents', 'read', 'write', 'delete')],
    special: ['rotate-database-secrets', 'set-replication', 'edge-parameters'],
  },
};
