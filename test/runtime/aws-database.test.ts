import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { expect } from 'expect';
import { sql } from 'kysely';
import { systemClock } from '../../lib/adapters/system/system-clock.ts';
import { FUNCTION_VARIABLES } from '../../lib/core/shared/function-variables.ts';
import { awsBase } from '../../lib/runtime/aws-base.ts';
import { openAwsDatabase } from '../../lib/runtime/aws-database.ts';
import { startPostgres } from '../support/postgres.ts';
import { needsPostgres } from '../support/requirements.ts';
import { serverCertificate } from '../support/server-certificate.ts';

/** A value of the right shape for each variable that the function needs. */
function shaped(name: string): string {
  if (name.endsWith('_ARN')) return 'arn:aws:service:us-east-1:123456789012:thing';
  return name.endsWith('_URL') ? `https://sqs.us-east-1.amazonaws.com/1/${name.toLowerCase()}` : 'x';
}

const ENVIRONMENT = {
  ...Object.fromEntries(FUNCTION_VARIABLES['drain-iot'].map((name) => [name, shaped(name)])),
  WINDLASS_FUNCTION: 'drain-iot', DATABASE_ACCESS: 'direct', DATABASE_URL_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:url-AbCdEf',
  AWS_ACCOUNT_ID: '123456789012', AWS_PARTITION: 'aws', SERVER_DOMAIN: 'windlass.example.test', ACCOUNT_NAME: 'acme', MESSAGE_QUEUE_TYPE: 'sqs',
  ENCRYPTION_TYPE: 'kms', MQTT_BROKER_TYPE: 'iotcore', OBJECT_STORAGE_TYPE: 'aws', OBSERVABILITY_VENDOR: 'Disabled', LICENSE_TYPE: 'none', AWS_REGION: 'us-east-1',
};

function open(url: string) {
  const base = awsBase(ENVIRONMENT, { telemetry: { log: () => {}, count: () => {}, span: (_name: string, work: () => unknown) => work() } as never });
  const text = async () => JSON.stringify({ DATABASE_URL: url });
  const kysely = openAwsDatabase(base, {
    client: () => { throw new Error('the Data API is not used'); }, secrets: { text, fresh: text }, marker: { touch: async () => {} },
    admission: { passed: async () => {} },
  });
  return { base, kysely };
}

describe('the database of a function that connects by itself', needsPostgres, () => {
  it('is reached where nothing but encrypted connections are taken', async () => {
    const postgres = await startPostgres({ fsync: false, tls: await serverCertificate('127.0.0.1') });
    try {
      const { kysely } = open(`${postgres.url}?sslmode=require`);
      expect((await sql<{ ssl: boolean }>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(kysely)).rows).toEqual([{ ssl: true }]);
      await kysely.destroy();
    } finally {
      await postgres.stop();
    }
  });

  it('is waited for by each function as long as its own call allows, and once in any case', async () => {
    const held = new Set<Socket>();
    const asleep = createServer((socket) => void held.add(socket)).listen(0, '127.0.0.1');
    await once(asleep, 'listening');
    const { base, kysely } = open(`postgres://u:p@127.0.0.1:${(asleep.address() as AddressInfo).port}/d`);
    // Seven seconds are all that this function has; ten are kept back where there are more.
    base.invocations.begin({ getRemainingTimeInMillis: () => 7000, awsRequestId: '1' });
    const began = systemClock.now().getTime();
    try {
      await expect(sql`select 1`.execute(kysely)).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { retryAfterSeconds: 5 } });
      const took = systemClock.now().getTime() - began;
      expect(took).toBeGreaterThan(2500);
      expect(took).toBeLessThan(7000);
    } finally {
      await kysely.destroy();
      for (const socket of held) socket.destroy();
      asleep.close();
    }
  });
});
