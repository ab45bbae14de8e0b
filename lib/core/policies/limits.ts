import type { PolicyLimits } from '../ports/settings.ts';

export const DEFAULT_LIMITS: PolicyLimits = {
  deadlineMs: { PLAN: 45_000, NOTIFICATION: 10_000, GIT_PUSH: 10_000, LOGIN: 5_000, ACCESS: 5_000, APPROVAL: 5_000, INITIALIZATION: 5_000, TASK: 5_000, TRIGGER: 5_000 },
  combinedMs: 300_000,
};

/** Somebody waits for the answer to a request, which ends soon after. */
export const ASKED_AND_WAITED_FOR_MS = 15_000;

/** Of all access checks of one request together. */
export const ACCESS_CHECKS_MS = 500;
