import { CreateKeyCommand, type CreateKeyRequest, type KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, PutBucketCorsCommand, PutBucketVersioningCommand, type CORSRule, type S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, GetRandomPasswordCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, DeleteQueueCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { DeleteParameterCommand, PutParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { MOTO_REGION } from '../moto.ts';
import type { Wanted } from './deployment.ts';
import type { Made } from './template.ts';

/** Clients of whoever deploys. */
export interface OperatorClients {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly kms: KMSClient;
  readonly ssm: SSMClient;
  readonly secrets: SecretsManagerClient;
}

type Maker = (clients: OperatorClients, properties: Readonly<Record<string, unknown>>, wanted: Wanted) => Promise<Made>;

const text = (value: unknown): string => String(value);

const bucket: Maker = async ({ s3 }, { BucketName, VersioningConfiguration, CorsConfiguration }) => {
  const name = text(BucketName);
  await s3.send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration: { LocationConstraint: MOTO_REGION } }));
  if ((VersioningConfiguration as { readonly Status?: string } | undefined)?.Status === 'Enabled')
    await s3.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: 'Enabled' } }));
  const rules = (CorsConfiguration as { readonly CorsRules?: readonly CORSRule[] } | undefined)?.CorsRules;
  if (rules !== undefined) await s3.send(new PutBucketCorsCommand({ Bucket: name, CORSConfiguration: { CORSRules: [...rules] } }));
  const domain = `${name}.s3.${MOTO_REGION}.amazonaws.com`;
  return { ref: name, attributes: { Arn: `arn:aws:s3:::${name}`, DomainName: domain, RegionalDomainName: domain } };
};

const QUEUE_ATTRIBUTES = [
  'VisibilityTimeout',
  'MessageRetentionPeriod',
  'DelaySeconds',
  'ReceiveMessageWaitTimeSeconds',
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
] as const;

const queue: Maker = async ({ sqs }, properties) => {
  const attributes: Record<string, string> = {};
  for (const name of QUEUE_ATTRIBUTES) if (properties[name] !== undefined) attributes[name] = text(properties[name]);
  if (properties.RedrivePolicy !== undefined) attributes.RedrivePolicy = JSON.stringify(properties.RedrivePolicy);
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName: text(properties.QueueName), Attributes: attributes }));
  const { Attributes: made } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  return { ref: url, attributes: { Arn: made?.QueueArn ?? '', QueueName: text(properties.QueueName), QueueUrl: url } };
};

// moto cannot decrypt by a multi-Region key: its ids are longer there than in its ciphertexts. Nothing here has a second region, so keys are made in one.
const key: Maker = async ({ kms }, { KeySpec, KeyUsage, Description }) => {
  const request: CreateKeyRequest = {
    Description: text(Description),
    ...(KeySpec === undefined ? {} : { KeySpec: KeySpec as CreateKeyRequest['KeySpec'] }),
    ...(KeyUsage === undefined ? {} : { KeyUsage: KeyUsage as CreateKeyRequest['KeyUsage'] }),
  };
  const { KeyMetadata: made } = await kms.send(new CreateKeyCommand(request));
  return { ref: made?.KeyId ?? '', attributes: { Arn: made?.Arn ?? '', KeyId: made?.KeyId ?? '' } };
};

const parameter: Maker = async ({ ssm }, { Name, Value, Type }) => {
  await ssm.send(new PutParameterCommand({ Name: text(Name), Value: text(Value), Type: Type as 'String', Overwrite: true }));
  return { ref: text(Name), attributes: { Value: text(Value), Type: text(Type) } };
};

interface Generated {
  readonly SecretStringTemplate?: string;
  readonly GenerateStringKey?: string;
  readonly PasswordLength?: number;
  readonly ExcludePunctuation?: boolean;
}

const secret: Maker = async ({ secrets }, { Name, GenerateSecretString, SecretString }) => {
  let value = SecretString as string | undefined;
  if (GenerateSecretString !== undefined) {
    const { SecretStringTemplate: template, GenerateStringKey: name, PasswordLength: length, ExcludePunctuation: plain } = GenerateSecretString as Generated;
    const { RandomPassword: made } = await secrets.send(new GetRandomPasswordCommand({ PasswordLength: length, ExcludePunctuation: plain }));
    value = name === undefined ? made : JSON.stringify({ ...(JSON.parse(template ?? '{}') as object), [name]: made });
  }
  const { ARN: arn = '' } = await secrets.send(new CreateSecretCommand({ Name: text(Name), ...(value === undefined ? {} : { SecretString: value }) }));
  return { ref: arn, attributes: { Id: arn } };
};

const MAKERS: Readonly<Record<string, Maker>> = {
  'AWS::S3::Bucket': bucket,
  'AWS::SQS::Queue': queue,
  'AWS::KMS::Key': key,
  'AWS::SSM::Parameter': parameter,
  'AWS::SecretsManager::Secret': secret,
};

/** Makes in moto what holds data; undefined for everything else. */
export async function makeStore(clients: OperatorClients, wanted: Wanted): Promise<Made | undefined> {
  return MAKERS[wanted.type]?.(clients, wanted.properties, wanted);
}

/** Takes away what moto made of a resource that nothing retains; false for everything else. What keeps data is never taken away. */
export async function removeStore({ sqs, ssm }: OperatorClients, { type }: Wanted, { ref }: Made): Promise<boolean> {
  if (type === 'AWS::SQS::Queue') await sqs.send(new DeleteQueueCommand({ QueueUrl: ref }));
  else if (type === 'AWS::SSM::Parameter') await ssm.send(new DeleteParameterCommand({ Name: ref }));
  else return false;
  return true;
}
