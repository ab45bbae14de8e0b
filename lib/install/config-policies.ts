import { FUNCTIONS, type FunctionName } from '../core/shared/functions.ts';
import { POLICY_TIMEOUTS, policyTimeMs, type PolicyTimeout } from '../core/shared/policy-timeouts.ts';
import type { InstallConfig } from './config.ts';
import type { DocumentReader } from './document.ts';
import type { Context } from './read-config.ts';

/** Which function asks policies of a type and has the most time for it. */
const ASKED_BY: Readonly<Record<PolicyTimeout, FunctionName>> = {
  plan: 'drain-policies', push: 'drain-webhooks', notification: 'drain-events', login: 'http', approval: 'drain-fifo', trigger: 'drain-fifo', combined: 'drain-policies',
};
/** Kept back of a call's time to write down what the policies said. */
const RESERVE_SECONDS = 10;
/** An environment holds seven of them. */
const MOST_CHARACTERS = 16;

/** How long policies may take; what is not set stays with the product. */
export function readPolicyTimeouts(read: DocumentReader, { warnings }: Context): InstallConfig['policyTimeouts'] {
  const timeouts: Partial<Record<PolicyTimeout, string>> = {};
  for (const timeout of POLICY_TIMEOUTS) {
    const text = read.text(timeout);
    if (text === null) continue;
    const ms = text.length > MOST_CHARACTERS ? undefined : policyTimeMs(text);
    if (ms === undefined) read.fault(timeout, 'is not a duration such as 30s or 1m30s, of at most an hour');
    else timeouts[timeout] = text;
    const most = FUNCTIONS[ASKED_BY[timeout]].timeoutSeconds - RESERVE_SECONDS;
    if (ms !== undefined && ms > most * 1000) warnings.push(`${read.keyOf(timeout)}: the function that asks has at most ${most} seconds for it`);
  }
  return timeouts;
}
