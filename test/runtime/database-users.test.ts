import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { CreateSecretCommand, DescribeSecretCommand, GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect } from 'expect';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { mendOwner, parseUser, rotate, type RotationEvent } from '../../lib/runtime/database-users.ts';
import { testAws, type TestAws } from '../support/aws.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { needsMoto, needsPostgres } from '../support/requirements.ts';

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;

describe('the rotation of the owner\'s password', { ...needsMoto, ...needsPostgres }, () => {
  let aws: TestAws;
  let postgres: TestPostgres;
  let admin: pg.Client;
  before(async () => {
    [aws, postgres] = await Promise.all([testAws(), startPostgres({ fsync: false, passwords: true })]);
    admin = new pg.Client({ connectionString: postgres.url });
    await admin.connect();
  });
  after(async () => {
    await admin.end();
    await postgres.stop();
    await aws.close();
  });

  /** A user that may change its own password, with a secret, and statements each of which is signed in with the value in force. */
  async function owner() {
    const username = `owner_${randomUUID().slice(0, 8)}`;
    await admin.query(`create role ${username} login password 'first' createrole`);
    const value = JSON.stringify({ username, password: 'first' });
    const { ARN: secret = '' } = await aws.clients.secrets.send(new CreateSecretCommand({ Name: `${aws.prefix}/${username}`, SecretString: value }));
    const inForce = async () => {
      const { SecretString } = await aws.clients.secrets.send(new GetSecretValueCommand({ SecretId: secret, VersionStage: 'AWSCURRENT' }));
      return parseUser(SecretString);
    };
    /** Counts what happens outside; `cut` ends it before or after one of these. */
    const fault = { calls: 0, at: -1, when: 'after' as 'before' | 'after' };
    const cut = async <T>(work: () => Promise<T>): Promise<T> => {
      const index = fault.calls++;
      if (index === fault.at && fault.when === 'before') throw new Error('cut');
      const result = await work();
      if (index === fault.at) throw new Error('cut');
      return result;
    };
    const pool = {
      connect: async () => {
        const { hostname: host, port } = new URL(postgres.url);
        const client = new pg.Client({ host, port: Number(port), database: 'postgres', user: username, password: (await inForce()).password });
        await client.connect();
        return { query: (text: string, values: unknown[]) => cut(() => client.query(text, values)), release: () => void client.end() };
      },
      end: async () => {},
    };
    const db = new Kysely<never>({ dialect: new PostgresDialect({ pool: pool as never }) });
    const client = () => ({ send: (command: never) => cut(() => aws.clients.secrets.send(command)) }) as unknown as SecretsManagerClient;
    const token = randomUUID();
    const needs = { client, db, ownerSecretId: secret };
    const step = (Step: RotationEvent['Step']) => rotate(needs, { Step, SecretId: secret, ClientRequestToken: token });
    const current = async () => Object.entries((await aws.clients.secrets.send(new DescribeSecretCommand({ SecretId: secret }))).VersionIdsToStages ?? {})
      .find(([, stages]) => stages.includes('AWSCURRENT'))?.[0];
    return { username, secret, token, fault, needs, step, inForce, current, signIn: () => sql`select 1`.execute(db) };
  }

  /** As the service does it: what failed begins again from the first step. */
  async function rotateAgain({ step }: Pick<Awaited<ReturnType<typeof owner>>, 'step'>): Promise<void> {
    for (const name of STEPS) await step(name);
  }

  it('changes it in the database and in the secret', async () => {
    const one = await owner();
    await rotateAgain(one);

    expect(await one.current()).toBe(one.token);
    expect((await one.inForce()).password).not.toBe('first');
    await one.signIn();
  });

  it('goes on from wherever it was cut, and lets the owner in in the end', async () => {
    const whole = await owner();
    await rotateAgain(whole);
    const { calls } = whole.fault;
    expect(calls).toBeGreaterThan(8);

    let cuts = 0;
    for (let at = 0; at < calls; at++) {
      for (const when of ['before', 'after'] as const) {
        const one = await owner();
        Object.assign(one.fault, { at, when });
        await rotateAgain(one).catch((error: Error) => {
          expect([at, when, error.message]).toEqual([at, when, 'cut']);
          cuts++;
        });
        one.fault.at = -1;
        await rotateAgain(one);

        expect([at, when, (await one.current()) === one.token]).toEqual([at, when, true]);
        await one.signIn();
      }
    }
    // The first call finds no value yet: after that failure there is nothing to cut.
    expect(cuts).toBe(2 * calls - 1);
  });

  it('is mended without a rotation too, such as by the next deployment', async () => {
    const one = await owner();
    for (const name of STEPS.slice(0, 3)) await one.step(name);
    const pending = await aws.clients.secrets.send(new GetSecretValueCommand({ SecretId: one.secret, VersionStage: 'AWSPENDING' }));
    await admin.query(`alter role ${one.username} password '${parseUser(pending.SecretString).password}'`);
    await expect(one.signIn()).rejects.toMatchObject({ code: '28P01' });

    await mendOwner(one.needs);

    await one.signIn();
    expect(await one.current()).toBe(one.token);
  });

  it('takes no value for the right one that the database refuses as well', async () => {
    const one = await owner();
    await one.step('createSecret');
    const before = await one.current();
    await admin.query(`alter role ${one.username} password 'by hand'`);

    await expect(mendOwner(one.needs)).rejects.toThrow(/^the database refuses the password of the secret arn:.*: set it in the database/);
    expect(await one.current()).toBe(before);
  });
});
