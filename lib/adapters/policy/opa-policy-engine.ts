import type { PolicyEngine, PolicyEvaluation, PolicyFault, PolicyType } from '../../core/ports/policy-engine.ts';
import { parseExactJson } from '../../policy-engine/exact-json.ts';
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

const TOO_DEEP: PolicyFault = { kind: 'refused', message: 'the result is nested too deeply' };
const MAX_DEPTH = 500;

/** Level by level, since what is deep enough cannot even be written as text. */
function isTooDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? (Object.values(one) as unknown[]) : []));
  }
  return false;
}

/** What a row can hold: a NUL becomes the replacement character, as half of a surrogate pair does. */
function storable<T extends PolicyType>(answer: Evaluation<T>): Evaluation<T> {
  if (isTooDeep(answer)) return { error: TOO_DEEP, prints: [] };
  const text = JSON.stringify(answer);
  return text.includes('\\u0000') ? (parseExactJson(text.replace(/(?<!\\)((?:\\\\)*)\\u0000/g, '$1\\ufffd')) as Evaluation<T>) : answer;
}

/** Open Policy Agent in a child process, or its absence, which answers every question with an error. */
export function opaPolicyEngine({ command, ...limits }: OpaPolicyEngineOptions): OpenPolicyEngine {
  if (command === undefined) return missingEngine;
  const client = new PolicyEngineClient({ command, ...limits });
  return {
    check: (type, body) => client.check({ type, ...body }),
    evaluate: async <T extends PolicyType>(type: T, bodies: Parameters<PolicyEngine['evaluate']>[1], inputs: readonly string[], options: Parameters<PolicyEngine['evaluate']>[3]) => {
      const rows: readonly (readonly Evaluation<T>[])[] = await client.evaluate(bodies.map((body) => ({ type, ...body })), inputs, options);
      return rows.map((row) => row.map(storable)) as readonly (readonly PolicyEvaluation<T>[])[];
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
