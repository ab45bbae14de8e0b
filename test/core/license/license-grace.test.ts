import { describe, it } from 'node:test';
import { expect } from 'expect';
import { GRACE_MS, newRecord, noticeOf, recordAnswer, termsOf } from '../../../lib/core/license/license-grace.ts';
import { whyNoRoom, whyRunsWait } from '../../../lib/core/license/restricted-mode.ts';
import type { LicenseAnswer, LicenseRecord } from '../../../lib/core/ports/license.ts';

const T0 = new Date('2026-01-15T12:00:00Z');
const after = (ms: number, from = T0) => new Date(from.getTime() + ms);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const granted = (validUntil: Date | null = null): LicenseAnswer => ({
  kind: 'granted',
  held: 'token-1',
  grant: { licensee: 'Acme', tier: 'enterprise', limits: { workers: 5, users: null }, features: ['sso'], validUntil },
});
const denied: LicenseAnswer = { kind: 'denied', reason: 'withdrawn' };
const inconclusive: LicenseAnswer = { kind: 'inconclusive', reason: 'throttled', isBuildFault: false };

const answered = (...answers: readonly (readonly [Date, LicenseAnswer])[]): LicenseRecord => answers.reduce((record, [at, answer]) => recordAnswer(record, answer, at), newRecord('aws'));
const stateAt = (record: LicenseRecord, at: Date) => termsOf(record, at).state;

describe('the grace of a licence', () => {
  it('holds for 72 hours after a denial, to the millisecond', () => {
    const record = answered([T0, granted()], [after(HOUR), denied]);
    const end = after(HOUR + 72 * HOUR);

    expect(stateAt(record, after(HOUR))).toBe('grace');
    expect(stateAt(record, after(-1, end))).toBe('grace');
    expect(stateAt(record, end)).toBe('restricted');
    expect(termsOf(record, after(HOUR))).toMatchObject({ reason: 'withdrawn', graceEndsAt: end });
  });

  it('counts from the first denial, however often it is repeated', () => {
    const record = answered([T0, granted()], [after(HOUR), denied], [after(70 * HOUR), denied]);
    expect(stateAt(record, after(HOUR + 72 * HOUR))).toBe('restricted');
  });

  it('keeps the state for 72 hours after the last good answer when nothing is learned', () => {
    const record = answered([T0, granted()], [after(HOUR), inconclusive], [after(2 * HOUR), inconclusive]);

    expect(stateAt(record, after(72 * HOUR - 1))).toBe('valid');
    expect(stateAt(record, after(72 * HOUR))).toBe('restricted');
    expect(record.held).toBe('token-1');
  });

  it('does not forget a denial because a later question had no answer', () => {
    const record = answered([T0, granted()], [after(HOUR), denied], [after(2 * HOUR), inconclusive]);
    expect(termsOf(record, after(2 * HOUR))).toMatchObject({ state: 'grace', reason: 'withdrawn' });
    expect(stateAt(record, after(73 * HOUR))).toBe('restricted');
  });

  it('holds for 14 days after the end of the contract, whether anybody asks or not', () => {
    const end = after(10 * DAY);
    const record = answered([after(9.9 * DAY), granted(end)]);

    expect(stateAt(record, after(-1, end))).toBe('valid');
    expect(stateAt(record, end)).toBe('grace');
    expect(stateAt(record, after(GRACE_MS.expired - 1, end))).toBe('grace');
    expect(stateAt(record, after(GRACE_MS.expired, end))).toBe('restricted');
  });

  it('takes a denial after the contract has ended for its end', () => {
    const end = after(DAY);
    const record = answered([T0, granted(end)], [after(DAY + HOUR), denied]);
    expect(stateAt(record, after(14 * DAY - 1, end))).toBe('grace');
    expect(stateAt(record, after(14 * DAY, end))).toBe('restricted');
  });

  it('does not lengthen a denial that came before the end', () => {
    const end = after(DAY);
    const record = answered([T0, granted(end)], [after(HOUR), denied], [after(2 * DAY), { kind: 'expired', at: end, reason: 'ended' }]);
    expect(stateAt(record, after(73 * HOUR))).toBe('restricted');
  });

  it('gives none to what never was valid', () => {
    expect(stateAt(newRecord('aws'), T0)).toBe('restricted');
    expect(stateAt(answered([T0, denied]), T0)).toBe('restricted');
    expect(stateAt(answered([T0, inconclusive]), T0)).toBe('restricted');
    expect(stateAt(answered([T0, { kind: 'expired', at: after(-DAY), reason: 'ended' }]), T0)).toBe('restricted');
  });

  it('is over with the next good answer', () => {
    const record = answered([T0, granted()], [after(HOUR), denied], [after(200 * HOUR), granted()]);
    expect(termsOf(record, after(200 * HOUR))).toMatchObject({ state: 'valid', reason: null, graceEndsAt: null });
  });

  it('is used up by a check that does not run', () => {
    const record = answered([T0, granted()]);
    expect(stateAt(record, after(72 * HOUR - 1))).toBe('valid');
    expect(termsOf(record, after(72 * HOUR))).toMatchObject({ state: 'restricted', reason: 'the licence has not been checked since 2026-01-15' });
  });

  it('announces the end 30 days before it', () => {
    const end = after(40 * DAY);
    const record = answered([after(10 * DAY), granted(end)]);
    const notice = (at: Date) => noticeOf(termsOf({ ...record, goodAt: at }, at), at);

    expect(notice(after(10 * DAY - 1))).toBeNull();
    expect(notice(after(10 * DAY))).toBe('the licence ends on 2026-02-24');
    expect(noticeOf(termsOf(answered([T0, granted()], [T0, denied]), T0), T0)).toBe('withdrawn; new runs stop starting on 2026-01-18');
    expect(noticeOf(termsOf(newRecord('jwt'), T0), T0)).toMatch(/^restricted mode: /);
  });
});

describe('what a licence forbids', () => {
  const terms = termsOf(answered([T0, granted()]), T0);
  const restricted = termsOf(answered([T0, denied]), T0);

  it('is new runs, once it is restricted', () => {
    expect(whyRunsWait(terms)).toBeNull();
    expect(whyRunsWait(restricted)).toBe('the licence does not allow new runs: withdrawn');
  });

  it('is one more than the limit, of what has one', () => {
    expect(whyNoRoom(terms, 'workers', 4)).toBeNull();
    expect(whyNoRoom(terms, 'workers', 5)).toMatch(/the licence allows 5 workers, and there are 5/);
    expect(whyNoRoom(terms, 'users', 1_000)).toBeNull();
  });
});
