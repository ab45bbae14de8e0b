import type { Clock } from '../ports/clock.ts';
import type { License, LicenseAuthority, LicenseRecord, LicenseRecords, LicenseTerms, LicenseType } from '../ports/license.ts';
import { newRecord, recordAnswer, termsOf } from './license-grace.ts';

const REMEMBER_MS = 60_000;

/**
 * The licence as the record says, read anew each minute. An authority that costs nothing to ask (`asks`) is asked each time as well, so that a
 * new token counts before the next check writes it down. A record that cannot be read leaves what was known.
 */
export function keptLicense(options: {
  readonly type: LicenseType;
  readonly records: LicenseRecords;
  readonly clock: Pick<Clock, 'now'>;
  readonly asks?: LicenseAuthority;
}): License {
  const { type, records, clock, asks } = options;
  let known: { readonly record: LicenseRecord; readonly readAt: number } | undefined;

  async function load(now: Date): Promise<LicenseRecord> {
    const found = (await records.read())?.record;
    const record = found?.type === type ? found : newRecord(type);
    return asks === undefined ? record : recordAnswer(record, await asks.ask(record.held), now);
  }

  return {
    async terms(): Promise<LicenseTerms> {
      const now = clock.now();
      if (known === undefined || now.getTime() - known.readAt >= REMEMBER_MS) {
        const record = await load(now).catch((error: unknown) => {
          if (known === undefined) throw error;
          return known.record;
        });
        known = { record, readAt: now.getTime() };
      }
      return termsOf(known.record, now);
    },
  };
}
