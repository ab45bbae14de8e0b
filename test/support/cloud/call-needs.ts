import type { AwsCall } from '../aws-proxy.ts';
import { MOTO_ACCOUNT, MOTO_REGION } from '../moto.ts';
import type { Need } from './iam.ts';

const arn = (service: string, resource: string): string => `arn:aws:${service}:${MOTO_REGION}:${MOTO_ACCOUNT}:${resource}`;

type Json = Readonly<Record<string, unknown>>;
const json = (call: AwsCall): Json => JSON.parse(call.body.toString('utf8') || '{}') as Json;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const last = (value: unknown): string => text(value).split('/').at(-1) ?? '';

/** Batches are judged as what they are batches of. */
const withoutBatch = (operation: string): string => operation.replace(/Batch$/, '');

/** Finds a secret by its name, or by its ARN with or without the characters that the service added to it. */
export type FindSecret = (id: string) => string;

const key = (id: string): string => (id.startsWith('arn:') ? id : arn('kms', id.startsWith('alias/') ? id : `key/${id}`));

function s3(call: AwsCall): readonly Need[] {
  const url = new URL(call.path, 'http://s3');
  const [bucket = '', ...rest] = url.pathname.slice(1).split('/').map(decodeURIComponent);
  const object = rest.join('/');
  const has = (name: string) => url.searchParams.has(name);
  const on = (action: string, resource = object === '' ? bucket : `${bucket}/${object}`): Need => ({
    action: `s3:${action}`,
    resource: `arn:aws:s3:::${resource}`,
  });
  const objectActions: Readonly<Record<string, () => readonly Need[]>> = {
    GET: () => [on(has('uploadId') ? 'ListMultipartUploadParts' : has('versionId') ? 'GetObjectVersion' : 'GetObject')],
    HEAD: () => [on('GetObject')],
    PUT: () => {
      const source = call.headers['x-amz-copy-source'];
      return [on('PutObject'), ...(source === undefined ? [] : [on('GetObject', decodeURIComponent(source).replace(/^\//, '').replace(/\?.*$/, ''))])];
    },
    POST: () => (has('uploads') || has('uploadId') ? [on('PutObject')] : []),
    DELETE: () => [on(has('uploadId') ? 'AbortMultipartUpload' : has('versionId') ? 'DeleteObjectVersion' : 'DeleteObject')],
  };
  if (object !== '') return objectActions[call.method]?.() ?? [];
  if (call.method === 'POST' && has('delete')) {
    const names = [...call.body.toString('utf8').matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, name = '']) => name);
    return names.map((name) => on('DeleteObject', `${bucket}/${name}`));
  }
  if (call.method === 'GET' && has('versions')) return [on('ListBucketVersions')];
  if (call.method === 'GET' && has('uploads')) return [on('ListBucketMultipartUploads')];
  const others = ['cors', 'lifecycle', 'policy', 'versioning', 'encryption', 'replication', 'tagging', 'notification', 'location'];
  if ((call.method === 'GET' || call.method === 'HEAD') && !others.some(has)) return [on('ListBucket')];
  return [];
}

const cert = (id: string): string => (id.startsWith('arn:') ? id : arn('iot', `cert/${id}`));

/** Method, address and right of the calls of the control plane of IoT; the first that fits counts. */
const IOT: readonly (readonly [string, RegExp, string, (match: RegExpMatchArray, call: AwsCall) => string])[] = [
  ['POST', /^\/certificates$/, 'CreateCertificateFromCsr', () => '*'],
  ['POST', /^\/certificate\/register-no-ca$/, 'RegisterCertificateWithoutCA', () => '*'],
  ['GET', /^\/certificates$/, 'ListCertificates', () => '*'],
  ['GET', /^\/certificates\/(\w+)$/, 'DescribeCertificate', ([, id = '']) => cert(id)],
  ['PUT', /^\/certificates\/(\w+)$/, 'UpdateCertificate', ([, id = '']) => cert(id)],
  ['DELETE', /^\/certificates\/(\w+)$/, 'DeleteCertificate', ([, id = '']) => cert(id)],
  ['GET', /^\/policies$/, 'ListPolicies', () => '*'],
  ['GET', /^\/policies\/([^/]+)\/version$/, 'ListPolicyVersions', ([, name = '']) => arn('iot', `policy/${name}`)],
  ['POST', /^\/policies\/([^/]+)\/version$/, 'CreatePolicyVersion', ([, name = '']) => arn('iot', `policy/${name}`)],
  ['DELETE', /^\/policies\/([^/]+)\/version\/\d+$/, 'DeletePolicyVersion', ([, name = '']) => arn('iot', `policy/${name}`)],
  ['POST', /^\/policies\/([^/]+)$/, 'CreatePolicy', ([, name = '']) => arn('iot', `policy/${name}`)],
  ['GET', /^\/policies\/([^/]+)$/, 'GetPolicy', ([, name = '']) => arn('iot', `policy/${name}`)],
  ['DELETE', /^\/policies\/([^/]+)$/, 'DeletePolicy', ([, name = '']) => arn('iot', `policy/${name}`)],
  ['PUT', /^\/target-policies\/[^/]+$/, 'AttachPolicy', (_match, call) => cert(text(json(call).target))],
  ['POST', /^\/target-policies\/[^/]+$/, 'DetachPolicy', (_match, call) => cert(text(json(call).target))],
  ['POST', /^\/attached-policies\/(.+)$/, 'ListAttachedPolicies', ([, target = '']) => cert(target)],
  ['POST', /^\/policy-targets\/([^/]+)$/, 'ListTargetsForPolicy', ([, name = '']) => arn('iot', `policy/${name}`)],
  ['GET', /^\/endpoint$/, 'DescribeEndpoint', () => '*'],
];

function iot(call: AwsCall): readonly Need[] {
  const path = decodeURIComponent(new URL(call.path, 'http://iot').pathname);
  for (const [method, pattern, action, resource] of IOT) {
    const match = call.method === method ? pattern.exec(path) : null;
    if (match !== null) return [{ action: `iot:${action}`, resource: resource(match, call) }];
  }
  return [];
}

function iotData(call: AwsCall): readonly Need[] {
  const path = decodeURIComponent(new URL(call.path, 'http://iot').pathname);
  const [, topic] = /^\/topics\/(.+)$/.exec(path) ?? [];
  if (call.method === 'POST' && topic !== undefined) return [{ action: 'iot:Publish', resource: arn('iot', `topic/${topic}`) }];
  const [, client] = /^\/connections\/(.+)$/.exec(path) ?? [];
  return call.method === 'DELETE' && client !== undefined ? [{ action: 'iot:DeleteConnection', resource: arn('iot', `client/${client}`) }] : [];
}

const DATA_API: Readonly<Record<string, string>> = { '/Execute': 'ExecuteStatement', '/BatchExecute': 'BatchExecuteStatement' };

function sts(call: AwsCall): readonly Need[] {
  const form = new URLSearchParams(call.body.toString('utf8'));
  const externalId = form.get('ExternalId');
  return [
    { action: `sts:${call.operation ?? ''}`, resource: form.get('RoleArn') ?? '*', context: externalId === null ? {} : { 'sts:ExternalId': externalId } },
  ];
}

const NEEDS: Readonly<Record<string, (call: AwsCall, secret: FindSecret) => readonly Need[]>> = {
  s3,
  iot,
  iotdata: iotData,
  sts,
  sqs: (call) => [{ action: `sqs:${withoutBatch(call.operation ?? '')}`, resource: arn('sqs', last(json(call).QueueUrl)) }],
  // What was encrypted says by which key, if only to the service itself: `keyNeed` judges it by the answer.
  kms: (call) => (json(call).KeyId === undefined ? [] : [{ action: `kms:${call.operation ?? ''}`, resource: key(text(json(call).KeyId)) }]),
  secretsmanager: (call, secret) => [
    { action: `secretsmanager:${call.operation ?? ''}`, resource: json(call).SecretId === undefined ? '*' : secret(text(json(call).SecretId)) },
  ],
  ssm: (call) => [{ action: `ssm:${call.operation ?? ''}`, resource: arn('ssm', `parameter/${text(json(call).Name).replace(/^\//, '')}`) }],
  // The service reads the secret with the caller's rights.
  'rds-data': (call, secret) => [
    { action: `rds-data:${DATA_API[call.path] ?? call.path.slice(1)}`, resource: text(json(call).resourceArn) },
    { action: 'secretsmanager:GetSecretValue', resource: secret(text(json(call).secretArn)) },
  ],
  lambda: (call) => {
    const [, name] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(decodeURIComponent(call.path)) ?? [];
    return name === undefined ? [] : [{ action: 'lambda:InvokeFunction', resource: name.startsWith('arn:') ? name : arn('lambda', `function:${name}`) }];
  },
  'license-manager': (call) => [{ action: `license-manager:${call.operation ?? ''}`, resource: '*' }],
};

/** The rights that a call needs; none for a call that is not known here, which nobody may make. */
export const needsOf = (call: AwsCall, secret: FindSecret = (id) => id): readonly Need[] => NEEDS[call.service ?? '']?.(call, secret) ?? [];

/** The right that a call without a key's name needs, as its answer tells. */
export const keyNeed = (call: AwsCall, keyId: string): Need => ({ action: `kms:${call.operation ?? ''}`, resource: key(keyId) });

export const namesNoKey = (call: AwsCall): boolean => call.service === 'kms' && json(call).KeyId === undefined;

/** What a service does with the key of what it stores, on behalf of whoever calls. */
const KEY_USES: Readonly<Record<string, readonly string[]>> = {
  's3:PutObject': ['GenerateDataKey', 'Decrypt'],
  's3:GetObject': ['Decrypt'],
  's3:GetObjectVersion': ['Decrypt'],
  'sqs:SendMessage': ['GenerateDataKey', 'Decrypt'],
  'sqs:ReceiveMessage': ['Decrypt'],
  'secretsmanager:GetSecretValue': ['Decrypt'],
};

/** The rights on the master key that a call needs besides: everything that is stored is encrypted by it. */
export function keyUses(needs: readonly Need[], masterKeyArn: string): readonly Need[] {
  return needs.flatMap(({ action }) => {
    const service = action.split(':')[0] ?? '';
    const context = { 'kms:ViaService': `${service}.${MOTO_REGION}.amazonaws.com` };
    return (KEY_USES[action] ?? []).map((use) => ({ action: `kms:${use}`, resource: masterKeyArn, context }));
  });
}
