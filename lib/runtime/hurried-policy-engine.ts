import type { PolicyEngine } from '../core/ports/policy-engine.ts';
import { unavailable } from '../core/shared/errors.ts';

/** Kept back of a call's time, to write down what the policies said and hand messages back in order. */
export const POLICY_RESERVE_MS = 10_000;

/** With less, a policy would be blamed for a call that came to it late. */
const LEAST_MS = 1_000;

/**
 * The engine within a call that is ended from outside: no evaluation takes longer than the call has left for it. When next to nothing is
 * left nobody is asked, and whoever wanted to know is told to come again, so that no decision is made for want of time.
 */
export function hurriedPolicyEngine(engine: PolicyEngine, leftMs: () => number): PolicyEngine {
  return {
    ...engine,
    async evaluate(type, bodies, inputs, options) {
      const left = leftMs();
      if (left < LEAST_MS) throw unavailable('too little time is left in this call to evaluate policies: try again');
      return engine.evaluate(type, bodies, inputs, { ...options, deadlineMs: Math.min(options.deadlineMs, left) });
    },
  };
}
