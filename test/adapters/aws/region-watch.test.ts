import { after, before, beforeEach, describe, it } from 'node:test';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { expect } from 'expect';
import { regionWatch } from '../../../lib/adapters/aws/region-watch.ts';
import type { Ports } from '../../../lib/core/ports/ports.ts';
import { takeTick } from '../../../lib/edge/drain/scheduler.ts';
import { testAws, type TestAws } from '../../support/aws.ts';
import { awsEnvironment, MOTO_REGION } from '../../support/moto.ts';
import { needsMoto } from '../../support/requirements.ts';

describe('a region that another may take over from', needsMoto, () => {
  let aws: TestAws;
  let Bucket: string;
  let lines: string[] = [];
  before(async () => {
    aws = await testAws();
    Bucket = `${aws.prefix}-states`;
    await aws.clients.s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: MOTO_REGION } }));
  });
  after(() => aws?.close());
  beforeEach(async () => {
    lines = [];
    await aws.clients.s3.send(new DeleteObjectCommand({ Bucket, Key: 'dr/epoch.json' }));
    for (const name of ['mode', 'active', 'epoch']) await aws.clients.ssm.send(new DeleteParameterCommand({ Name: parameter(name) })).catch(() => undefined);
    await set('mode', 'on');
    await set('active', 'true');
  });

  const parameter = (name: string) => `/${aws.prefix}/${name}`;
  const set = (name: string, Value: string) => aws.clients.ssm.send(new PutParameterCommand({ Name: parameter(name), Value, Type: 'String', Overwrite: true }));
  const get = async (name: string) => (await aws.clients.ssm.send(new GetParameterCommand({ Name: parameter(name) }))).Parameter?.Value;
  const begun = (epoch: number, region: string) =>
    aws.clients.s3.send(new PutObjectCommand({ Bucket, Key: 'dr/epoch.json', Body: JSON.stringify({ epoch, region, at: '2026-01-01T00:00:00.000Z', failover: 'f' }) }));
  const telemetry = { log: (_level: string, message: string) => void lines.push(message), count: (name: string) => void lines.push(name) };
  const watch = (bucket = Bucket) => regionWatch({ environment: awsEnvironment(aws.url), region: MOTO_REGION, bucket, modeParameter: parameter('mode'), telemetry });
  const stands = async () => [await get('mode'), await get('active')];

  it('goes on while no failover has been', async () => {
    expect(await watch()()).toBe(false);
    expect(await stands()).toEqual(['on', 'true']);
  });

  it('stops itself once the word arrives that the other one serves', async () => {
    await begun(1, 'eu-central-1');

    expect(await watch()()).toBe(true);
    expect(await stands()).toEqual(['off', 'false']);
    expect(lines).toEqual(['another region serves: this one has stopped', 'RegionSuperseded']);
  });

  it('goes on when it is the one that serves, and when the word is older than its own', async () => {
    await begun(2, MOTO_REGION);
    expect(await watch()()).toBe(false);
    await set('epoch', '3');
    await begun(2, 'eu-central-1');
    expect(await watch()()).toBe(false);
    expect(await stands()).toEqual(['on', 'true']);

    await begun(4, 'eu-central-1');
    expect(await watch()()).toBe(true);
  });

  it('goes on, and says so, when the word cannot be read', async () => {
    await aws.clients.s3.send(new PutObjectCommand({ Bucket, Key: 'dr/epoch.json', Body: '{"epoch":' }));

    expect(await watch()()).toBe(false);
    expect(lines).toEqual(['which region serves could not be looked up']);
    expect(await stands()).toEqual(['on', 'true']);
  });

  it('looks at every tick, and does nothing else once it has given way', async () => {
    await begun(1, 'eu-central-1');
    const untouched = new Proxy({}, { get: (_, name) => { throw new Error(`${String(name)} was used`); } });
    const ports = { telemetry } as unknown as Ports;
    const scheduler = { marker: untouched as never, resend: () => Promise.reject(new Error('sent')), gaveWay: watch() };

    await takeTick(ports, scheduler, 'tick');

    expect(lines).toEqual(['SchedulerTick', 'another region serves: this one has stopped', 'RegionSuperseded']);
    await expect(takeTick(ports, { ...scheduler, gaveWay: () => Promise.resolve(false) }, 'tick')).rejects.toThrow('read was used');
  });
});
