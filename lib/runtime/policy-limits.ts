import { DEFAULT_LIMITS } from '../core/policies/limits.ts';
import type { PolicyLimits } from '../core/ports/settings.ts';
import type { EnvironmentReader } from './environment.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const MOST_MS = 3_600_000;

/** A duration such as `30s`, `2m` or `1m30s` in milliseconds; undefined for what is none. */
export function durationMs(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
  return [...parts].reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? 0), 0);
}

/** How long policies may take, as the operator wants it. */
export function readPolicyLimits(read: EnvironmentReader): PolicyLimits {
  const limit = (name: string, fallback: number): number => {
    const text = read.text(name);
    if (text === undefined) return fallback;
    const ms = durationMs(text);
    if (ms === undefined || ms < 1 || ms > MOST_MS) {
      read.fault(name, `${JSON.stringify(text)} is not a duration such as 30s or 2m, of at most an hour`);
      return fallback;
    }
    return ms;
  };
  const { deadlineMs, combinedMs } = DEFAULT_LIMITS;
  return {
    deadlineMs: {
      ...deadlineMs,
      PLAN: limit('POLICY_REGO_TIMEOUT_PLAN', deadlineMs.PLAN),
      LOGIN: limit('POLICY_REGO_TIMEOUT_LOGIN', deadlineMs.LOGIN),
      GIT_PUSH: limit('POLICY_REGO_TIMEOUT_PUSH', deadlineMs.GIT_PUSH),
      APPROVAL: limit('POLICY_REGO_TIMEOUT_APPROVAL', deadlineMs.APPROVAL),
      TRIGGER: limit('POLICY_REGO_TIMEOUT_TRIGGER', deadlineMs.TRIGGER),
      NOTIFICATION: limit('POLICY_REGO_TIMEOUT_NOTIFICATION', deadlineMs.NOTIFICATION),
    },
    combinedMs: limit('POLICY_REGO_EVALUATION_COMBINED_TIMEOUT', combinedMs),
  };
}
