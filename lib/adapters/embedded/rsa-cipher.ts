import { constants, createCipheriv, createDecipheriv, privateDecrypt, publicEncrypt, randomBytes } from 'node:crypto';
import type { Cipher, CipherContext } from '../../core/ports/cipher.ts';
import type { InstallationKey } from './rsa-keys.ts';

const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' } as const;

/** A fresh AES-256 data key, wrapped by the installation's RSA key, as the database keeps it. */
export function wrapNewDataKey(key: InstallationKey): string {
  return publicEncrypt({ key: key.publicKey, ...OAEP }, randomBytes(32)).toString('base64');
}

export function unwrapDataKey(key: InstallationKey, wrapped: string): Buffer {
  return privateDecrypt({ key: key.privateKey, ...OAEP }, Buffer.from(wrapped, 'base64'));
}

const aad = (context: CipherContext) => Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))), 'utf8');

/** AES-256-GCM under the data key, the context as additional data. */
export function rsaCipher(dataKey: Buffer): Cipher {
  return {
    encrypt: async (plaintext, context) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', dataKey, nonce);
      cipher.setAAD(aad(context));
      return Buffer.concat([Buffer.from([FORMAT]), nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]).toString('base64');
    },
    decrypt: async (ciphertext, context) => {
      const bytes = Buffer.from(ciphertext, 'base64');
      if (bytes[0] !== FORMAT || bytes.length < 1 + NONCE_BYTES + TAG_BYTES) throw new Error('not a ciphertext of this installation');
      const decipher = createDecipheriv('aes-256-gcm', dataKey, bytes.subarray(1, 1 + NONCE_BYTES));
      decipher.setAAD(aad(context));
      decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(1 + NONCE_BYTES, bytes.length - TAG_BYTES)), decipher.final()]);
    },
  };
}
