import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

const RSA_BITS = 4096;

/** The installation's RSA-4096 pair: signs tokens, unwraps the data key. */
export interface InstallationKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Lower-case hex SHA-256 of the public key's SPKI DER; also the `kid` of tokens. */
  readonly fingerprint: string;
}

export async function generateInstallationKeyPem(): Promise<string> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS });
  return pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Reads a private key PEM; throws an Error in words when it is not RSA of 4096 bits without a passphrase. */
export function readInstallationKey(pem: string): InstallationKey {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch (cause) {
    throw new Error('not a readable private key (PEM without passphrase expected)', { cause });
  }
  const bits = privateKey.asymmetricKeyDetails?.modulusLength;
  if (privateKey.asymmetricKeyType !== 'rsa' || bits !== RSA_BITS) throw new Error(`an RSA key of ${RSA_BITS} bits is needed, this is ${privateKey.asymmetricKeyType ?? 'unknown'} ${bits ?? ''}`.trim());
  const publicKey = createPublicKey(privateKey);
  const fingerprint = createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('hex');
  return { privateKey, publicKey, fingerprint };
}
