import { describe, it } from 'node:test';
import { X509Certificate } from 'node:crypto';
import { expect } from 'expect';
import { caCertificates, createCertificateAuthority, type CertificateAuthority } from '../../../lib/adapters/embedded/ca-certificates.ts';
import { certificatesContract } from '../../contracts/certificates.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { testPoolKey } from '../../support/signing-requests.ts';

const POOL = '01HZX3C5Y7Q9V1B3D5F7H9K1M3';

let made: Promise<CertificateAuthority> | undefined;
const authority = () => (made ??= createCertificateAuthority(fakeClock()));

async function issue(account = 'acme') {
  const certificates = caCertificates({ ...(await authority()), account, clock: fakeClock() });
  return new X509Certificate((await certificates.issue((await testPoolKey()).csr, POOL)).pem);
}

describe('certificates by the authority of the installation', () => {
  certificatesContract(async () => ({ certificates: caCertificates({ ...(await authority()), account: 'acme', clock: fakeClock() }) }));

  it('names the pool and the account, never what the request says', async () => {
    const { subject } = await issue();
    expect(subject).toBe(`CN=${POOL}\nO=acme`);
  });

  it('keeps an account name with commas and quotes in one piece', async () => {
    expect((await issue('acme, "O=other"')).toLegacyObject().subject).toMatchObject({ CN: POOL, O: 'acme, "O=other"' });
  });

  it('chains to the authority, for clients only, for ten years, and signs nothing further', async () => {
    const root = new X509Certificate((await authority()).certPem);
    const certificate = await issue();
    expect(certificate.checkIssued(root)).toBe(true);
    expect(certificate.verify(root.publicKey)).toBe(true);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(certificate.ca).toBe(false);
    expect(root.ca).toBe(true);
    expect(new Date(certificate.validFrom)).toEqual(new Date('2026-01-15T11:55:00Z'));
    expect(new Date(certificate.validTo)).toEqual(new Date('2036-01-15T12:00:00Z'));
  });

  it('gives each certificate a serial number of 128 bits', async () => {
    const [first, second] = [await issue(), await issue()];
    expect(first.serialNumber).toMatch(/^[0-9A-F]{32}$/);
    expect(second.serialNumber).not.toBe(first.serialNumber);
  });
});
