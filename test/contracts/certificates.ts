import { it } from 'node:test';
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { expect } from 'expect';
import type { Certificates } from '../../lib/core/ports/certificates.ts';
import { ecSigningRequest, makePoolKey, testPoolKey } from '../support/signing-requests.ts';

const POOL = '01HZX3C5Y7Q9V1B3D5F7H9K1M3';

const refusal = (reason: RegExp) =>
  expect.objectContaining({
    code: 'INVALID',
    message: expect.stringMatching(new RegExp(`^invalid certificate signing request: .*${reason.source}`)),
  });

/** Spoils the self-signature, which is the last thing in a request. */
function withBrokenSignature(pem: string): string {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  der[der.length - 1] = (der[der.length - 1] ?? 0) ^ 1;
  return `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
}

/** What every issuer of pool certificates does. */
export function certificatesContract(open: () => Promise<{ readonly certificates: Certificates }>): void {
  it('signs a request given as PEM, and names the certificate and its key by their hashes', async () => {
    const { certificates } = await open();
    const key = await testPoolKey();
    const issued = await certificates.issue(key.csr, POOL);
    const certificate = new X509Certificate(issued.pem);
    expect(issued.certificateId).toBe(createHash('sha256').update(certificate.raw).digest('hex'));
    expect(issued.spkiSha256).toBe(key.spkiSha256);
    expect(createPublicKey(issued.publicKeyPem).equals(createPublicKey(key.publicKeyPem))).toBe(true);
    expect(certificate.publicKey.equals(createPublicKey(key.publicKeyPem))).toBe(true);
  });

  it('signs a request given as base64 of PEM, wrapped or not', async () => {
    const { certificates } = await open();
    const key = await testPoolKey();
    const base64 = Buffer.from(key.csr).toString('base64');
    const wrapped = base64.replace(/(.{64})/g, '$1\n');
    expect((await certificates.issue(base64, POOL)).spkiSha256).toBe(key.spkiSha256);
    expect((await certificates.issue(wrapped, POOL)).spkiSha256).toBe(key.spkiSha256);
  });

  it('takes the PEM type of older tools', async () => {
    const { certificates } = await open();
    const key = await testPoolKey();
    const older = key.csr.replaceAll('CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST').replaceAll('\n', '\r\n');
    expect((await certificates.issue(older, POOL)).spkiSha256).toBe(key.spkiSha256);
  });

  it('issues another certificate each time', async () => {
    const { certificates } = await open();
    const { csr } = await testPoolKey();
    const [first, second] = [await certificates.issue(csr, POOL), await certificates.issue(csr, POOL)];
    expect(second.certificateId).not.toBe(first.certificateId);
    expect(second.spkiSha256).toBe(first.spkiSha256);
  });

  it('refuses an elliptic-curve key, which cannot unwrap envelopes', async () => {
    const { certificates } = await open();
    await expect(certificates.issue(await ecSigningRequest(), POOL)).rejects.toEqual(refusal(/the key must be RSA, this one is ec/));
  });

  it('refuses an RSA key below 2048 bits', async () => {
    const { certificates } = await open();
    await expect(certificates.issue((await makePoolKey(1024)).csr, POOL)).rejects.toEqual(refusal(/2048 to 8192 bits, this one has 1024/));
  });

  it('refuses a request whose signature does not fit its key', async () => {
    const { certificates } = await open();
    await expect(certificates.issue(withBrokenSignature((await testPoolKey()).csr), POOL)).rejects.toEqual(refusal(/signature/));
  });

  it('refuses what is no request, in words', async () => {
    const { certificates } = await open();
    const { csr, publicKeyPem } = await testPoolKey();
    await expect(certificates.issue('', POOL)).rejects.toEqual(refusal(/it is empty/));
    await expect(certificates.issue('certainly not', POOL)).rejects.toEqual(refusal(/neither one PEM block nor base64 of one/));
    await expect(certificates.issue(`${csr}\n${csr}`, POOL)).rejects.toEqual(refusal(/neither one PEM block nor base64 of one/));
    await expect(certificates.issue(publicKeyPem, POOL)).rejects.toEqual(refusal(/type PUBLIC KEY/));
    await expect(certificates.issue(csr.replace(/^(.+\n).+\n/, '$1'), POOL)).rejects.toEqual(refusal(/it cannot be read|signature/));
    await expect(certificates.issue(`${csr}${' '.repeat(17_000)}`, POOL)).rejects.toEqual(refusal(/larger than 16384 bytes/));
  });

  it('revokes a certificate, twice as well, and one that is not there', async () => {
    const { certificates } = await open();
    const issued = await certificates.issue((await testPoolKey()).csr, POOL);
    await certificates.revoke(POOL, issued.certificateId);
    await certificates.revoke(POOL, issued.certificateId);
    await certificates.revoke(POOL, 'f'.repeat(64));
  });
}
