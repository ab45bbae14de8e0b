import { ACMClient } from '@aws-sdk/client-acm';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECRClient } from '@aws-sdk/client-ecr';
import { IAMClient } from '@aws-sdk/client-iam';
import { IoTClient } from '@aws-sdk/client-iot';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { LicenseManagerClient } from '@aws-sdk/client-license-manager';
import { RDSClient } from '@aws-sdk/client-rds';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { AGENT } from '../../adapters/aws/clients/settings.ts';

const SETTINGS = {
  maxAttempts: 5,
  retryMode: 'standard',
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true, httpsAgent: AGENT, httpAgent: AGENT },
} as const;

/** Clients of the services that the commands call, in one region. Credentials and addresses come from the operator's environment. */
export function awsClients(region: string, overrides: { readonly endpoint?: string } = {}) {
  const settings = { ...SETTINGS, region, ...overrides };
  const clients = {
    acm: new ACMClient(settings),
    cloudFormation: new CloudFormationClient(settings),
    ec2: new EC2Client(settings),
    ecr: new ECRClient(settings),
    iam: new IAMClient(settings),
    iot: new IoTClient(settings),
    kms: new KMSClient(settings),
    lambda: new LambdaClient(settings),
    licenseManager: new LicenseManagerClient(settings),
    quotas: new ServiceQuotasClient(settings),
    rds: new RDSClient(settings),
    s3: new S3Client(settings),
    secrets: new SecretsManagerClient(settings),
    sns: new SNSClient(settings),
    sqs: new SQSClient(settings),
    ssm: new SSMClient(settings),
    sts: new STSClient(settings),
  };
  return {
    ...clients,
    region,
    /** The address of a service that has no client here. */
    endpointOf: (service: string, inRegion: string): string => (overrides.endpoint ?? process.env.AWS_ENDPOINT_URL ?? `https://${service}.${inRegion}.amazonaws.com`).replace(/\/$/, ''),
    close() {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

export type AwsClients = ReturnType<typeof awsClients>;

/** Whether a call failed with an error of one of these names. */
export const failedWith = (error: unknown, ...names: readonly string[]): boolean => typeof error === 'object' && error !== null && names.includes((error as { name?: string }).name ?? '');
