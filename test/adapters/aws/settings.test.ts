import { after, before, describe, it } from 'node:test';
import { CreateSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { expect } from 'expect';
import { secrets } from '../../../lib/adapters/aws/secrets.ts';
import { ssmMode } from '../../../lib/adapters/aws/ssm-mode.ts';
import { refusing, testAws, type TestAws } from '../../support/aws.ts';
import { errorAnswer, type Intercept } from '../../support/aws-proxy.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { awsEnvironment } from '../../support/moto.ts';
import { needsMoto } from '../../support/requirements.ts';

describe('settings kept in AWS', needsMoto, () => {
  let aws: TestAws;
  let calls = 0;
  let refuse: Intercept | undefined;

  before(async () => {
    aws = await testAws({
      intercept: (call, next) => {
        calls += 1;
        return refuse === undefined ? next(call) : refuse(call, next);
      },
    });
  });
  after(() => aws.close());

  describe('the mode of the installation', () => {
    const open = (clock = fakeClock()) => {
      const logged: string[] = [];
      const parameter = `/${aws.prefix}/mode`;
      const mode = ssmMode({ environment: aws.environment, parameter, clock, telemetry: { log: (_level, message) => void logged.push(message) } });
      const set = (value: string) =>
        aws.clients.ssm.send(new PutParameterCommand({ Name: parameter, Value: value, Type: 'String', Overwrite: true }));
      return { mode, set, clock, logged };
    };

    it('is on while nobody set it', async () => {
      expect(await open().mode.isOff()).toBe(false);
    });

    it('is read again after fifteen seconds, not sooner', async () => {
      const { mode, set, clock } = open();
      await set('off');
      expect(await mode.isOff()).toBe(true);
      await set('on');
      clock.advance(14_999);
      const before = calls;
      expect(await mode.isOff()).toBe(true);
      expect(calls).toBe(before);
      clock.advance(1);
      expect(await mode.isOff()).toBe(false);
    });

    it('stays what it was while it cannot be read', async () => {
      const { mode, set, clock, logged } = open();
      await set('off');
      expect(await mode.isOff()).toBe(true);
      clock.advance(15_000);
      refuse = refusing(
        () => true,
        (call) => errorAnswer(call, 400, 'AccessDeniedException', 'no'),
      );
      expect(await mode.isOff()).toBe(true);
      refuse = undefined;
      expect(logged).toEqual(['the mode of the installation could not be read']);
      await set('on');
    });
  });

  describe('secrets', () => {
    const create = async (name: string, value?: string) =>
      (
        await aws.clients.secrets.send(
          new CreateSecretCommand({ Name: `${aws.prefix}/${name}`, ...(value === undefined ? {} : { SecretString: value }) }),
        )
      ).ARN ?? '';

    it('are read once in five minutes, also by two who ask at once', async () => {
      const clock = fakeClock();
      const store = secrets({ client: () => aws.clients.secrets, clock });
      const arn = await create('app', 'one');
      const before = calls;
      expect(await Promise.all([store.text(arn), store.text(arn)])).toEqual(['one', 'one']);
      expect(calls).toBe(before + 1);

      await aws.clients.secrets.send(new PutSecretValueCommand({ SecretId: arn, SecretString: 'two' }));
      clock.advance(299_999);
      expect(await store.text(arn)).toBe('one');
      clock.advance(1);
      expect(await store.text(arn)).toBe('two');
    });

    it('are read at once by who was refused with the old value', async () => {
      const store = secrets({ client: () => aws.clients.secrets, clock: fakeClock() });
      const arn = await create('rotated', 'one');
      await store.text(arn);
      await aws.clients.secrets.send(new PutSecretValueCommand({ SecretId: arn, SecretString: 'two' }));
      expect(await store.fresh(arn)).toBe('two');
      expect(await store.text(arn)).toBe('two');
    });

    it('are undefined when they are not there, or have no value yet', async () => {
      const store = secrets({ client: () => aws.clients.secrets, clock: fakeClock() });
      expect(await store.text(`${aws.prefix}/nowhere`)).toBeUndefined();
      expect(await store.text(await create('empty'))).toBeUndefined();
    });

    it('are asked for again after a failure, which names no value', async () => {
      const store = secrets({ client: () => aws.clients.secrets, clock: fakeClock() });
      const arn = await create('denied', 'canary-secret');
      refuse = refusing(
        () => true,
        (call) => errorAnswer(call, 400, 'AccessDeniedException', 'no'),
      );
      await expect(store.text(arn)).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.not.stringContaining('canary') });
      refuse = undefined;
      expect(await store.text(arn)).toBe('canary-secret');
    });
  });

  it('is found by the standard variables of the SDK and nothing else, by a client that is made once', async () => {
    const before = calls;
    const saved = { ...process.env };
    Object.assign(process.env, awsEnvironment(aws.url));
    try {
      const { sqsClient } = await import('../../../lib/adapters/aws/clients/sqs.ts');
      await sqsClient().send(new ListQueuesCommand({}));
      expect(sqsClient()).toBe(sqsClient());
      expect(calls).toBe(before + 1);
      sqsClient().destroy();
    } finally {
      for (const name of Object.keys(awsEnvironment(''))) {
        if (saved[name] === undefined) delete process.env[name];
        else process.env[name] = saved[name];
      }
    }
  });
});
