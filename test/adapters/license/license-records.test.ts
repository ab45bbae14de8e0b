import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { objectRecords } from '../../../lib/adapters/license/object-records.ts';
import { s3Records } from '../../../lib/adapters/license/s3-records.ts';
import { newRecord, recordAnswer } from '../../../lib/core/license/license-grace.ts';
import type { LicenseRecords } from '../../../lib/core/ports/license.ts';
import { testApp } from '../../support/app.ts';
import { testAws, type TestAws } from '../../support/aws.ts';
import { errorAnswer } from '../../support/aws-proxy.ts';
import { awsEnvironment } from '../../support/moto.ts';
import { granted } from '../../support/license-builders.ts';
import { needsMoto } from '../../support/requirements.ts';

const record = recordAnswer(
  recordAnswer(newRecord('aws'), granted({ validUntil: new Date('2027-01-01T00:00:00Z'), limits: { workers: 3, users: null }, features: ['sso'] }, 'held'), new Date('2026-01-01T00:00:00Z')),
  { kind: 'inconclusive', reason: 'throttled', isBuildFault: false },
  new Date('2026-01-02T00:00:00Z'),
);

/** What every place for the record does. */
function recordsContract(open: () => Promise<{ readonly records: LicenseRecords; readonly close: () => Promise<void> }>): void {
  let records: LicenseRecords;
  let close: () => Promise<void>;
  before(async () => {
    ({ records, close } = await open());
  });
  after(() => close());

  it('keeps the record as it is, and only for whoever read the last one', async () => {
    expect(await records.read()).toBeUndefined();
    const first = await records.replace(record, undefined);
    expect(first).toBeDefined();
    expect(await records.read()).toEqual({ record, version: first });

    expect(await records.replace({ ...record, held: 'other' }, undefined)).toBeUndefined();
    const second = await records.replace({ ...record, held: 'other' }, first);
    expect(await records.replace(record, first)).toBeUndefined();
    expect(await records.read()).toEqual({ record: { ...record, held: 'other' }, version: second });
  });

  it('lets one of ten at once write', async () => {
    const version = (await records.read())?.version;
    const written = await Promise.all(Array.from({ length: 10 }, (_, index) => records.replace({ ...record, held: `h${index}` }, version)));
    expect(written.filter((outcome) => outcome !== undefined)).toHaveLength(1);
  });
}

describe('the record of the licence among files', () => {
  recordsContract(async () => {
    const app = await testApp();
    return { records: objectRecords(app.ports.objects), close: () => app.close() };
  });
});

describe('the record of the licence in S3', needsMoto, () => {
  const open = async (aws: TestAws) => {
    const bucket = `${aws.prefix}-states`;
    await aws.clients.s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }));
    return { records: s3Records({ environment: awsEnvironment(aws.url), bucket }), close: () => aws.close() };
  };
  recordsContract(async () => open(await testAws()));

  it('says that S3 is away rather than that there is no record', async () => {
    const aws = await testAws({ intercept: async (call, next) => (call.method === 'GET' ? errorAnswer(call, 503, 'SlowDown', 'later') : next(call)) });
    const { records, close } = await open(aws);
    try {
      await expect(records.read()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    } finally {
      await close();
    }
  });
});
