/** The variables that say how long policies may take: those of a type, and all of one event together. */
export const POLICY_TIMEOUT_VARIABLES = {
  plan: 'POLICY_REGO_TIMEOUT_PLAN',
  push: 'POLICY_REGO_TIMEOUT_PUSH',
  notification: 'POLICY_REGO_TIMEOUT_NOTIFICATION',
  login: 'POLICY_REGO_TIMEOUT_LOGIN',
  approval: 'POLICY_REGO_TIMEOUT_APPROVAL',
  trigger: 'POLICY_REGO_TIMEOUT_TRIGGER',
  combined: 'POLICY_REGO_EVALUATION_COMBINED_TIMEOUT',
} as const;

export type PolicyTimeout = keyof typeof POLICY_TIMEOUT_VARIABLES;

export const POLICY_TIMEOUTS = Object.keys(POLICY_TIMEOUT_VARIABLES) as readonly PolicyTimeout[];

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const MOST_MS = 3_600_000;

/** A duration such as `30s`, `2m` or `1m30s` in milliseconds; undefined for what is none. */
export function durationMs(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
  return [...parts].reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? 0), 0);
}

/** How long policies may take by such a text; undefined for what is no time for a policy. */
export function policyTimeMs(text: string): number | undefined {
  const ms = durationMs(text);
  return ms === undefined || ms < 1 || ms > MOST_MS ? undefined : ms;
}
