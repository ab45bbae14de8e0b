import type { PolicyFault } from './fault.ts';
import type { PolicyEngineClient, QuerySource } from './policy-engine.ts';
import type { RegoFile } from './rego-files.ts';

const DEADLINE_MS = 5_000;

export interface TestResult {
  readonly name: string;
  readonly passed: boolean;
  readonly error?: PolicyFault;
  readonly prints: readonly string[];
}

/** Runs the rules named `test_…`; one passes when it is true. Without a policy the tests stand alone. */
export async function runPolicyTests(engine: PolicyEngineClient, tests: RegoFile, policy: RegoFile | undefined): Promise<readonly TestResult[]> {
  const source: QuerySource = policy
    ? { query: 'true', source: policy.source, version: policy.version, policyType: policy.type, tests: { source: tests.source, version: tests.version } }
    : { query: 'true', source: 'package windlass_no_policy', version: 'v1', tests: { source: tests.source, version: tests.version } };
  const { tests: names, errors } = await engine.tests(source);
  const [error] = errors;
  if (error) return [{ name: tests.path, passed: false, error, prints: [] }];

  const results: TestResult[] = [];
  for (const name of names) {
    const { value, error, prints = [] } = await engine.query({ ...source, query: name }, undefined, { deadlineMs: DEADLINE_MS });
    results.push({ name: name.replace(/^data\./, ''), passed: value === 'true', error, prints: prints.map(({ text }) => text) });
  }
  return results;
}
