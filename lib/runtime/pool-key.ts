import { generateKeyPair, createPrivateKey, createPublicKey, webcrypto } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const RSA_BITS = 4096;
const ALGORITHM = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const;

/** The embedded pool's private key (PEM), made at the first start and again when it is lost. */
export async function poolKey(file: string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept !== undefined) return kept;
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS });
  const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await writeFile(`${file}.new`, pem, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return pem;
}

/** A certificate signing request for the key, as an operator would make it with openssl. */
export async function requestFor(keyPem: string): Promise<string> {
  // Needed once in the life of a pool: not worth loading at every start.
  await import('reflect-metadata');
  const { Pkcs10CertificateRequestGenerator } = await import('@peculiar/x509');
  const privateKey = createPrivateKey(keyPem);
  const { subtle } = webcrypto;
  const keys = {
    privateKey: await subtle.importKey('pkcs8', privateKey.export({ type: 'pkcs8', format: 'der' }), ALGORITHM, true, ['sign']),
    publicKey: await subtle.importKey('spki', createPublicKey(keyPem).export({ type: 'spki', format: 'der' }), ALGORITHM, true, ['verify']),
  };
  const request = await Pkcs10CertificateRequestGenerator.create({ name: 'CN=workers.spacelift.io', keys, signingAlgorithm: ALGORITHM });
  return request.toString('pem');
}
