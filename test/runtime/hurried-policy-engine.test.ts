import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { opaPolicyEngine, type OpenPolicyEngine } from '../../lib/adapters/policy/opa-policy-engine.ts';
import { evaluatePolicies } from '../../lib/core/policies/actions/evaluate-policy.ts';
import type { EvaluateOptions } from '../../lib/core/ports/policy-engine.ts';
import { FUNCTION_VARIABLES } from '../../lib/core/shared/function-variables.ts';
import { composeAws } from '../../lib/runtime/aws.ts';
import { hurriedPolicyEngine, POLICY_RESERVE_MS } from '../../lib/runtime/hurried-policy-engine.ts';
import { invocations } from '../../lib/runtime/invocation.ts';
import { engineCommand } from '../policy-engine/engine.ts';
import { testApp, type TestApp } from '../support/app.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { aPolicy, needsEngine } from '../support/policy-builders.ts';
import { anAccount } from '../support/stack-builders.ts';

const ENDLESS = 'deny contains "x" if {\n\tsome a in numbers.range(1, 3000)\n\tsome b in numbers.range(1, 3000)\n\tsome c in numbers.range(1, 3000)\n\ta + b + c == 1\n}';

describe('policies in a function', needsEngine, () => {
  let app: TestApp;
  let engine: OpenPolicyEngine;
  before(async () => {
    app = await testApp();
    await anAccount(app);
    engine = opaPolicyEngine({ command: engineCommand, memoryMib: 512, maxInputMib: 32 });
  });
  after(() => Promise.all([engine.close(), app.close()]));

  /** An engine in a call that has this much time left, and the deadlines that reach it. */
  const inCall = (leftMs: number) => {
    const deadlines: number[] = [];
    const seen: OpenPolicyEngine = {
      ...engine,
      evaluate: (type, bodies, inputs, options: EvaluateOptions) => {
        deadlines.push(options.deadlineMs);
        return engine.evaluate(type, bodies, inputs, options);
      },
    };
    const clock = fakeClock();
    const call = invocations(clock);
    call.begin({ awsRequestId: 'R', getRemainingTimeInMillis: () => leftMs });
    return { clock, deadlines, ports: { ...app.ports, policyEngine: hurriedPolicyEngine(seen, () => call.remainingMs(POLICY_RESERVE_MS)) } };
  };

  it('have the time that is left of the call, less ten seconds, and never more than their own', async () => {
    const policy = await aPolicy(app, 'PLAN', 'deny contains "no" if input.bad');
    const { ports, clock, deadlines } = inCall(60_000);

    for (const passed of [0, 20_000, 15_000]) {
      clock.advance(passed);
      expect((await evaluatePolicies(ports, 'PLAN', [policy], '{"bad":true}', {}))[0]).toMatchObject({ fault: null, messages: ['no'] });
    }

    expect(deadlines).toEqual([45_000, 30_000, 15_000]);
  });

  it('are ended when that time is over', async () => {
    const policy = await aPolicy(app, 'PLAN', ENDLESS);
    const started = performance.now();

    const [verdict] = await evaluatePolicies(inCall(11_200).ports, 'PLAN', [policy], '{}', {});

    expect(verdict).toMatchObject({ decision: null, fault: { kind: 'timeout' }, outcome: 'deny' });
    expect(performance.now() - started).toBeLessThan(1_200 + 2_000);
  });

  it('are not asked when next to nothing is left: nothing is decided, and it is tried again', async () => {
    const policy = await aPolicy(app, 'PLAN', 'warn contains "never"');
    const { ports, deadlines } = inCall(10_500);

    await expect(evaluatePolicies(ports, 'PLAN', [policy], '{}', {})).rejects.toMatchObject({ code: 'UNAVAILABLE' });

    expect(deadlines).toEqual([]);
    expect(await app.ports.db.sql.selectFrom('policy_evaluations').select('id').where('policy_id', '=', policy.id).execute()).toEqual([]);
  });

  it('are so hurried in the functions as they are composed', async () => {
    const valueOf = (name: string) => (name.endsWith('_ARN') ? 'arn:aws:service:us-east-1:123456789012:thing' : name.endsWith('_URL') ? `https://sqs.us-east-1.amazonaws.com/123456789012/${name.toLowerCase()}` : undefined);
    const fixed = { SERVER_DOMAIN: 'windlass.example.test', ACCOUNT_NAME: 'acme', AWS_ACCOUNT_ID: '123456789012', AWS_PARTITION: 'aws', MESSAGE_QUEUE_TYPE: 'sqs', ENCRYPTION_TYPE: 'kms', MQTT_BROKER_TYPE: 'iotcore', OBJECT_STORAGE_TYPE: 'aws', OBSERVABILITY_VENDOR: 'Disabled', LICENSE_TYPE: 'none', DATABASE_ACCESS: 'data-api' };
    const named = FUNCTION_VARIABLES['drain-policies'].map((name) => [name, valueOf(name) ?? `value-of-${name.toLowerCase()}`] as const);
    const clock = fakeClock();
    const composed = composeAws({ ...Object.fromEntries(named), ...fixed, WINDLASS_FUNCTION: 'drain-policies' }, { clock, telemetry: app.ports.telemetry });
    const ask = () => composed.ports.policyEngine.evaluate('PLAN', [{ source: 'package spacelift', version: 'v1' }], ['{}'], { deadlineMs: 5_000 });

    composed.invocations.begin({ awsRequestId: 'R', getRemainingTimeInMillis: () => 100_000 });
    expect(await ask()).toEqual([[expect.anything()]]);
    clock.advance(90_000);
    await expect(ask()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
