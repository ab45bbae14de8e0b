import { describe, it } from 'node:test';
import { expect } from 'expect';
import { DEFAULT_LIMITS } from '../../lib/core/policies/limits.ts';
import { EnvironmentReader } from '../../lib/runtime/environment.ts';
import { durationMs } from '../../lib/core/shared/policy-timeouts.ts';
import { readPolicyLimits } from '../../lib/runtime/policy-limits.ts';

describe('how long policies may take', () => {
  it('is what the types say unless the operator says otherwise', () => {
    expect(readPolicyLimits(new EnvironmentReader({}))).toEqual(DEFAULT_LIMITS);
    const read = new EnvironmentReader({ POLICY_REGO_TIMEOUT_PLAN: '2m', POLICY_REGO_TIMEOUT_PUSH: '30s', POLICY_REGO_EVALUATION_COMBINED_TIMEOUT: '1m30s' });
    expect(readPolicyLimits(read)).toMatchObject({ combinedMs: 90_000, deadlineMs: { PLAN: 120_000, GIT_PUSH: 30_000, LOGIN: 5_000 } });
    expect(read.faults).toEqual([]);
  });

  it('is a duration, and of at most an hour', () => {
    const read = new EnvironmentReader({ POLICY_REGO_TIMEOUT_LOGIN: '5', POLICY_REGO_TIMEOUT_APPROVAL: '2h', POLICY_REGO_TIMEOUT_TRIGGER: '0s' });
    readPolicyLimits(read);
    expect(read.faults.map((fault) => fault.split(':')[0])).toEqual(['POLICY_REGO_TIMEOUT_LOGIN', 'POLICY_REGO_TIMEOUT_APPROVAL', 'POLICY_REGO_TIMEOUT_TRIGGER']);
    expect([durationMs('500ms'), durationMs('1.5s'), durationMs('1 s'), durationMs('')]).toEqual([500, 1500, undefined, undefined]);
  });
});
