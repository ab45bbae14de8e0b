// Policies decide over plans in the platform's own engine, wherever that runs.
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { skip as engineMissing } from '../policy-engine/engine.ts';
import type { Platform, TestStack } from '../support/platform.ts';
import { PLATFORMS } from '../support/platforms.ts';
import { needsTerraform } from '../support/requirements.ts';

const needsEngine = engineMissing === false ? {} : { skip: engineMissing };
const servers = (count: number) => `resource "terraform_data" "server" {\n  count = ${count}\n}\n`;
const AT_MOST_TWO = `package spacelift

deny["at most two servers at once"] { count(input.terraform.resource_changes) > 2 }
warn["two servers are many"] { count(input.terraform.resource_changes) == 2 }
`;

for (const on of PLATFORMS)
  describe(`a plan policy (${on.name})`, { ...needsEngine, ...needsTerraform, ...on.needs, timeout: on.within(120_000) }, () => {
    let platform: Platform;
    let stack: TestStack;
    before(async () => {
      platform = await on.start();
      stack = await platform.stack('governed', { 'main.tf': servers(3) }, { autodeploy: true });
      const { policyCreate } = await platform.api.query<{ policyCreate: { id: string } }>(
        'mutation ($body: String!) { policyCreate(name: "few servers", body: $body, type: PLAN) { id } }',
        { body: AT_MOST_TWO },
      );
      await platform.api.query('mutation ($policy: ID!, $stack: ID!) { policyAttach(id: $policy, stack: $stack) { id } }', {
        policy: policyCreate.id,
        stack: stack.id,
      });
    });
    after(() => platform.stop());

    it('keeps a plan from being applied, and says why in its log', async () => {
      const run = await stack.run();

      expect(run.state).toBe('FAILED');
      expect(run.states).not.toContain('APPLYING');
      expect(run.lines.join('\n')).toContain('at most two servers at once');
    });

    it('warns of one, which then waits for a person', async () => {
      const run = await stack.runOf(await stack.push({ 'main.tf': servers(2) }));

      expect(run.state).toBe('UNCONFIRMED');
      expect(run.lines.join('\n')).toContain('two servers are many');
      await stack.act('runDiscard', run.id);
    });

    it('lets the others pass', async () => {
      expect((await stack.runOf(await stack.push({ 'main.tf': servers(1) }))).state).toBe('FINISHED');
    });
  });
