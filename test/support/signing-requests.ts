import 'reflect-metadata';
import { createHash, generateKeyPair, webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';

/** A worker pool's key pair, as an operator makes it. */
export interface PoolKey {
  readonly privateKeyPem: string;
  readonly publicKeyPem: string;
  readonly spkiSha256: string;
  /** Signing request, PEM. */
  readonly csr: string;
}

const SIGNATURE = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const;

export async function makePoolKey(bits = 2048): Promise<PoolKey> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: bits });
  const spki = pair.publicKey.export({ type: 'spki', format: 'der' });
  const keys = {
    privateKey: await webcrypto.subtle.importKey('pkcs8', pair.privateKey.export({ type: 'pkcs8', format: 'der' }), SIGNATURE, true, ['sign']),
    publicKey: await webcrypto.subtle.importKey('spki', spki, SIGNATURE, true, ['verify']),
  };
  const request = await Pkcs10CertificateRequestGenerator.create({ name: 'CN=anything, O=the requester', keys, signingAlgorithm: SIGNATURE });
  return {
    privateKeyPem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKeyPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    spkiSha256: createHash('sha256').update(spki).digest('hex'),
    csr: request.toString('pem'),
  };
}

/** A signing request for an elliptic-curve key. */
export async function ecSigningRequest(): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  return (await Pkcs10CertificateRequestGenerator.create({ name: 'CN=ec', keys, signingAlgorithm: algorithm })).toString('pem');
}

const made: Promise<PoolKey>[] = [];

/** The n-th key of this test process: made once, since making one takes a while. */
export function testPoolKey(n = 0): Promise<PoolKey> {
  return (made[n] ??= makePoolKey());
}
