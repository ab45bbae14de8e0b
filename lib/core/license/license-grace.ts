import type { LicenseAnswer, LicenseGrant, LicenseRecord, LicenseTerms, LicenseTrouble, LicenseType } from '../ports/license.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How long each kind of trouble is borne (aws-install.md §8.3). */
export const GRACE_MS = { inconclusive: 72 * HOUR_MS, denied: 72 * HOUR_MS, expired: 14 * DAY_MS } as const;
/** How long before its end a licence is said to end. */
const NOTICE_MS = 30 * DAY_MS;

const NO_GRANT: LicenseGrant = { licensee: null, tier: null, limits: { workers: null, users: null }, features: [], validUntil: null };

const plus = (at: Date, ms: number): Date => new Date(at.getTime() + ms);
const earlier = (a: Date, b: Date | undefined): Date => (b !== undefined && b < a ? b : a);

/** A record of which nothing is known yet. */
export const newRecord = (type: LicenseType): LicenseRecord => ({
  type,
  grant: null,
  goodAt: null,
  trouble: null,
  checkedAt: null,
  held: null,
  asksFor: null,
  busyUntil: null,
});

/** The record after an answer. */
export function recordAnswer(record: LicenseRecord, answer: LicenseAnswer, now: Date): LicenseRecord {
  if (answer.kind === 'granted') return { ...record, grant: answer.grant, held: answer.held, goodAt: now, checkedAt: now, trouble: null };
  const held = answer.kind === 'inconclusive' ? record.held : null;
  return { ...record, held, checkedAt: now, trouble: troubleOf(record, answer, now) };
}

function troubleOf(record: LicenseRecord, answer: Exclude<LicenseAnswer, { readonly kind: 'granted' }>, now: Date): LicenseTrouble {
  const { trouble, goodAt, grant } = record;
  const { reason } = answer;
  if (answer.kind === 'inconclusive') {
    if (trouble !== null && trouble.kind !== 'inconclusive') return trouble;
    return { kind: 'inconclusive', reason, since: trouble?.since ?? now, until: goodAt === null ? now : plus(goodAt, GRACE_MS.inconclusive) };
  }
  const known = trouble !== null && trouble.kind !== 'inconclusive' ? trouble : undefined;
  // A contract that has ended is denied like one that was withdrawn; its end says which it is.
  const endedAt = answer.kind === 'expired' ? answer.at : grant?.validUntil !== undefined && grant.validUntil !== null && grant.validUntil <= now ? grant.validUntil : undefined;
  // What never was valid has nothing to go on with; and a second trouble does not lengthen the time that the first was given.
  const until = goodAt === null ? now : earlier(endedAt === undefined ? plus(now, GRACE_MS.denied) : plus(endedAt, GRACE_MS.expired), known?.until);
  return { kind: endedAt === undefined ? 'denied' : 'expired', reason, since: known?.since ?? endedAt ?? now, until };
}

/** What a record comes to at a moment: time alone makes trouble too, where nobody asks any more or the contract ends. */
function troubleNow(record: LicenseRecord, now: Date): LicenseTrouble | null {
  if (record.trouble !== null && record.trouble.kind !== 'inconclusive') return record.trouble;
  const end = record.grant?.validUntil ?? null;
  if (end !== null && end <= now) return { kind: 'expired', reason: `the licence ended on ${day(end)}`, since: end, until: plus(end, GRACE_MS.expired) };
  if (record.trouble !== null) return record.trouble;
  if (record.goodAt === null) return { kind: 'denied', reason: 'the licence has not been checked yet', since: now, until: now };
  const until = plus(record.goodAt, GRACE_MS.inconclusive);
  return until <= now ? { kind: 'inconclusive', reason: `the licence has not been checked since ${day(record.goodAt)}`, since: record.goodAt, until } : null;
}

/** How the installation stands at `now`. What could not be checked leaves it as it was until its grace ends. */
export function termsOf(record: LicenseRecord, now: Date): LicenseTerms {
  const trouble = troubleNow(record, now);
  const grant = record.grant ?? NO_GRANT;
  const facts = { ...grant, type: record.type, checkedAt: record.checkedAt };
  if (trouble === null) return { ...facts, state: 'valid', reason: null, graceEndsAt: null };
  const { reason, until, kind } = trouble;
  if (until <= now) return { ...facts, state: 'restricted', reason, graceEndsAt: until };
  return { ...facts, state: kind === 'inconclusive' ? 'valid' : 'grace', reason, graceEndsAt: until };
}

/** What administrators are told of while all still works; null when there is nothing to tell. */
export function noticeOf(terms: LicenseTerms, now: Date): string | null {
  if (terms.state === 'restricted') return `restricted mode: ${terms.reason ?? 'there is no licence'}; new runs stay in the queue`;
  if (terms.reason !== null && terms.graceEndsAt !== null) return `${terms.reason}; new runs stop starting on ${day(terms.graceEndsAt)}`;
  if (terms.validUntil !== null && terms.validUntil.getTime() - now.getTime() <= NOTICE_MS) return `the licence ends on ${day(terms.validUntil)}`;
  return null;
}

const day = (at: Date): string => at.toISOString().slice(0, 10);
