import type { LicenseTerms } from '../ports/license.ts';

/** Why runs that have not started stay in the queue; null when they need not. */
export const whyRunsWait = (terms: LicenseTerms): string | null =>
  (terms.state === 'restricted' ? `the licence does not allow new runs: ${terms.reason ?? 'there is none'}` : null);

/** Why one more of these is refused; null when there is room. What is there already stays. */
export function whyNoRoom(terms: LicenseTerms, what: 'workers' | 'users', present: number): string | null {
  const most = terms.limits[what];
  return most === null || present < most ? null : `the licence allows ${most} ${what}, and there are ${present}: remove one, or ask for a larger licence`;
}
