import { Aws } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FUNCTIONS, type FunctionName } from '../core/shared/functions.ts';
import { insideNetwork } from '../install/config.ts';
import type { DatabaseUser } from './database-secrets.ts';
import { variablesOf } from './function-environment.ts';
import { FUNCTION_RIGHTS, type BucketRights, type ObjectRight } from './function-rights.ts';
import type { AnyBucket, AnyQueue, SecretName } from './names.ts';
import type { PlatformStack } from './platform-stack.ts';
import { specialStatements } from './special-rights.ts';

const OBJECT_ACTIONS: Readonly<Record<Exclude<ObjectRight, 'list'>, readonly string[]>> = {
  read: ['s3:GetObject'],
  write: ['s3:PutObject', 's3:AbortMultipartUpload'],
  delete: ['s3:DeleteObject'],
};
const OBJECT_SIDS = { read: 'ObjectsRead', write: 'ObjectsWrite', delete: 'ObjectsDelete' } as const;
/** Services that use the master key for a function; it has no use of the key beyond them. */
const MASTER_KEY_SERVICES = ['s3', 'sqs', 'secretsmanager'];

/** A function may read the secrets that its environment names. */
const SECRET_VARIABLES: Readonly<Record<string, SecretName>> = {
  LICENSE_SECRET_ARN: 'license',
  ADMIN_SECRET_ARN: 'admin',
  SSO_SECRET_ARN: 'sso',
  GIT_SECRET_ARN: 'git',
  APP_SECRET_ARN: 'app',
  ORIGIN_SECRET_ARN: 'origin',
};

type Conditions = Record<string, Record<string, unknown>>;

const statement = (sid: string, actions: readonly string[], resources: readonly string[], conditions?: Conditions): PolicyStatement =>
  new PolicyStatement({ sid, actions: [...actions], resources: [...resources], ...(conditions === undefined ? {} : { conditions }) });

function databaseStatements(stack: PlatformStack, user: DatabaseUser | 'all'): readonly PolicyStatement[] {
  const { external, access } = stack.config.database;
  if (external !== null) return [
    statement('DatabaseSecret', ['secretsmanager:GetSecretValue'], [external.secretArn]),
    statement('DatabaseSecretKey', ['kms:Decrypt'], [external.keyArn]),
  ];
  const users: readonly DatabaseUser[] = user === 'all' ? ['database', 'database-api', 'database-drain'] : [user];
  if (access === 'direct') {
    // Who owns the database gives the others' users the passwords of their own secrets.
    const names: readonly SecretName[] = [...users.map((name): SecretName => `${name}-url`), ...(user === 'all' ? users : [])];
    return [statement('DatabaseSecret', ['secretsmanager:GetSecretValue'], names.map((name) => stack.names.secretArn(name)))];
  }
  return [
    statement('DatabaseSecret', ['secretsmanager:GetSecretValue'], users.map((name) => stack.names.secretArn(name))),
    statement('Database', [
      'rds-data:ExecuteStatement', 'rds-data:BatchExecuteStatement', 'rds-data:BeginTransaction', 'rds-data:CommitTransaction', 'rds-data:RollbackTransaction',
    ], [stack.read('database', 'cluster-arn')]),
  ];
}

/** Buckets that are treated alike share statements: S3 tells a missing object from a forbidden one only to who may list. */
function objectStatements(stack: PlatformStack, rights: readonly BucketRights[]): readonly PolicyStatement[] {
  const name = (bucket: AnyBucket): string => stack.names.bucketArn(bucket);
  const objects = (right: Exclude<ObjectRight, 'list'>): readonly string[] =>
    rights.filter((each) => each.rights.includes(right)).map(({ bucket, prefix = '' }) => `${name(bucket)}/${prefix}*`);
  const listed = rights
    .filter((each) => each.rights.includes('list') || (each.rights.includes('read') && each.prefix !== undefined))
    .map(({ bucket }) => name(bucket));
  const made = (Object.keys(OBJECT_ACTIONS) as Exclude<ObjectRight, 'list'>[])
    .filter((right) => objects(right).length > 0)
    .map((right) => statement(OBJECT_SIDS[right], OBJECT_ACTIONS[right], objects(right)));
  return listed.length === 0 ? made : [...made, statement('ObjectsList', ['s3:ListBucket'], [...new Set(listed)])];
}

/** States that were written in the other region and have not arrived in this one. */
function elsewhereStatements({ config }: PlatformStack): readonly PolicyStatement[] {
  const replication = config.disasterRecovery?.replication;
  if (!replication) return [];
  return [
    statement('StatesElsewhere', ['s3:GetObject'], [`${replication.bucketArns.states}/*`]),
    statement('StatesElsewhereList', ['s3:ListBucket'], [replication.bucketArns.states]),
    statement('StatesElsewhereKey', ['kms:Decrypt'], [replication.keyArn]),
  ];
}

function queueStatements(stack: PlatformStack, consumes: readonly AnyQueue[], sends: readonly AnyQueue[]): readonly PolicyStatement[] {
  const arns = (queues: readonly AnyQueue[]): readonly string[] => queues.map((queue) => stack.names.queueArn(queue));
  return [
    ...(sends.length === 0 ? [] : [statement('Send', ['sqs:SendMessage'], arns(sends))]),
    ...(consumes.length === 0
      ? []
      : [statement('Consume', ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'], arns(consumes))]),
  ];
}

function keyStatements(stack: PlatformStack, name: FunctionName): readonly PolicyStatement[] {
  const rights = FUNCTION_RIGHTS[name];
  return [
    statement('MasterKey', ['kms:Decrypt', 'kms:GenerateDataKey'], [stack.read('kms', 'master-key-arn')], {
      StringEquals: { 'kms:ViaService': MASTER_KEY_SERVICES.map((service) => `${service}.${Aws.REGION}.${Aws.URL_SUFFIX}`) },
    }),
    ...(rights.encrypts ? [statement('EncryptionKey', ['kms:GenerateDataKey', 'kms:Decrypt'], [stack.read('kms', 'encryption-key-arn')])] : []),
    ...(rights.signs ? [statement('SigningKey', ['kms:Sign', 'kms:GetPublicKey'], [stack.read('kms', 'signing-key-arn')])] : []),
  ];
}

/** Every right of a function, as statements of its own: no grant of a construct adds what is not written here. */
export function statementsOf(stack: PlatformStack, name: FunctionName, logGroupArn: string): readonly PolicyStatement[] {
  const rights = FUNCTION_RIGHTS[name];
  const { prefix, tracing } = stack.config;
  const variables = variablesOf(stack, name);
  const secrets = Object.entries(SECRET_VARIABLES).filter(([variable]) => variables.includes(variable)).map(([, secret]) => secret);
  return [
    statement('Log', ['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroupArn]),
    ...(tracing ? [statement('Trace', ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], ['*'])] : []),
    // Interfaces are made before they have a name.
    ...(insideNetwork(stack.config)
      ? [
        statement(
          'Network',
          [
            'ec2:CreateNetworkInterface',
            'ec2:DescribeNetworkInterfaces',
            'ec2:DeleteNetworkInterface',
            'ec2:AssignPrivateIpAddresses',
            'ec2:UnassignPrivateIpAddresses',
          ],
          ['*'],
        ),
      ]
      : []),
    ...(rights.database === undefined ? [] : databaseStatements(stack, rights.database)),
    ...keyStatements(stack, name),
    ...queueStatements(stack, FUNCTIONS[name].consumes, rights.sends ?? []),
    ...objectStatements(stack, rights.buckets ?? []),
    ...(variables.includes('OBJECT_STORAGE_BUCKET_STATES_REPLICA') ? elsewhereStatements(stack) : []),
    ...(secrets.length === 0 ? [] : [statement('Secrets', ['secretsmanager:GetSecretValue'], secrets.map((secret) => stack.names.secretArn(secret)))]),
    ...(rights.readsMode ? [
      // Health checks of both regions ask the function behind signing in which of them serves.
      statement('Mode', ['ssm:GetParameter'], (name === 'http' ? ['mode', 'active'] : ['mode']).map((each) =>
        `arn:${Aws.PARTITION}:ssm:${Aws.REGION}:${Aws.ACCOUNT_ID}:parameter/${prefix}/${each}`)),
    ] : []),
    ...((rights.invokes ?? []).length === 0 ? [] : [
      statement('Invoke', ['lambda:InvokeFunction'], (rights.invokes ?? []).map((each) => stack.names.functionArn(each))),
    ]),
    ...(rights.special ?? []).flatMap((special) => specialStatements(stack, special)),
  ];
}
