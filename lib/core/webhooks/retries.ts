import type { Delivery, Webhook } from './webhook.ts';

/** How long to wait before each further try. */
const WAITS_SECONDS = [5, 30, 120] as const;
/** The audit trail is worth a day of tries, the later ones this far apart. */
const AUDIT_WAIT_SECONDS = 750;
const AUDIT_MS = 24 * 3_600_000;

export type Result = { readonly status: number } | { readonly fault: 'refused' | 'network' | 'gone' };

export const succeeded = (result: Result): boolean => 'status' in result && result.status >= 200 && result.status < 300;

const mayPass = (result: Result): boolean => ('status' in result ? result.status >= 500 || result.status === 429 : result.fault === 'network');

/**
 * Seconds until the next try, or undefined when there is none. `chance` is from 0 to 1 and spreads tries by a fifth either way.
 */
export function nextTry(webhook: Pick<Webhook, 'kind' | 'retryOnFailure'>, delivery: Pick<Delivery, 'tries' | 'createdAt'>, result: Result, now: Date, chance: number): number | undefined {
  const spread = (seconds: number) => Math.round(seconds * (0.8 + 0.4 * chance));
  const planned = WAITS_SECONDS[delivery.tries];
  if (webhook.kind === 'AUDIT') return now.getTime() - delivery.createdAt.getTime() < AUDIT_MS && !('fault' in result && result.fault === 'gone') ? spread(planned ?? AUDIT_WAIT_SECONDS) : undefined;
  return webhook.retryOnFailure && planned !== undefined && mayPass(result) ? spread(planned) : undefined;
}
