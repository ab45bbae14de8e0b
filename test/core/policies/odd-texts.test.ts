import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { evaluatePolicies } from '../../../lib/core/policies/actions/evaluate-policy.ts';
import { readSample } from '../../../lib/core/policies/sample-text.ts';
import { receiptsOfRuns, samplesOf } from '../../../lib/core/policies/evaluation-store.ts';
import type { PolicyType } from '../../../lib/core/ports/policy-engine.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aPolicy, needsEngine } from '../../support/policy-builders.ts';
import { insertTestRun } from '../../support/run-builders.ts';
import { anAccount, aStack } from '../../support/stack-builders.ts';

for (const engine of ENGINES) {
  describe(`odd inputs and results on ${engine}`, needsEngine, () => {
    let app: TestApp;
    before(async () => {
      app = await testApp({ engine });
      await anAccount(app);
    });
    after(() => app.close());

    /** What one policy says of one input for a run, and what is kept of it. */
    async function ask(type: PolicyType, rego: string, input: string) {
      const stack = await aStack(app, { id: app.ports.ids.ulid().toLowerCase() });
      const run = await insertTestRun(app, stack, {});
      const policy = await aPolicy(app, type, rego);
      const [verdict] = await evaluatePolicies(app.ports, type, [policy], input, { runId: run.id, stackId: stack.id });
      const [receipt] = await receiptsOfRuns(app.ports.db.sql, [run.id]);
      return { policy, verdict, receipt };
    }

    const deep = '['.repeat(9_000) + ']'.repeat(9_000);
    for (const [what, input, condition] of [
      ['a number of 2^63', '{"n":9223372036854775808}', 'input.n == 9223372036854775808'],
      ['half of a surrogate pair', '{"s":"a\\ud800b"}', 'input.s == "a\\ufffdb"'],
      ['nine thousand levels', deep, 'count([x | walk(input, [_, x])]) == 9000'],
    ] as const) {
      it(`with ${what}: it is evaluated and kept as it came`, async () => {
        const { policy, verdict, receipt } = await ask('PLAN', `deny contains "seen" if ${condition}\nsample if true`, input);
        expect(verdict).toMatchObject({ fault: null, messages: ['seen'] });
        expect(receipt).toMatchObject({ messages: ['seen'], error: null });
        const [sample] = await samplesOf(app.ports.db.sql, policy.ulid, app.ports.clock.now());
        expect(readSample((await app.ports.objects.get('policy-inputs', sample?.sampleKey ?? '')) ?? Buffer.alloc(0))?.input).toBe(input);
      });
    }

    it('with a NUL in a message, a flag and a notice, which becomes the replacement character', async () => {
      const { verdict, receipt } = await ask('PLAN', 'deny contains input.s\ndeny contains "\\\\u0000 as text \\u0000\\u0000"\nflag contains "f\\u0000"', '{"s":"a\\u0000b"}');
      expect(verdict?.messages).toEqual(['\\u0000 as text \ufffd\ufffd', 'a\ufffdb']);
      expect(receipt).toMatchObject({ messages: verdict?.messages, flags: ['f\ufffd'] });

      const notice = await ask('NOTIFICATION', 'webhook contains {"endpoint_id": "e", "payload": {"k\\u0000": ["\\u0000", 9223372036854775808]}}', '{}');
      expect(JSON.stringify(notice.verdict?.decision)).toContain('{"k\ufffd":["\ufffd",9223372036854775808]}');
      expect(notice.receipt?.error).toBeNull();
    });

    it('with messages that are cut in the middle of a pair', async () => {
      const { verdict, receipt } = await ask('PLAN', 'deny contains concat("", array.concat(["x"], [e | some i in numbers.range(1, 9000); e := "😀"]))', '{}');
      expect(verdict?.messages[0]).toHaveLength(18_001);
      expect(receipt?.messages[0]?.isWellFormed()).toBe(true);
    });

    it('with a payload of nine thousand levels, which nothing could write: the policy has failed', async () => {
      const { verdict, receipt } = await ask('NOTIFICATION', 'webhook contains {"endpoint_id": "e", "payload": input}', deep);
      expect(verdict).toMatchObject({ decision: null, fault: { kind: 'refused', message: 'the result is nested too deeply' } });
      expect(receipt).toMatchObject({ outcome: 'undecided', error: 'refused: the result is nested too deeply' });

      const shallow = '['.repeat(400) + ']'.repeat(400);
      expect((await ask('NOTIFICATION', 'webhook contains {"endpoint_id": "e", "payload": input}', shallow)).receipt).toMatchObject({ outcome: 'notify', error: null });
    });
  });
}
