import type { Clock } from '../../ports/clock.ts';
import type { LicenseAnswer, LicenseAuthority, LicenseRecords, LicenseTerms } from '../../ports/license.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { newRecord, recordAnswer, termsOf } from '../license-grace.ts';

/** Longer than a check may take. */
const BUSY_MS = 120_000;
const DAY_MS = 86_400_000;

export interface CheckNeeds {
  readonly authority: LicenseAuthority;
  readonly records: LicenseRecords;
  readonly clock: Pick<Clock, 'now'>;
  readonly telemetry: Pick<Telemetry, 'log' | 'count'>;
  /** A question repeated under one id counts once. */
  readonly requestId?: string;
  /** What to ask for from now on, as a deployment says. */
  readonly asksFor?: string;
}

export interface Checked {
  readonly answer: LicenseAnswer;
  readonly terms: LicenseTerms;
}

/**
 * Asks for the licence and writes down what was answered. One check at a time: two questions at once about one licence disturb each other.
 * Undefined when another check is under way.
 */
export async function checkLicense({ authority, records, clock, telemetry, requestId, asksFor }: CheckNeeds): Promise<Checked | undefined> {
  const begun = clock.now();
  const found = await records.read();
  // Nobody has a use for what was held for a licence of another kind.
  const known = found?.record.type === authority.type ? found.record : newRecord(authority.type);
  const before = { ...known, asksFor: asksFor ?? known.asksFor };
  if (before.busyUntil !== null && before.busyUntil > begun) return undefined;
  const taken = await records.replace({ ...before, busyUntil: new Date(begun.getTime() + BUSY_MS) }, found?.version);
  if (taken === undefined) return undefined;

  const answer = await authority.ask(before.held, requestId).catch((error: unknown): LicenseAnswer => {
    telemetry.log('error', 'the licence could not be asked for', { error });
    return { kind: 'inconclusive', reason: 'the licence could not be asked for', isBuildFault: false };
  });
  const now = clock.now();
  const after = { ...recordAnswer(before, answer, now), busyUntil: null };
  const terms = termsOf(after, now);
  const saved = await records.replace(after, taken);
  if (saved === undefined) telemetry.log('warn', 'another check of the licence wrote first');
  tell(telemetry, answer, terms, now);
  return { answer, terms };
}

function tell(telemetry: CheckNeeds['telemetry'], answer: LicenseAnswer, terms: LicenseTerms, now: Date): void {
  const { state, reason } = terms;
  const { validUntil, graceEndsAt } = terms;
  telemetry.log(state === 'valid' && reason === null ? 'info' : 'warn', 'licence checked', { answer: answer.kind, state, reason, validUntil, graceEndsAt });
  if (validUntil !== null) telemetry.count('LicenseDaysLeft', {}, Math.floor((validUntil.getTime() - now.getTime()) / DAY_MS));
  telemetry.count('LicenseNotValid', {}, state === 'valid' ? 0 : 1);
  if (answer.kind === 'inconclusive' && answer.isBuildFault) telemetry.count('LicenseBuildFault');
}
