import { beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { admitDeployment } from '../../../lib/core/license/actions/admit-deployment.ts';
import { checkLicense, type CheckNeeds } from '../../../lib/core/license/actions/check-license.ts';
import { releaseLicense } from '../../../lib/core/license/actions/release-license.ts';
import { keptLicense } from '../../../lib/core/license/kept-license.ts';
import type { LicenseAnswer, LicenseAuthority } from '../../../lib/core/ports/license.ts';
import { fakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { granted, memoryRecords, scriptedAuthority } from '../../support/license-builders.ts';

const denied: LicenseAnswer = { kind: 'denied', reason: 'withdrawn' };
const inconclusive: LicenseAnswer = { kind: 'inconclusive', reason: 'throttled', isBuildFault: true };

let clock: FakeClock;
let records: ReturnType<typeof memoryRecords>;
let counted: { readonly name: string; readonly by: number }[];
let logged: string[];
beforeEach(() => {
  clock = fakeClock();
  records = memoryRecords();
  counted = [];
  logged = [];
});

const needs = (authority: LicenseAuthority): CheckNeeds => ({
  authority,
  records,
  clock,
  telemetry: { log: (_level, message) => void logged.push(message), count: (name, _attributes, by = 1) => void counted.push({ name, by }) },
});

describe('checking the licence', () => {
  it('asks with what was held and keeps what is held then', async () => {
    const authority = scriptedAuthority(granted({}, 'first'), granted({}, 'second'));

    await checkLicense(needs(authority));
    await checkLicense(needs(authority));

    expect(authority.asked).toEqual([null, 'first']);
    expect(records.current()).toMatchObject({ held: 'second', busyUntil: null, goodAt: clock.now() });
  });

  it('lets one of two checks at once through', async () => {
    const authority = scriptedAuthority(granted());

    const outcomes = await Promise.all([checkLicense(needs(authority)), checkLicense(needs(authority))]);

    expect(authority.asked).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1);
  });

  it('goes on after a check that died with the record in hand', async () => {
    const authority = scriptedAuthority(granted());
    await records.replace({ type: 'aws', grant: null, goodAt: null, trouble: null, checkedAt: null, held: null, asksFor: null, busyUntil: new Date(clock.now().getTime() + 60_000) }, undefined);

    expect(await checkLicense(needs(authority))).toBeUndefined();
    clock.advance(60_000);
    expect((await checkLicense(needs(authority)))?.terms.state).toBe('valid');
  });

  it('takes a defect of the question for no answer, which keeps the state', async () => {
    await checkLicense(needs(scriptedAuthority(granted())));
    const checked = await checkLicense(needs(scriptedAuthority()));

    expect(checked).toMatchObject({ answer: { kind: 'inconclusive' }, terms: { state: 'valid' } });
    expect(logged).toContain('the licence could not be asked for');
  });

  it('counts what alarms watch: days left, a state that is not valid, a fault of the build', async () => {
    const validUntil = new Date(clock.now().getTime() + 10.5 * 86_400_000);
    await checkLicense(needs(scriptedAuthority(granted({ validUntil }))));
    expect(counted).toEqual([{ name: 'LicenseDaysLeft', by: 10 }, { name: 'LicenseNotValid', by: 0 }]);

    counted = [];
    await checkLicense(needs(scriptedAuthority(denied)));
    await checkLicense(needs(scriptedAuthority(inconclusive)));
    expect(counted).toContainEqual({ name: 'LicenseNotValid', by: 1 });
    expect(counted).toContainEqual({ name: 'LicenseBuildFault', by: 1 });
  });

  it('gives back what is held, and stays licensed', async () => {
    const authority = scriptedAuthority(granted({}, 'token'));
    await checkLicense(needs(authority));

    await releaseLicense(needs(authority));
    await releaseLicense(needs(authority));

    expect(authority.released).toEqual(['token']);
    expect(await keptLicense({ type: 'aws', records, clock }).terms()).toMatchObject({ state: 'valid' });
  });
});

describe('the licence as others read it', () => {
  it('is read again after a minute, and is what was known while it cannot be read', async () => {
    await checkLicense(needs(scriptedAuthority(granted())));
    let broken = false;
    const license = keptLicense({ type: 'aws', clock, records: { ...records, read: () => (broken ? Promise.reject(new Error('S3 is away')) : records.read()) } });
    expect((await license.terms()).state).toBe('valid');

    await checkLicense(needs(scriptedAuthority(denied)));
    expect((await license.terms()).state).toBe('valid');
    clock.advance(60_000);
    expect((await license.terms()).state).toBe('grace');

    broken = true;
    clock.advance(72 * 3_600_000);
    expect((await license.terms()).state).toBe('restricted');
  });

  it('says so when nothing was ever known', async () => {
    const license = keptLicense({ type: 'aws', clock, records: { ...records, read: () => Promise.reject(new Error('S3 is away')) } });
    await expect(license.terms()).rejects.toThrow('S3 is away');
  });

  it('counts a new token before a check wrote it down, and forgets what was written for another kind', async () => {
    await checkLicense(needs(scriptedAuthority(granted({ tier: 'old' }))));
    const asks = { ...scriptedAuthority(granted({ tier: 'new' })), type: 'jwt' } as const;
    expect(await keptLicense({ type: 'jwt', records, clock, asks }).terms()).toMatchObject({ state: 'valid', tier: 'new' });
  });
});

describe('a deployment', () => {
  const admit = (step: 'create' | 'update' | 'delete', ...answers: readonly LicenseAnswer[]) => admitDeployment(needs(scriptedAuthority(...answers)), step);

  it('goes on with a licence', async () => {
    await admit('create', granted());
    await admit('update', granted());
  });

  it('is rolled back at first by a denial and by no answer', async () => {
    await expect(admit('create', denied)).rejects.toThrow('the licence does not allow this deployment: withdrawn');
    await expect(admit('create', inconclusive)).rejects.toThrow('the licence does not allow this deployment: throttled');
  });

  it('of a new version is held back by a denial, which stops nothing that runs', async () => {
    await admit('create', granted());

    await expect(admit('update', denied)).rejects.toMatchObject({ code: 'FORBIDDEN' });

    expect((await keptLicense({ type: 'aws', records, clock }).terms()).state).toBe('grace');
  });

  it('of a new version goes on when nothing was learned', async () => {
    await admit('create', granted());
    await admit('update', inconclusive);
  });

  it('that takes the installation away always goes on, and gives back what is held', async () => {
    const authority = scriptedAuthority(granted({}, 'token'));
    await admitDeployment(needs(authority), 'create');

    await admitDeployment(needs(authority), 'delete');
    await admitDeployment({ ...needs(authority), records: { ...records, read: () => Promise.reject(new Error('S3 is away')) } }, 'delete');

    expect(authority.asked).toHaveLength(1);
    expect(authority.released).toEqual(['token']);
  });
});
