import { after, before, describe, it } from 'node:test';
import { CreateKeyCommand, type CreateKeyCommandInput } from '@aws-sdk/client-kms';
import { expect } from 'expect';
import { decodeProtectedHeader } from 'jose';
import { kmsCipher } from '../../../lib/adapters/aws/kms-cipher.ts';
import { fetchPublicKey, kmsSigner } from '../../../lib/adapters/aws/kms-signer.ts';
import { randomIds } from '../../../lib/adapters/system/random-ids.ts';
import { listRetiredKeys, noteSigningKey } from '../../../lib/adapters/sql/signing-keys-store.ts';
import { unavailable } from '../../../lib/core/shared/errors.ts';
import { cipherContract } from '../../contracts/cipher.ts';
import { signerContract } from '../../contracts/signer.ts';
import { refusing, testAws, type TestAws } from '../../support/aws.ts';
import { errorAnswer, type AwsCall, type Intercept } from '../../support/aws-proxy.ts';
import { openTestDatabase } from '../../support/database.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { needsMoto } from '../../support/requirements.ts';

const ISSUER = 'https://windlass.example.com';

describe('KMS', needsMoto, () => {
  let aws: TestAws;
  let encryptionKey = '';
  let signingKey = '';
  let nextSigningKey = '';
  const calls: AwsCall[] = [];
  const denied = new Set<string>();

  before(async () => {
    const refuse = refusing(
      (call) => denied.has(call.operation ?? ''),
      (call) => errorAnswer(call, 400, 'AccessDeniedException', 'User is not authorized to perform this'),
    );
    const record: Intercept = (call, next) => {
      calls.push(call);
      return refuse(call, next);
    };
    aws = await testAws({ intercept: record });
    const create = async (input: CreateKeyCommandInput) => (await aws.clients.kms.send(new CreateKeyCommand(input))).KeyMetadata?.KeyId ?? '';
    encryptionKey = await create({});
    signingKey = await create({ KeySpec: 'RSA_4096', KeyUsage: 'SIGN_VERIFY' });
    nextSigningKey = await create({ KeySpec: 'RSA_4096', KeyUsage: 'SIGN_VERIFY' });
  });
  after(() => aws.close());

  const cipher = (account = 'acme') => kmsCipher({ client: () => aws.clients.kms, keyId: encryptionKey, account });
  const signer = (clock = fakeClock(), keyId = signingKey, retired?: (since: Date) => Promise<readonly string[]>) =>
    kmsSigner({ client: () => aws.clients.kms, keyId, retired, issuer: ISSUER, clock, ids: randomIds(clock) });
  const operations = async (work: () => Promise<unknown>) => {
    const from = calls.length;
    await work();
    return calls.slice(from).map((call) => call.operation);
  };

  describe('as the cipher', () => {
    cipherContract(async () => cipher());

    it('binds the account, the table and the id in the key service itself', async () => {
      const from = calls.length;
      await cipher().encrypt(Buffer.from('secret'), { table: 'config_elements', id: '01H' });
      expect(JSON.parse(calls[from]?.body.toString() ?? '{}')).toMatchObject({
        KeyId: encryptionKey,
        KeySpec: 'AES_256',
        EncryptionContext: { account: 'acme', table: 'config_elements', id: '01H' },
      });
    });

    it('reads nothing of another account', async () => {
      const sealed = await cipher('acme').encrypt(Buffer.from('secret'), { id: '1' });
      await expect(cipher('other').decrypt(sealed, { id: '1' })).rejects.toThrow(/not a ciphertext of this record/);
    });

    it('asks for a data key for each record and keeps none', async () => {
      const one = cipher();
      expect(
        await operations(async () => {
          const sealed = await one.encrypt(Buffer.from('a'), { id: '1' });
          await one.encrypt(Buffer.from('b'), { id: '2' });
          await one.decrypt(sealed, { id: '1' });
          await one.decrypt(sealed, { id: '1' });
        }),
      ).toEqual(['GenerateDataKey', 'GenerateDataKey', 'Decrypt', 'Decrypt']);
    });

    it('never sends the plaintext anywhere', async () => {
      const from = calls.length;
      await cipher().encrypt(Buffer.from('canary-plaintext'), { id: '1' });
      expect(
        calls
          .slice(from)
          .some((call) => call.body.includes('canary-plaintext') || call.body.includes(Buffer.from('canary-plaintext').toString('base64'))),
      ).toBe(false);
    });

    it('says that the platform is refused, and what to look at, when KMS denies', async () => {
      const sealed = await cipher().encrypt(Buffer.from('secret'), { id: '1' });
      for (const operation of ['GenerateDataKey', 'Decrypt']) denied.add(operation);
      const refusal = expect.objectContaining({
        code: 'UNAVAILABLE',
        message: expect.stringContaining("the key service refuses the platform: an operator must look at the function's role"),
      });
      await expect(cipher().encrypt(Buffer.from('x'), { id: '1' })).rejects.toEqual(refusal);
      await expect(cipher().decrypt(sealed, { id: '1' })).rejects.toEqual(refusal);
      denied.clear();
      expect((await cipher().decrypt(sealed, { id: '1' })).toString()).toBe('secret');
    });

    it('says the same of a key that was disabled', async () => {
      const disabled = refusing(
        (call) => call.service === 'kms',
        (call) => errorAnswer(call, 400, 'DisabledException', 'the key is disabled'),
      );
      const other = await testAws({ intercept: disabled });
      const own = kmsCipher({ client: () => other.clients.kms, keyId: encryptionKey, account: 'acme' });
      await expect(own.encrypt(Buffer.from('secret'), { id: '1' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(disabled.refused()).toBe(1);
      await other.close();
    });
  });

  describe('as the signer', () => {
    signerContract(async () => {
      const clock = fakeClock();
      return { signer: signer(clock), clock, issuer: ISSUER };
    });

    it('asks for the public key once, signs a digest, and verifies here', async () => {
      const one = signer();
      const { token } = await one.sign({ sub: 'x', aud: ISSUER }, 60);
      expect(
        await operations(async () => {
          await one.sign({ sub: 'x', aud: ISSUER, large: 'x'.repeat(5000) }, 60);
          await one.verify(token, ISSUER);
          await one.publicKeys();
        }),
      ).toEqual(['Sign']);
      expect(JSON.parse(calls.at(-1)?.body.toString() ?? '{}')).toMatchObject({
        MessageType: 'DIGEST',
        SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
      });
    });

    it('takes tokens of a retired key for a day, publishes it as long, and signs with the new one', async () => {
      const database = await openTestDatabase();
      const sql = database.kysely;
      const clock = fakeClock();
      const retired = async (since: Date) => (await listRetiredKeys(sql, since)).map(({ publicKey }) => publicKey);
      const deploy = async (keyId: string) => {
        const { key, kid } = await fetchPublicKey(() => aws.clients.kms, keyId);
        await noteSigningKey(sql, { id: kid, publicKey: key.export({ type: 'spki', format: 'pem' }).toString() }, clock.now());
      };
      await deploy(signingKey);
      const { token } = await signer(clock).sign({ sub: 'x', aud: ISSUER }, 7 * 86_400);
      await deploy(nextSigningKey);
      await deploy(nextSigningKey);

      const next = signer(clock, nextSigningKey, retired);
      const { keys } = await next.publicKeys();
      const renewed = await next.sign({ sub: 'y', aud: ISSUER }, 60);
      expect(keys).toHaveLength(2);
      expect(decodeProtectedHeader(renewed.token).kid).toBe(keys[0]?.['kid']);
      expect(decodeProtectedHeader(token).kid).toBe(keys[1]?.['kid']);
      expect(await next.verify(token, ISSUER)).toMatchObject({ sub: 'x' });
      clock.advance(24 * 3_600_000);
      expect((await next.publicKeys()).keys).toHaveLength(1);
      expect(await next.verify(token, ISSUER)).toBeUndefined();
      await database.close();
    });

    it('looks for retired keys at most once a minute, however many tokens of strangers come', async () => {
      const clock = fakeClock();
      const { token } = await signer(clock).sign({ sub: 'x', aud: ISSUER }, 3600);
      let looks = 0;
      const next = signer(clock, nextSigningKey, async () => {
        looks += 1;
        return [];
      });
      for (let n = 0; n < 5; n++) expect(await next.verify(token, ISSUER)).toBeUndefined();
      expect(looks).toBe(1);
      const { token: own } = await next.sign({ sub: 'y', aud: ISSUER }, 60);
      expect(await next.verify(own, ISSUER)).toMatchObject({ sub: 'y' });
      expect(looks).toBe(1);
      clock.advance(60_000);
      await next.verify(token, ISSUER);
      expect(looks).toBe(2);
    });

    it('publishes the key in use while the former ones cannot be read, and refuses nobody for good', async () => {
      const clock = fakeClock();
      const { token } = await signer(clock).sign({ sub: 'x', aud: ISSUER }, 3600);
      const next = signer(clock, nextSigningKey, () => Promise.reject(unavailable('the database is starting')));
      expect((await next.publicKeys()).keys).toHaveLength(1);
      await expect(next.verify(token, ISSUER)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    });

    it('does not remember that the key could not be had', async () => {
      const one = signer();
      denied.add('GetPublicKey');
      await expect(one.sign({ sub: 'x', aud: ISSUER }, 60)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      denied.clear();
      await one.sign({ sub: 'x', aud: ISSUER }, 60);
    });
  });
});
