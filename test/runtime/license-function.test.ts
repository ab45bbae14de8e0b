import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Context } from 'aws-lambda';
import { CreateBucketCommand, DeleteObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'expect';
import { s3Records } from '../../lib/adapters/license/s3-records.ts';
import { licenseFunction } from '../../lib/runtime/license-function.ts';
import { testAws, type TestAws } from '../support/aws.ts';
import { aLicense, licenseManager, type LicenseManagerDouble } from '../support/license-manager.ts';
import { awsEnvironment } from '../support/moto.ts';
import { needsMoto } from '../support/requirements.ts';

interface Told {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly RequestId: string;
}

describe('the function that asks for the licence', needsMoto, () => {
  let aws: TestAws;
  let bucket: string;
  let service: LicenseManagerDouble;
  let told: Told[];
  const address = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      told.push(JSON.parse(Buffer.concat(parts).toString('utf8')) as Told);
      response.end();
    });
  });
  const before_ = { ...process.env };

  before(async () => {
    aws = await testAws();
    service = await licenseManager();
    bucket = `${aws.prefix}-states`;
    await aws.clients.s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }));
    await new Promise<void>((resolve) => address.listen(0, '127.0.0.1', resolve));
    // The product's clients find these services the way an operator would point them elsewhere.
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_LICENSE_MANAGER: service.url, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret',
    });
  });
  after(async () => {
    for (const name of Object.keys(process.env)) if (!(name in before_)) delete process.env[name];
    Object.assign(process.env, before_);
    address.closeAllConnections();
    address.close();
    expect(service.modelFaults).toEqual([]);
    await service.close();
    await aws.close();
  });
  beforeEach(async () => {
    told = [];
    service.calls.splice(0);
    service.licenses = [aLicense({ Validity: { Begin: '2025-01-01T00:00:00Z', End: '2099-01-01T00:00:00Z' } })];
    service.seats = 1;
    service.expireTokens();
    await aws.clients.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'license/state.json' }));
  });

  const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 50_000, functionName: 'license', invokedFunctionArn: '', memoryLimitInMB: '256' } as unknown as Context;
  const call = (event: unknown, type = 'aws') =>
    licenseFunction({
      WINDLASS_FUNCTION: 'license', SERVER_DOMAIN: 'windlass.example.test', ACCOUNT_NAME: 'acme', AWS_ACCOUNT_ID: '123456789012', AWS_PARTITION: 'aws', AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL_S3: aws.url, AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret',
      OBSERVABILITY_VENDOR: 'Disabled', METRICS_NAMESPACE: 'platform', MODE_PARAMETER: '/platform/mode', LICENSE_TYPE: type, OBJECT_STORAGE_TYPE: 'aws', OBJECT_STORAGE_BUCKET_STATES: bucket,
    })(event, context);
  const deploy = async (RequestType: 'Create' | 'Update' | 'Delete', RequestId: string, properties: object = { ProductSku: 'prod-abc', KeyFingerprint: '', Entitlements: ['enterprise'] }) => {
    await call({
      RequestType, RequestId, ResponseURL: `http://127.0.0.1:${(address.address() as AddressInfo).port}/answer`, StackId: 'stack', LogicalResourceId: 'Check', ResourceType: 'Custom::License',
      ServiceToken: 'arn', ...(RequestType === 'Create' ? {} : { PhysicalResourceId: 'license' }), ResourceProperties: { ServiceToken: 'arn', ...properties },
    });
    return told.at(-1);
  };
  const kept = async () => (await s3Records({ environment: awsEnvironment(aws.url), bucket }).read())?.record;
  const asked = () => service.calls.map(({ operation }) => operation);

  it('admits a first deployment with a licence, once for each request, and keeps it by its schedule', async () => {
    expect(await deploy('Create', 'deploy-1')).toMatchObject({ Status: 'SUCCESS', RequestId: 'deploy-1' });
    expect(service.calls.find(({ operation }) => operation === 'CheckoutLicense')?.body.ClientToken).toBe('deploy-1');
    expect(await kept()).toMatchObject({ goodAt: expect.any(Date), grant: { tier: 'enterprise', limits: { workers: 5 } } });

    expect(await call({ name: 'tick', body: { tick: 'license' } })).toEqual({ checked: true, state: 'valid' });
    expect(asked()).toEqual(['ListReceivedLicenses', 'CheckoutLicense', 'ExtendLicenseConsumption', 'ListReceivedLicenses']);
  });

  it('has a first deployment rolled back without one, and says why', async () => {
    service.licenses = [];
    expect(await deploy('Create', 'deploy-1')).toMatchObject({ Status: 'FAILED', Reason: 'the licence does not allow this deployment: no licence for prod-abc was received' });
    expect(await deploy('Create', 'deploy-2', { ProductSku: '' })).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('license.product_sku') });
  });

  it('holds a later one back on a denial, and always lets go', async () => {
    await deploy('Create', 'deploy-1');
    service.licenses = [aLicense({ Status: 'SUSPENDED' })];

    expect(await deploy('Update', 'deploy-2')).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('SUSPENDED') });
    expect(await call({})).toEqual({ checked: true, state: 'grace' });
    expect(await deploy('Delete', 'deploy-3')).toMatchObject({ Status: 'SUCCESS' });
    expect(await deploy('Delete', 'deploy-4', {})).toMatchObject({ Status: 'SUCCESS' });
  });

  it('checks in what it holds for the other region, and takes it again when it is asked to check', async () => {
    await deploy('Create', 'deploy-8');
    expect(await call({ do: 'release' })).toEqual({ released: true });
    expect(service.held()).toBe(0);
    expect(await call({ do: 'release' })).toEqual({ released: true });
    expect(await call({})).toEqual({ checked: true, state: 'valid' });
    expect(service.held()).toBe(1);
    await call({ do: 'release' });
  });

  it('checks in what it holds when the installation goes', async () => {
    await deploy('Create', 'deploy-9');
    expect(service.held()).toBe(1);
    await deploy('Delete', 'deploy-2');
    expect(service.held()).toBe(0);
  });

  it('asks nobody where no licence is needed', async () => {
    expect(await call({}, 'none')).toEqual({ checked: false });
    expect(asked()).toEqual([]);
  });
});
