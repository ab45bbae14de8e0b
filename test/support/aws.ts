import { randomBytes } from 'node:crypto';
import { IoTClient } from '@aws-sdk/client-iot';
import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane';
import { KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { CLIENT_SETTINGS } from '../../lib/adapters/aws/clients/settings.ts';
import { BUCKET_NAMES, type Bucket } from '../../lib/core/shared/buckets.ts';
import { corrections } from './aws-corrections.ts';
import { presignedAddresses } from './aws-presigned.ts';
import { awsProxy, inTurn, type Intercept } from './aws-proxy.ts';
import { awsEnvironment, testMoto, MOTO_REGION } from './moto.ts';

export interface TestAwsOptions {
  /** Sees each call before the corrections of moto do. */
  readonly intercept?: Intercept;
  /** The time by which presigned addresses expire. */
  readonly now?: () => Date;
  /** When the credentials of this test end. */
  readonly credentialsExpire?: Date;
}

const CREDENTIALS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'test-secret-key' };

/** Clients as the product makes them, of a proxy in front of moto. */
export async function testAws(options: TestAwsOptions = {}) {
  const moto = await testMoto();
  const presigned = presignedAddresses({ secretKey: CREDENTIALS.secretAccessKey, now: options.now ?? (() => new Date()) });
  const proxy = await awsProxy({
    upstream: moto.url,
    intercept: inTurn(...(options.intercept ? [options.intercept] : []), presigned, corrections()),
  });
  const settings = {
    ...CLIENT_SETTINGS,
    endpoint: proxy.url,
    region: MOTO_REGION,
    credentials: { ...CREDENTIALS, ...(options.credentialsExpire === undefined ? {} : { expiration: options.credentialsExpire }) },
  };
  const clients = {
    sqs: new SQSClient(settings),
    s3: new S3Client(settings),
    presigning: new S3Client({ ...settings, requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' }),
    kms: new KMSClient(settings),
    iot: new IoTClient(settings),
    iotData: new IoTDataPlaneClient(settings),
    secrets: new SecretsManagerClient(settings),
    ssm: new SSMClient(settings),
  };
  return {
    moto,
    url: proxy.url,
    settings,
    clients,
    /** What a function's environment says of AWS. */
    environment: awsEnvironment(proxy.url),
    /** Distinct for each caller, so that tests share one moto. */
    prefix: `t-${randomBytes(6).toString('hex')}`,
    async close() {
      for (const client of Object.values(clients)) client.destroy();
      await proxy.close();
    },
  };
}

export type TestAws = Awaited<ReturnType<typeof testAws>>;

/** The product's buckets, by names of their own. */
export async function createBuckets(aws: TestAws): Promise<Readonly<Record<Bucket, string>>> {
  const names = Object.fromEntries(BUCKET_NAMES.map((bucket) => [bucket, `${aws.prefix}-${bucket}`])) as Record<Bucket, string>;
  for (const name of Object.values(names))
    await aws.clients.s3.send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }));
  return names;
}

/** Answers the first calls of one kind itself, with this refusal, and lets all others through. */
export function refusing(
  which: (call: Parameters<Intercept>[0]) => boolean,
  answer: (call: Parameters<Intercept>[0]) => Awaited<ReturnType<Intercept>>,
  times = Infinity,
): Intercept & { readonly refused: () => number } {
  let count = 0;
  const intercept: Intercept = (call, next) => {
    if (count >= times || !which(call)) return next(call);
    count += 1;
    return Promise.resolve(answer(call));
  };
  return Object.assign(intercept, { refused: () => count });
}
