// Policies about pushes, approvals and notifications, and webhooks that hear of runs: each decided and sent by the part of the platform that does so.
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { skip as engineMissing } from '../policy-engine/engine.ts';
import { eventually } from '../support/eventually.ts';
import type { Platform, TestStack } from '../support/platform.ts';
import { PLATFORMS } from '../support/platforms.ts';
import { aReceiver, type Receiver } from '../support/receiver.ts';
import { needsTerraform } from '../support/requirements.ts';

const needsEngine = engineMissing === false ? {} : { skip: engineMissing };
const MAIN = 'resource "terraform_data" "a" {\n  input = "a"\n}\n';
/** What is sent to private addresses is admitted by the operator alone. */
const ADMITTED = { OUTBOUND_ALLOWED_CIDRS: '127.0.0.0/8' };

for (const on of PLATFORMS)
  describe(`pushes, reviews and those who want to know (${on.name})`, { ...needsEngine, ...needsTerraform, ...on.needs, timeout: on.within(120_000) }, () => {
    let platform: Platform;
    let receiver: Receiver;
    before(async () => {
      [platform, receiver] = await Promise.all([on.start(ADMITTED), aReceiver()]);
    });
    after(async () => {
      await platform.stop();
      await receiver.close();
    });

    async function policy(type: string, name: string, rego: string, on?: TestStack): Promise<void> {
      const { policyCreate } = await platform.api.query<{ policyCreate: { id: string } }>(
        'mutation ($type: PolicyType!, $name: String!, $body: String!) { policyCreate(name: $name, body: $body, type: $type) { id } }',
        { type, name, body: `package spacelift\n\n${rego}\n` },
      );
      if (on === undefined) return;
      await platform.api.query('mutation ($policy: ID!, $stack: ID!) { policyAttach(id: $policy, stack: $stack) { id } }', {
        policy: policyCreate.id,
        stack: on.id,
      });
    }

    const webhook = async (name: string): Promise<string> => {
      const input = { name, enabled: true, endpoint: `${receiver.url}/${name}`, labels: [], secret: 'open sesame', space: 'root' };
      const { namedWebhooksIntegrationCreate: made } = await platform.api.query<{ namedWebhooksIntegrationCreate: { id: string } }>(
        'mutation ($input: NamedWebhooksIntegrationInput!) { namedWebhooksIntegrationCreate(input: $input) { id } }',
        { input },
      );
      return made.id;
    };
    const sentTo = (name: string) => receiver.received.filter(({ path }) => path === `/${name}`);

    it('a push policy decides which pushes become runs, and of which kind', async () => {
      const stack = await platform.stack('pushed', { 'main.tf': MAIN });
      const rego = [
        'track { input.push.branch == "main" }',
        'propose { startswith(input.push.branch, "look/") }',
        'ignore { contains(input.push.message, "[skip]") }',
        'message["whoever pushed asked for nothing"] { contains(input.push.message, "[skip]") }',
      ];
      await policy('GIT_PUSH', 'pushes of one stack', rego.join('\n'), stack);

      const skipped = await stack.push({ 'README.md': 'nothing to see\n' }, { message: 'docs [skip]' });
      const proposed = await stack.push({ 'main.tf': `# look\n${MAIN}` }, { branch: 'look/here' });
      expect((await stack.runOf(proposed, 'proposedRuns')).state).toBe('FINISHED');
      const tracked = await stack.push({ 'main.tf': `# track\n${MAIN}` });
      expect((await stack.runOf(tracked)).state).toBe('UNCONFIRMED');

      const { runs, proposedRuns } = await stack.query<Record<'runs' | 'proposedRuns', readonly { commit: { hash: string } }[]>>(
        'runs { commit { hash } } proposedRuns { commit { hash } }',
      );
      expect(runs.map(({ commit }) => commit.hash)).toEqual([tracked]);
      expect(proposedRuns.map(({ commit }) => commit.hash)).toEqual([proposed]);
      expect([...runs, ...proposedRuns].map(({ commit }) => commit.hash)).not.toContain(skipped);
    });

    it('an approval policy keeps a plan from being applied until somebody approves it', async () => {
      const stack = await platform.stack('reviewed', { 'main.tf': MAIN });
      await policy('APPROVAL', 'one approval', 'approve { input.run.state == "QUEUED" }\napprove { count(input.reviews.current.approvals) > 0 }', stack);

      const planned = await stack.run();
      expect(planned.state).toBe('UNCONFIRMED');
      await expect(stack.confirm(planned.id)).rejects.toThrow(/approv/);
      await platform.api.query('mutation ($stack: ID!, $run: ID!) { runReview(stack: $stack, run: $run, decision: APPROVE) { id } }', {
        stack: stack.id,
        run: planned.id,
      });
      await eventually('the approval to count', () => stack.confirm(planned.id).then(
        () => true,
        () => false,
      ));

      expect((await stack.follow(planned.id, planned.stateVersion)).state).toBe('FINISHED');
    });

    it('a notification policy tells a named webhook, with a signature by its secret', async () => {
      const endpoint = await webhook('chat-room');
      const stack = await platform.stack('told', { 'main.tf': MAIN }, { autodeploy: true });
      await policy('NOTIFICATION', 'tell when finished', [
        `webhook[{"endpoint_id": "${endpoint}", "payload": {"run": input.run_updated.run.id, "state": input.run_updated.state}}] {`,
        `  input.run_updated.stack.id == "${stack.id}"`,
        '  input.run_updated.state == "FINISHED"',
        '}',
      ].join('\n'));

      const run = await stack.run();
      expect(run.state).toBe('FINISHED');

      const [sent] = await eventually('a delivery', async () => (sentTo('chat-room').length > 0 ? sentTo('chat-room') : undefined));
      expect(JSON.parse(sent?.body ?? '')).toEqual({ run: run.id, state: 'FINISHED' });
      expect(Object.entries(sent?.headers ?? {}).filter(([name]) => name.includes('signature')).length).toBeGreaterThan(0);
    });

    it('a webhook of a stack hears every step of its runs', async () => {
      const stack = await platform.stack('overheard', { 'main.tf': MAIN }, { autodeploy: true });
      await platform.api.query('mutation ($stack: ID!, $input: WebhooksIntegrationInput!) { webhooksIntegrationCreate(stack: $stack, input: $input) { id } }', {
        stack: stack.id,
        input: { enabled: true, endpoint: `${receiver.url}/steps`, secret: '', retryOnFailure: false },
      });

      const run = await stack.run();
      expect(run.state).toBe('FINISHED');

      const heard = () => sentTo('steps').map(({ body }) => JSON.parse(body) as { readonly state: string; readonly run: { readonly id: string } });
      await eventually('the end to be heard', async () => heard().some(({ state }) => state === 'FINISHED'));
      expect(new Set(heard().map((body) => body.run.id))).toEqual(new Set([run.id]));
      for (const state of run.states) await eventually(`${state} to be heard`, async () => heard().some((body) => body.state === state));
    });
  });
