import { generateKeyPairSync } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { LicenseManagerClient } from '@aws-sdk/client-license-manager';
import { expect } from 'expect';
import { SignJWT } from 'jose';
import { distribution } from '../../lib/adapters/license/distribution.ts';
import { awsClients } from '../../lib/install/aws/clients.ts';
import { readConfigText } from '../../lib/install/read-config.ts';
import { requireLicence } from '../../lib/install/licence-step.ts';
import { testInstallation, type TestInstallation } from '../support/installation.ts';
import { aLicense, licenseManager, type LicenseManagerDouble } from '../support/license-manager.ts';
import { needsMoto } from '../support/requirements.ts';

describe('the licence at an installation', needsMoto, () => {
  let place: TestInstallation;
  let service: LicenseManagerDouble;
  before(async () => {
    [place, service] = await Promise.all([testInstallation(), licenseManager()]);
  });
  after(async () => {
    expect(service.modelFaults).toEqual([]);
    await Promise.all([place.close(), service.close()]);
  });
  beforeEach(() => {
    service.licenses = [aLicense({ Validity: { Begin: '2025-01-01T00:00:00Z', End: '2099-01-01T00:00:00Z' } })];
    service.homeRegion = undefined;
  });

  const clientsIn = (region: string) => {
    const licenseManagerOnly = new LicenseManagerClient({ region, endpoint: service.url, maxAttempts: 1 });
    return { ...awsClients(region, { endpoint: place.url }), licenseManager: licenseManagerOnly };
  };
  const license = { type: 'aws', product_sku: 'prod-abc', entitlements: ['enterprise'] };
  const install = (...args: readonly string[]) => place.run('install', ['--yes', ...args], { config: { license }, context: { aws: clientsIn } });
  const refused = async (...licenses: typeof service.licenses) => {
    service.licenses = licenses;
    const deployed = (await place.deployments()).length;
    const outcome = await install();
    expect(outcome.code).toBe(3);
    expect((await place.deployments()).length).toBe(deployed);
    return outcome.complained;
  };

  it('lets an installation with one go on, wherever the licence lives', async () => {
    service.homeRegion = 'us-east-1';
    expect(await install()).toMatchObject({ code: 0, said: expect.stringContaining('licence: Windlass, until 2099-01-01') });
  });

  it('ends one without with 3, naming product and account', async () => {
    expect(await refused()).toBe('install: no licence for prod-abc in account 123456789012');
  });

  it('ends one whose licence does not hold with 3 and the value', async () => {
    expect(await refused(aLicense({ Status: 'SUSPENDED' }))).toContain("the licence's status is SUSPENDED");
    expect(await refused(aLicense({ ReceivedMetadata: { ReceivedStatus: 'DISABLED' } }))).toContain('DISABLED');
    expect(await refused(aLicense({ Validity: { Begin: '2024-01-01T00:00:00Z', End: '2025-06-01T00:00:00Z' } }))).toContain('ended on 2025-06-01');
  });

  it('explains one that waits to be accepted, and accepts it when told', async () => {
    const pending = aLicense({ Validity: { Begin: '2025-01-01T00:00:00Z' }, ReceivedMetadata: { ReceivedStatus: 'PENDING_ACCEPT' } });
    expect(await refused(pending)).toMatch(/Granted licenses, choose Accept & activate, or run install again with --accept-license/);

    service.calls.splice(0);
    expect(await install('--accept-license')).toMatchObject({ code: 0, said: expect.stringContaining('accepted and activated') });
    expect(service.calls.map(({ operation }) => operation)).toEqual(['ListReceivedLicenses', 'ListReceivedGrants', 'AcceptGrant', 'CreateGrantVersion']);
    expect(service.licenses[0]?.ReceivedMetadata?.ReceivedStatus).toBe('ACTIVE');
  });

  it('ends with 3 when License Manager cannot be asked', async () => {
    service.failNext('ListReceivedLicenses', { status: 400, error: 'AccessDeniedException' });
    expect((await install()).complained).toBe('install: License Manager could not be asked: AccessDeniedException (400)');
  });

  it('as a token is checked with the keys of the build, and stored', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: 'us', aud: 'platform-license', sub: 'Acme', iat: now, nbf: now, exp: now + 3600, jti: '1', tier: 'team', aws_account_id: '123456789012' };
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', kid: 'k1' }).sign(privateKey);
    const read = readConfigText(JSON.stringify({ ...place.configuration, license: { type: 'jwt', token } }));
    if ('faults' in read) throw new Error(read.faults.join('\n'));
    const said: string[] = [];
    const step = { ...read, context: { aws: clientsIn, say: (line: string) => void said.push(line), now: () => new Date() }, accept: false };
    const build = distribution({ context: { 'license.publicKeys': { k1: publicKey.export({ type: 'spki', format: 'pem' }) } } });

    await requireLicence({ ...step, accountId: '123456789012', build });
    expect(said[0]).toMatch(/^licence: Acme, tier team, until /);
    await expect(requireLicence({ ...step, accountId: '999999999999', build })).rejects.toMatchObject({ exitCode: 3, message: expect.stringContaining('123456789012') });
    expect(await place.run('install', ['--yes'], { config: { license: { type: 'jwt', token } } })).toMatchObject({ code: 3, complained: expect.stringContaining('which this build does not know') });
  });
});
