import type { License, LicenseTerms } from '../../core/ports/license.ts';

const UNLIMITED: LicenseTerms = {
  type: 'none',
  state: 'valid',
  reason: null,
  licensee: null,
  tier: null,
  limits: { workers: null, users: null },
  features: [],
  validUntil: null,
  graceEndsAt: null,
  checkedAt: null,
};

/** An installation that needs no licence. */
export const noLicense: License = { terms: () => Promise.resolve(UNLIMITED) };
