import { DEFAULT_LIMITS } from '../core/policies/limits.ts';
import type { PolicyLimits } from '../core/ports/settings.ts';
import { POLICY_TIMEOUT_VARIABLES, policyTimeMs, type PolicyTimeout } from '../core/shared/policy-timeouts.ts';
import type { EnvironmentReader } from './environment.ts';

/** How long policies may take, as the operator wants it. */
export function readPolicyLimits(read: EnvironmentReader): PolicyLimits {
  const limit = (timeout: PolicyTimeout, fallback: number): number => {
    const name = POLICY_TIMEOUT_VARIABLES[timeout];
    const text = read.text(name);
    if (text === undefined) return fallback;
    const ms = policyTimeMs(text);
    if (ms === undefined) read.fault(name, `${JSON.stringify(text)} is not a duration such as 30s or 2m, of at most an hour`);
    return ms ?? fallback;
  };
  const { deadlineMs, combinedMs } = DEFAULT_LIMITS;
  return {
    deadlineMs: {
      ...deadlineMs,
      PLAN: limit('plan', deadlineMs.PLAN),
      LOGIN: limit('login', deadlineMs.LOGIN),
      GIT_PUSH: limit('push', deadlineMs.GIT_PUSH),
      APPROVAL: limit('approval', deadlineMs.APPROVAL),
      TRIGGER: limit('trigger', deadlineMs.TRIGGER),
      NOTIFICATION: limit('notification', deadlineMs.NOTIFICATION),
    },
    combinedMs: limit('combined', combinedMs),
  };
}
