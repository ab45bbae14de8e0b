import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { LicenseManagerClient } from '@aws-sdk/client-license-manager';
import { awsLicense, MARKETPLACE_FINGERPRINT } from '../../../lib/adapters/license/aws-license.ts';
import type { LicenseAuthority } from '../../../lib/core/ports/license.ts';
import { fakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { aLicense, licenseManager, type LicenseManagerDouble } from '../../support/license-manager.ts';

const product = { sku: 'prod-abc', fingerprint: MARKETPLACE_FINGERPRINT, entitlements: ['enterprise', 'starter'] };

describe('a licence of License Manager', () => {
  let service: LicenseManagerDouble;
  let clock: FakeClock;
  let authority: LicenseAuthority;
  let slept: number[];
  const clients: LicenseManagerClient[] = [];

  beforeEach(async () => {
    clock = fakeClock();
    slept = [];
    service = await licenseManager(() => clock.now());
    authority = license();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    const { modelFaults } = service;
    await service.close();
    expect(modelFaults).toEqual([]);
  });

  function license(asked = product): LicenseAuthority {
    let ids = 0;
    return awsLicense({
      product: asked,
      clock: { now: () => clock.now(), sleep: async (ms) => void slept.push(ms) },
      newId: () => `id-${++ids}`,
      clientIn: (region = 'eu-west-1') => {
        const client = new LicenseManagerClient({ endpoint: service.url, region, maxAttempts: 1, credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' } });
        clients.push(client);
        return client;
      },
    });
  }
  const operations = () => service.calls.map(({ operation }) => operation);
  const heldAfter = async (held: string | null = null) => {
    const answer = await authority.ask(held);
    if (answer.kind !== 'granted') throw new Error(`not granted: ${answer.reason}`);
    return answer.held;
  };

  it('is checked out with all tiers named, and takes what is granted of them', async () => {
    expect(await authority.ask(null, 'deploy-1')).toMatchObject({
      kind: 'granted',
      grant: { tier: 'enterprise', limits: { workers: 5, users: null }, features: ['sso'], validUntil: new Date('2027-01-15T12:00:00Z'), licensee: '123456789012' },
    });
    expect(service.calls.at(-1)).toMatchObject({
      operation: 'CheckoutLicense',
      body: {
        ProductSKU: 'prod-abc', KeyFingerprint: 'aws:294406891311:AWS/Marketplace:issuer-fingerprint', CheckoutType: 'PROVISIONAL', ClientToken: 'deploy-1',
        Entitlements: [{ Name: 'enterprise', Unit: 'None' }, { Name: 'starter', Unit: 'None' }],
      },
    });
  });

  it('is asked for by its product and issuer: another issuer\'s is none', async () => {
    service.licenses = [aLicense({ Issuer: { Name: 'Somebody', KeyFingerprint: 'aws:111111111111:Somebody:issuer-fingerprint' } })];
    expect(await authority.ask(null)).toEqual({ kind: 'denied', reason: 'no licence for prod-abc was received' });

    authority = license({ ...product, fingerprint: 'aws:111111111111:Somebody:issuer-fingerprint' });
    expect(await authority.ask(null)).toMatchObject({ kind: 'granted' });
  });

  it('is extended while it is held, and checked out again when the hour was missed', async () => {
    const held = await heldAfter();
    expect(await heldAfter(held)).toBe(held);
    expect(operations()).toEqual(['ListReceivedLicenses', 'CheckoutLicense', 'ExtendLicenseConsumption', 'ListReceivedLicenses']);

    clock.advance(3_600_000);
    expect(await heldAfter(held)).not.toBe(held);
    expect(service.held()).toBe(1);
  });

  it('is checked out again when the service does not take the token', async () => {
    const held = await heldAfter();
    service.expireTokens();
    service.failNext('ExtendLicenseConsumption', { status: 400, error: 'InvalidParameterValueException' });
    expect(await heldAfter(held)).not.toBe(held);
  });

  it('is given back, and a service that does not take it back changes nothing', async () => {
    const held = await heldAfter();
    await authority.release(held ?? '');
    expect(service.held()).toBe(0);
    await authority.release(held ?? '');
  });

  it('is asked for once more after two seconds when no entitlement is free, and is denied then', async () => {
    service.failNext('CheckoutLicense', { status: 400, error: 'NoEntitlementsAllowedException' });
    expect(await authority.ask(null)).toMatchObject({ kind: 'granted' });
    expect(slept).toEqual([2_000]);

    service.failNext('CheckoutLicense', { status: 400, error: 'NoEntitlementsAllowedException' }, 2);
    expect(await authority.ask(null)).toMatchObject({ kind: 'denied', reason: expect.stringContaining('all seats are taken') });
    const tokens = service.calls.filter(({ operation }) => operation === 'CheckoutLicense').map(({ body }) => body.ClientToken);
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  for (const error of ['EntitlementNotAllowedException', 'ResourceNotFoundException'])
    it(`is denied by ${error}`, async () => {
      service.failNext('CheckoutLicense', { status: 400, error });
      expect(await authority.ask(null)).toMatchObject({ kind: 'denied' });
    });

  it('that ended has the grace of an end, whichever way that is told', async () => {
    service.licenses = [aLicense({ Status: 'EXPIRED', Validity: { Begin: '2025-01-01T00:00:00Z', End: '2026-01-01T00:00:00Z' } })];
    expect(await authority.ask(null)).toMatchObject({ kind: 'expired', at: new Date('2026-01-01T00:00:00Z') });
    service.licenses = [aLicense({ Validity: { Begin: '2025-01-01T00:00:00Z', End: '2026-01-15T12:00:00Z' } })];
    expect(await authority.ask(null)).toMatchObject({ kind: 'expired', reason: 'the licence ended on 2026-01-15' });
    expect(operations()).not.toContain('CheckoutLicense');
  });

  for (const Status of ['SUSPENDED', 'DEACTIVATED', 'PENDING_AVAILABLE'] as const)
    it(`is denied when its status is ${Status}`, async () => {
      service.licenses = [aLicense({ Status })];
      expect(await authority.ask(null)).toEqual({ kind: 'denied', reason: `the licence's status is ${Status}` });
    });

  it('is denied before it begins, while it is not accepted, and when it was switched off', async () => {
    service.licenses = [aLicense({ Validity: { Begin: '2026-02-01T00:00:00Z' } })];
    expect(await authority.ask(null)).toEqual({ kind: 'denied', reason: 'the licence begins on 2026-02-01' });
    service.licenses = [aLicense({ ReceivedMetadata: { ReceivedStatus: 'PENDING_ACCEPT' } })];
    expect(await authority.ask(null)).toMatchObject({ kind: 'denied', reason: expect.stringContaining('Accept & activate') });
    service.licenses = [aLicense({ ReceivedMetadata: { ReceivedStatus: 'DISABLED' } })];
    expect(await authority.ask(null)).toEqual({ kind: 'denied', reason: 'the licence was received with the status DISABLED' });
  });

  it('that follows one that ended is the one that counts', async () => {
    service.licenses = [aLicense({ Status: 'EXPIRED', Validity: { Begin: '2024-01-01T00:00:00Z', End: '2025-01-01T00:00:00Z' } }), aLicense()];
    expect(await authority.ask(null)).toMatchObject({ kind: 'granted', grant: { validUntil: new Date('2027-01-15T12:00:00Z') } });
  });

  it('is asked for in the region that a redirection names, and there from then on', async () => {
    service.homeRegion = 'us-east-1';
    const held = await heldAfter();
    expect(service.calls.map(({ region }) => region)).toEqual(['eu-west-1', 'us-east-1', 'us-east-1']);
    await heldAfter(held);
    expect(service.calls.slice(3).map(({ region }) => region)).toEqual(['us-east-1', 'us-east-1']);
  });

  it('finds the region in an address, and does not go round in circles', async () => {
    const redirect = { status: 308, error: 'RedirectException', body: { Location: 'https://license-manager.us-west-2.amazonaws.com' } };
    service.failNext('ListReceivedLicenses', redirect);
    expect(await authority.ask(null)).toMatchObject({ kind: 'granted' });
    expect(service.calls[1]?.region).toBe('us-west-2');

    service.failNext('ListReceivedLicenses', redirect, Infinity);
    expect(await authority.ask(null)).toMatchObject({ kind: 'inconclusive', isBuildFault: false });
  });

  it('finds the region in the header, too', async () => {
    service.failNext('ListReceivedLicenses', { status: 308, error: 'RedirectException', headers: { location: 'https://license-manager.us-west-2.amazonaws.com/' } });
    expect(await authority.ask(null)).toMatchObject({ kind: 'granted' });
    expect(service.calls[1]?.region).toBe('us-west-2');
  });

  for (const [error, status] of [['RateLimitExceededException', 400], ['ServerInternalException', 500], ['AccessDeniedException', 400], ['AuthorizationException', 400]] as const)
    it(`is not known when the service answers ${error}`, async () => {
      service.failNext('CheckoutLicense', { status, error }, Infinity);
      expect(await authority.ask(null)).toMatchObject({ kind: 'inconclusive', isBuildFault: false, reason: expect.stringContaining(error) });
    });

  it('is not known when the service cannot be reached', async () => {
    const { url } = service;
    await service.close();
    expect(url).toMatch(/^http/);
    expect(await authority.ask(null)).toMatchObject({ kind: 'inconclusive', isBuildFault: false });
  });

  it('is not known, and somebody is called, when the build cannot read its signature', async () => {
    service.failNext('CheckoutLicense', { status: 400, error: 'UnsupportedDigitalSignatureMethodException' });
    expect(await authority.ask(null)).toMatchObject({ kind: 'inconclusive', isBuildFault: true });
  });
});

describe('the double of License Manager', () => {
  let service: LicenseManagerDouble;
  before(async () => {
    service = await licenseManager();
  });
  after(() => service.close());

  it('notices a request that the model does not allow', async () => {
    const call = (body: object) => fetch(service.url, { method: 'POST', headers: { 'x-amz-target': 'AWSLicenseManager.CheckoutLicense' }, body: JSON.stringify(body) });
    await call({ ProductSKU: 'prod-abc', KeyFingerprint: 7, CheckoutType: 'PROVISIONAL', Entitlements: [{ Name: 'x' }], Colour: 'red' });
    expect(service.modelFaults).toEqual([
      'CheckoutLicense request.ClientToken is missing',
      'CheckoutLicense request.KeyFingerprint is no string',
      'CheckoutLicense request.Entitlements[0].Unit is missing',
      'CheckoutLicense request.Colour is not in CheckoutLicenseRequest',
    ]);
  });
});
