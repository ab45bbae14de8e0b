import type { PolicyEngine, PolicyEvaluation, PolicyFault, PolicyType } from '../../core/ports/policy-engine.ts';
import { type Evaluation, PolicyEngineClient } from '../../policy-engine/policy-engine.ts';

export interface OpaPolicyEngineOptions {
  /** The built engine; undefined when there is none. */
  readonly command: string | undefined;
  readonly memoryMib: number;
  readonly maxInputMib: number;
}

export interface OpenPolicyEngine extends PolicyEngine {
  close(): Promise<void>;
}

const MISSING: PolicyFault = { kind: 'internal', message: 'the policy engine is not built on this machine: install Go and run `npm run build:engine`' };

/** Open Policy Agent in a child process, or its absence, which answers every question with an error. */
export function opaPolicyEngine({ command, ...limits }: OpaPolicyEngineOptions): OpenPolicyEngine {
  if (command === undefined) return missingEngine;
  const client = new PolicyEngineClient({ command, ...limits });
  return {
    check: (type, body) => client.check({ type, ...body }),
    evaluate: async <T extends PolicyType>(type: T, bodies: Parameters<PolicyEngine['evaluate']>[1], inputs: readonly string[], options: Parameters<PolicyEngine['evaluate']>[3]) => {
      const rows: readonly (readonly Evaluation<T>[])[] = await client.evaluate(bodies.map((body) => ({ type, ...body })), inputs, options);
      return rows as readonly (readonly PolicyEvaluation<T>[])[];
    },
    version: () => client.version(),
    close: () => client.close(),
  };
}

const missingEngine: OpenPolicyEngine = {
  check: async () => ({ errors: [MISSING], warnings: [] }),
  evaluate: async (_type, bodies, inputs) => bodies.map(() => inputs.map(() => ({ error: MISSING, prints: [] }))),
  version: async () => undefined,
  close: async () => {},
};
