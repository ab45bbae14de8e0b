import { createPrivateKey, randomBytes, webcrypto, X509Certificate as NodeCertificate } from 'node:crypto';
import type { Certificates } from '../../core/ports/certificates.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { sha256 } from '../../core/shared/text.ts';
import { readSigningRequest, x509 } from '../certificates/signing-request.ts';

/** P-256: made at once, where an RSA key of the same worth takes a second. It signs pool certificates and nothing else. */
const CA_KEY = { name: 'ECDSA', namedCurve: 'P-256' };
const CA_SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const;
const CERTIFICATE_YEARS = 10;
const AUTHORITY_YEARS = 30;
const BACKDATED_MS = 5 * 60 * 1000;
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

export interface CertificateAuthority {
  readonly keyPem: string;
  readonly certPem: string;
}

/** A new authority for the workers' certificates. */
export async function createCertificateAuthority(clock: Pick<Clock, 'now'> = { now: () => new Date() }): Promise<CertificateAuthority> {
  const { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, X509CertificateGenerator } = await x509();
  const keys = await webcrypto.subtle.generateKey(CA_KEY, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [{ CN: ['windlass worker authority'] }],
    ...validity(clock.now(), AUTHORITY_YEARS),
    keys,
    signingAlgorithm: CA_SIGNATURE,
    extensions: [new BasicConstraintsExtension(true, 0, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return {
    keyPem: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ type: 'pkcs8', format: 'pem' }).toString(),
    certPem: certificate.toString('pem'),
  };
}

/** The Certificates port by an authority of our own. What a certificate opens is judged by the pool's row, so revoking needs nothing here. */
export function caCertificates(options: CertificateAuthority & { readonly account: string; readonly clock: Pick<Clock, 'now'> }): Certificates {
  const { account, clock } = options;
  let signing: Promise<webcrypto.CryptoKey> | undefined;
  const signingKey = () => {
    const der = createPrivateKey(options.keyPem).export({ type: 'pkcs8', format: 'der' });
    return (signing ??= webcrypto.subtle.importKey('pkcs8', der, CA_KEY, false, ['sign']));
  };

  return {
    async issue(text, poolId) {
      const { request, publicKey } = await readSigningRequest(text);
      const {
        BasicConstraintsExtension,
        ExtendedKeyUsageExtension,
        KeyUsageFlags,
        KeyUsagesExtension,
        Name,
        X509Certificate,
        X509CertificateGenerator,
      } = await x509();

      const certificate = await X509CertificateGenerator.create({
        serialNumber: serial(),
        // Never the subject of the request: the name is what the pool is known by.
        subject: new Name([{ CN: [{ utf8String: poolId }] }, { O: [{ utf8String: account }] }]),
        issuer: new X509Certificate(options.certPem).subject,
        ...validity(clock.now(), CERTIFICATE_YEARS),
        publicKey: request.publicKey,
        signingKey: await signingKey(),
        signingAlgorithm: CA_SIGNATURE,
        extensions: [
          new BasicConstraintsExtension(false, undefined, true),
          new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
          new ExtendedKeyUsageExtension([CLIENT_AUTH]),
        ],
      });
      const pem = `${certificate.toString('pem').trim()}\n`;
      return {
        pem,
        certificateId: sha256(new NodeCertificate(pem).raw),
        spkiSha256: sha256(publicKey.export({ type: 'spki', format: 'der' })),
        publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      };
    },
    async revoke() {},
    async repair() {},
    removeOrphans: async () => null,
  };
}

/** 128 random bits, positive and without a leading zero byte. */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function validity(now: Date, years: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + years);
  return { notBefore: new Date(now.getTime() - BACKDATED_MS), notAfter };
}
