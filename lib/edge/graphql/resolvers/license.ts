import { noticeOf } from '../../../core/license/license-grace.ts';
import type { LicenseTerms } from '../../../core/ports/license.ts';
import { requireRootAdmin } from '../../../core/shared/actor.ts';
import type { License, QueryResolvers } from '../resolver-types.ts';
import { seconds } from './values.ts';

const TYPES = { aws: 'AWS', jwt: 'JWT', none: 'NONE' } as const;
const STATES = { valid: 'VALID', grace: 'GRACE', restricted: 'RESTRICTED' } as const;
const UNLICENSED_TIER = 'SELF_HOSTED';

const secondsOrNull = (at: Date | null): number | null => (at === null ? null : seconds(at));

const toLicense = (terms: LicenseTerms, now: Date): License => ({
  type: TYPES[terms.type],
  state: STATES[terms.state],
  reason: terms.reason,
  notice: noticeOf(terms, now),
  licensee: terms.licensee,
  tier: terms.tier,
  features: [...terms.features],
  maxWorkers: terms.limits.workers,
  maxUsers: terms.limits.users,
  validUntil: secondsOrNull(terms.validUntil),
  graceEndsAt: secondsOrNull(terms.graceEndsAt),
  checkedAt: secondsOrNull(terms.checkedAt),
});

export const Query: Pick<QueryResolvers, 'license' | 'tier' | 'tierFeatures'> = {
  license: async (_, __, { ports, actor }) => {
    requireRootAdmin(actor);
    return toLicense(await ports.license.terms(), ports.clock.now());
  },
  tier: async (_, __, { ports }) => (await ports.license.terms()).tier ?? UNLICENSED_TIER,
  tierFeatures: async (_, __, { ports }) => [...(await ports.license.terms()).features],
};
