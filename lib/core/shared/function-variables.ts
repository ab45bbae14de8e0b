import type { Bucket } from './buckets.ts';
import { UPLOADS_VARIABLE } from './content-policy.ts';
import { FUNCTIONS, type FunctionName } from './functions.ts';
import { POLICY_TIMEOUT_VARIABLES } from './policy-timeouts.ts';
import type { QueueName } from './queues.ts';

/** The variable that holds the address of a queue (aws-install.md §6.1). */
export const QUEUE_VARIABLES = {
  async: 'MESSAGE_QUEUE_SQS_ASYNC_URL',
  policies: 'MESSAGE_QUEUE_SQS_POLICIES_URL',
  asyncFifo: 'MESSAGE_QUEUE_SQS_ASYNC_FIFO_URL',
  cronjobs: 'MESSAGE_QUEUE_SQS_CRONJOBS_URL',
  eventsInbox: 'MESSAGE_QUEUE_SQS_EVENTS_INBOX_URL',
  iot: 'MESSAGE_QUEUE_SQS_IOT_URL',
  webhooks: 'MESSAGE_QUEUE_SQS_WEBHOOKS_URL',
  dlq: 'MESSAGE_QUEUE_SQS_DLQ_URL',
  dlqFifo: 'MESSAGE_QUEUE_SQS_DLQ_FIFO_URL',
} as const satisfies Record<QueueName | 'dlq' | 'dlqFifo', string>;

/** The variable that holds the name of a bucket; `web` holds the UI build and is no bucket of the object store. */
export const bucketVariable = (bucket: Bucket | 'web'): string => `OBJECT_STORAGE_BUCKET_${bucket.toUpperCase().replaceAll('-', '_')}`;

const buckets = (...names: readonly (Bucket | 'web')[]): readonly string[] => ['OBJECT_STORAGE_TYPE', ...names.map(bucketVariable)];
const queues = (...names: readonly (keyof typeof QUEUE_VARIABLES)[]): readonly string[] => ['MESSAGE_QUEUE_TYPE', ...names.map((name) => QUEUE_VARIABLES[name])];

const COMMON = ['WINDLASS_FUNCTION', 'SERVER_DOMAIN', 'ACCOUNT_NAME', 'AWS_ACCOUNT_ID', 'AWS_PARTITION', 'OBSERVABILITY_VENDOR', 'METRICS_NAMESPACE'] as const;
const DATABASE = ['DATABASE_ACCESS', 'DATABASE_CLUSTER_ARN', 'DATABASE_SECRET_ARN', 'DATABASE_NAME'] as const;
const ENCRYPTION = ['ENCRYPTION_TYPE', 'ENCRYPTION_KMS_ENCRYPTION_KEY_ID'] as const;
const SIGNING = ['ENCRYPTION_KMS_SIGNING_KEY_ID'] as const;
const BROKER = ['MQTT_BROKER_TYPE', 'MQTT_BROKER_ENDPOINT', 'MQTT_BROKER_IOTCORE_NAMESPACE'] as const;

/** Whoever writes to the database may announce, and whoever flushes may send what another left unsent. */
const SENDING = queues('async', 'policies', 'asyncFifo', 'eventsInbox', 'iot', 'webhooks');
const PRODUCT = [...COMMON, ...DATABASE, ...SENDING, 'MODE_PARAMETER', 'LICENSE_TYPE'] as const;
const PRODUCT_BUCKETS = buckets(
  'deliveries', 'large-queue-messages', 'metadata', 'modules', 'policy-inputs', 'run-logs', 'states', 'uploads', 'user-uploaded-workspaces', 'workspace', 'documents', 'downloads',
);
const CORE = [...PRODUCT, ...PRODUCT_BUCKETS, ...ENCRYPTION, ...SIGNING, ...BROKER, 'IOT_PROVISIONER_FUNCTION'] as const;
/** Of functions that read repositories: where credentials for git hosts are kept. */
const REPOSITORIES = [...CORE, 'GIT_SECRET_ARN'] as const;

/** What each function's environment must hold; infrastructure sets it, the runtime refuses to start without. */
export const FUNCTION_VARIABLES: Readonly<Record<FunctionName, readonly string[]>> = {
  graphql: REPOSITORIES,
  http: CORE,
  'worker-api': REPOSITORIES,
  webhooks: [...COMMON, ...queues('webhooks'), ...buckets('large-queue-messages', 'metadata')],
  web: [...COMMON, ...buckets('web'), UPLOADS_VARIABLE],
  'drain-async': CORE,
  'drain-fifo': REPOSITORIES,
  'drain-events': CORE,
  'drain-webhooks': REPOSITORIES,
  'drain-policies': REPOSITORIES,
  'drain-iot': CORE,
  'drain-cron': [...REPOSITORIES, QUEUE_VARIABLES.cronjobs],
  'drain-dlq': [...CORE, QUEUE_VARIABLES.cronjobs, QUEUE_VARIABLES.dlq, QUEUE_VARIABLES.dlqFifo],
  license: [...COMMON, 'MODE_PARAMETER', 'LICENSE_TYPE', ...buckets('states')],
  'iot-provisioner': [...COMMON, 'MQTT_BROKER_TYPE', 'MQTT_BROKER_IOTCORE_NAMESPACE', 'MQTT_BROKER_ENDPOINT'],
  ops: [...CORE, 'ADMIN_SECRET_ARN', 'SSO_SECRET_ARN'],
};

/** Functions that read the bodies of states, or sign addresses of them. */
const READS_STATES: readonly FunctionName[] = ['graphql', 'worker-api', 'drain-async', 'drain-fifo', 'drain-events'];

const FUNCTION_NAMES = Object.keys(FUNCTIONS) as readonly FunctionName[];

const ASKS_POLICIES = FUNCTION_NAMES.filter((name) => FUNCTIONS[name].policyEngine);

/** What an environment may hold besides, where the installation asks for it. */
export const OPTIONAL_FUNCTION_VARIABLES: Readonly<Record<string, readonly FunctionName[]>> = {
  AWS_SECONDARY_REGION: ['graphql', 'http', 'worker-api', 'drain-async', 'drain-fifo', 'drain-events', 'drain-cron', 'iot-provisioner', 'ops'],
  // Tags of what is made at run time and takes any.
  RESOURCE_TAGS: ['iot-provisioner'],
  // With copies of objects: the other region's bucket of states, where one lies that has not arrived yet.
  OBJECT_STORAGE_BUCKET_STATES_REPLICA: READS_STATES,
  // With DATABASE_ACCESS=direct, in place of the cluster, its secret and its name.
  DATABASE_URL_SECRET_ARN: ['graphql', 'http', 'worker-api', 'drain-async', 'drain-fifo', 'drain-events', 'drain-webhooks', 'drain-policies', 'drain-iot', 'drain-cron', 'drain-dlq', 'ops'],
  // With LICENSE_TYPE=jwt: where the token is kept.
  LICENSE_SECRET_ARN: ['graphql', 'http', 'worker-api', 'drain-async', 'drain-fifo', 'drain-events', 'drain-webhooks', 'drain-policies', 'drain-iot', 'drain-cron', 'drain-dlq', 'license', 'ops'],
  // With a distribution in front: the secret that it sends along, without which no header names the client's address.
  ORIGIN_SECRET_ARN: ['graphql', 'http', 'worker-api', 'webhooks', 'web'],
  WEBHOOKS_ENDPOINT: ['graphql', 'http'],
  // With OBSERVABILITY_VENDOR=OpenTelemetry: the collector.
  OTEL_EXPORTER_OTLP_ENDPOINT: FUNCTION_NAMES,
  // Terraform versions to offer beyond the last open-source one.
  TERRAFORM_ALLOWED_VERSIONS: ['graphql', 'worker-api'],
  // Where reports of usage go: whoever writes them announces them, and another sends them.
  USAGE_ENDPOINT: ['drain-cron', 'drain-events'],
  // Where the lists of tools' releases are fetched; nowhere without it.
  TOOL_VERSIONS_FROM: ['drain-cron'],
  // Private networks and hosts that webhooks may reach, and what else is sent to addresses of the operator's choice.
  OUTBOUND_ALLOWED_CIDRS: ['graphql', 'drain-events', 'drain-cron'],
  OUTBOUND_ALLOWED_HOSTS: ['graphql', 'drain-events', 'drain-cron'],
  ...Object.fromEntries(Object.values(POLICY_TIMEOUT_VARIABLES).map((name) => [name, ASKS_POLICIES])),
};

/** What `DATABASE_ACCESS=direct` makes needless. */
export const DATA_API_VARIABLES: readonly string[] = ['DATABASE_CLUSTER_ARN', 'DATABASE_SECRET_ARN', 'DATABASE_NAME'];
