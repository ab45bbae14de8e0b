import { termsOf, newRecord } from '../../lib/core/license/license-grace.ts';
import type { License, LicenseAnswer, LicenseAuthority, LicenseGrant, LicenseRecord, LicenseRecords, LicenseTerms } from '../../lib/core/ports/license.ts';

export const aGrant = (changes: Partial<LicenseGrant> = {}): LicenseGrant => ({ licensee: 'Acme', tier: 'enterprise', limits: { workers: null, users: null }, features: [], validUntil: null, ...changes });

export const granted = (changes: Partial<LicenseGrant> = {}, held: string | null = null): LicenseAnswer => ({ kind: 'granted', grant: aGrant(changes), held });

/** A record in memory, with the conditions of the real ones. */
export function memoryRecords(): LicenseRecords & { current(): LicenseRecord | undefined } {
  let kept: { readonly record: LicenseRecord; readonly version: string } | undefined;
  let writes = 0;
  return {
    current: () => kept?.record,
    read: () => Promise.resolve(kept),
    replace: async (record, version) => {
      if (kept?.version !== version) return undefined;
      writes += 1;
      kept = { record, version: String(writes) };
      return kept.version;
    },
  };
}

/** Gives these answers, the last one for ever, and says what it was asked with. */
export function scriptedAuthority(...answers: readonly LicenseAnswer[]): LicenseAuthority & { readonly asked: (string | null)[]; readonly released: string[] } {
  const asked: (string | null)[] = [];
  const released: string[] = [];
  return {
    type: 'aws',
    asked,
    released,
    async ask(held) {
      asked.push(held);
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      if (answer === undefined) throw new Error('no answer was planned');
      return answer;
    },
    async release(held) {
      released.push(held);
    },
  };
}

/** A licence whose state the test sets. */
export function settableLicense(): License & { set(changes: Partial<LicenseTerms>): void } {
  const valid: LicenseTerms = { ...termsOf(newRecord('aws'), new Date(0)), state: 'valid', reason: null, graceEndsAt: null };
  let terms = valid;
  return {
    terms: () => Promise.resolve(terms),
    set(changes) {
      terms = { ...valid, ...changes };
    },
  };
}
