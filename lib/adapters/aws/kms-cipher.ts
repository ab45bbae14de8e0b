import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { Cipher, CipherContext } from '../../core/ports/cipher.ts';
import { calling, isServiceError } from './service-errors.ts';

const FORMAT = 2;
const LENGTH_BYTES = 2;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const notOurs = (cause?: unknown) => new Error('not a ciphertext of this record and installation', { cause });

/** The context as the additional data of the encryption, whatever the order it is written in. */
const aad = (context: CipherContext) => Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))), 'utf8');

/**
 * AES-256-GCM under a data key of each record's own, which the installation's KMS key wraps with the context bound to it. Data keys are
 * not kept: each call here is one call of KMS, seen in its audit trail with the record it was for.
 *
 * A ciphertext is: format, length of the wrapped key, wrapped key, nonce, encrypted bytes, tag.
 */
export function kmsCipher(options: { readonly client: () => KMSClient; readonly keyId: string; readonly account: string }): Cipher {
  const { client, keyId, account } = options;
  const bound = (context: CipherContext): Record<string, string> => ({ account, ...context });

  async function unwrap(wrapped: Uint8Array, context: Record<string, string>): Promise<Uint8Array> {
    try {
      const { Plaintext: dataKey } = await calling('the key service', () =>
        client().send(new DecryptCommand({ KeyId: keyId, CiphertextBlob: wrapped, EncryptionContext: context })),
      );
      if (dataKey === undefined) throw notOurs();
      return dataKey;
    } catch (error) {
      if (isServiceError(error, 'InvalidCiphertextException', 'IncorrectKeyException')) throw notOurs(error);
      throw error;
    }
  }

  return {
    async encrypt(plaintext, given) {
      const context = bound(given);
      const { Plaintext: dataKey, CiphertextBlob: wrapped } = await calling('the key service', () =>
        client().send(new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: context })),
      );
      if (dataKey === undefined || wrapped === undefined) throw new Error('the key service gave no data key');
      const header = Buffer.alloc(1 + LENGTH_BYTES);
      header.writeUInt8(FORMAT, 0);
      header.writeUInt16BE(wrapped.length, 1);
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', dataKey, nonce);
      cipher.setAAD(aad(context));
      const sealed = Buffer.concat([header, wrapped, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
      dataKey.fill(0);
      return sealed.toString('base64');
    },

    async decrypt(ciphertext, given) {
      const context = bound(given);
      const bytes = Buffer.from(ciphertext, 'base64');
      const keyAt = 1 + LENGTH_BYTES;
      if (bytes.length < keyAt || bytes[0] !== FORMAT) throw notOurs();
      const nonceAt = keyAt + bytes.readUInt16BE(1);
      if (bytes.length < nonceAt + NONCE_BYTES + TAG_BYTES) throw notOurs();
      const dataKey = await unwrap(bytes.subarray(keyAt, nonceAt), context);
      const decipher = createDecipheriv('aes-256-gcm', dataKey, bytes.subarray(nonceAt, nonceAt + NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(aad(context));
      decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
      dataKey.fill(0);
      return Buffer.concat([decipher.update(bytes.subarray(nonceAt + NONCE_BYTES, bytes.length - TAG_BYTES)), decipher.final()]);
    },
  };
}
