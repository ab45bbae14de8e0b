import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { createApiKey } from '../../../lib/core/accounts/actions/create-api-key.ts';
import { exchangeApiKey } from '../../../lib/core/accounts/actions/exchange-api-key.ts';
import { addContextConfig } from '../../../lib/core/contexts/actions/add-context-config.ts';
import { attachContext } from '../../../lib/core/contexts/actions/attach-context.ts';
import { createContext } from '../../../lib/core/contexts/actions/create-context.ts';
import { decidePlan } from '../../../lib/core/handovers/actions/decide-plan.ts';
import type { PolicyType } from '../../../lib/core/ports/policy-engine.ts';
import type { Ports } from '../../../lib/core/ports/ports.ts';
import { tellRun } from '../../../lib/core/notifications/actions/tell-run.ts';
import { checkRun } from '../../../lib/core/runs/actions/check-run.ts';
import { createTask } from '../../../lib/core/runs/actions/create-task.ts';
import { addStackConfig } from '../../../lib/core/stacks/actions/add-stack-config.ts';
import { accessLevels } from '../../../lib/core/stacks/actions/decide-access.ts';
import { followByPolicies } from '../../../lib/core/triggers/actions/follow-by-policies.ts';
import { triggerFollowers } from '../../../lib/core/triggers/actions/trigger-followers.ts';
import { adminActor, writerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { aPolicy, needsEngine } from '../../support/policy-builders.ts';
import { insertTestRun } from '../../support/run-builders.ts';
import { anAccount, aStack } from '../../support/stack-builders.ts';

const admin = adminActor();
const CANARY = 'canary-that-nobody-may-see';
/** Each type's way to say aloud whatever it is told. */
const TELLING: Readonly<Partial<Record<PolicyType, string>>> = {
  LOGIN: 'allow if true', ACCESS: 'read if true', APPROVAL: 'approve_with_note contains json.marshal(input)', GIT_PUSH: 'propose if true\nmessage contains json.marshal(input)', INITIALIZATION: 'deny contains "" if not input',
  PLAN: 'warn contains json.marshal(input)', TASK: 'deny contains json.marshal(input)', TRIGGER: 'flag contains json.marshal(input)', NOTIFICATION: 'inbox contains {"title": "all", "body": json.marshal(input)}',
};

describe('policies that print all they are told', needsEngine, () => {
  let app: TestApp;
  before(async () => {
    app = await testApp();
    await anAccount(app);
  });
  after(() => app.close());

  it('print no secret, of the stack, its contexts or those who sign in', async () => {
    const stack = await aStack(app, { id: 'secretive' });
    const secret = (id: string, type: 'ENVIRONMENT_VARIABLE' | 'FILE_MOUNT') => ({ id, type, value: type === 'FILE_MOUNT' ? Buffer.from(CANARY).toString('base64') : CANARY, writeOnly: true });
    await addStackConfig(app.ports, admin, { stackId: stack.id, config: secret('OWN_TOKEN', 'ENVIRONMENT_VARIABLE') });
    await addStackConfig(app.ports, admin, { stackId: stack.id, config: secret('key.pem', 'FILE_MOUNT') });
    const context = await createContext(app.ports, admin, { name: 'credentials', description: '', labels: [], space: 'root' });
    await addContextConfig(app.ports, admin, { contextId: context.id, config: secret('CONTEXT_TOKEN', 'ENVIRONMENT_VARIABLE') });
    await attachContext(app.ports, admin, { contextId: context.id, stackId: stack.id });
    for (const [type, rego] of Object.entries(TELLING) as [PolicyType, string][]) {
      await aPolicy(app, type, `${rego}\nsample if print(input)`, type === 'LOGIN' || type === 'NOTIFICATION' ? {} : { stack: stack.id });
    }

    const told = new Map<PolicyType, string>();
    const real = app.ports.policyEngine;
    const ports: Ports = {
      ...app.ports,
      policyEngine: {
        ...real,
        async evaluate(type, bodies, inputs, options) {
          const rows = await real.evaluate(type, bodies, inputs, options);
          told.set(type, `${told.get(type) ?? ''}${inputs.join('')}${JSON.stringify(rows)}`);
          return rows;
        },
      },
    };
    await accessLevels(ports, writerActor(), [stack]);
    const commit = await app.ports.vcs.commit({ provider: 'GIT', url: stack.repositoryUrl }, { branch: stack.branch });
    const { key, secret: keySecret } = await createApiKey(app.ports, admin, { name: 'a key', admin: false });
    const session = await exchangeApiKey(ports, { id: key.id, secret: keySecret, remoteIp: '127.0.0.1' });
    await expect(createTask(ports, writerActor(), { stackId: stack.id, command: 'env' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const queued = await insertTestRun(app, stack, { commit });
    await checkRun(ports, { runId: queued.id, stateVersion: queued.stateVersion });
    const planned = await insertTestRun(app, stack, { commit, state: 'PLANNING', hasChanges: true, lease: 1, type: 'PROPOSED' });
    await decidePlan(ports, { runId: planned.id, lease: 1, skipped: true });
    const finished = await insertTestRun(app, stack, { commit, state: 'FINISHED' });
    await triggerFollowers(ports, { runId: finished.id });
    await followByPolicies(ports, stack, {
      kind: 'push', provider: 'GIT', integrationId: null, deliveryKey: '', receivedAt: app.ports.clock.now(), repository: { url: stack.repositoryUrl, namespace: '', name: stack.repository },
      actor: null, synthetic: true, branch: stack.branch, before: null, after: commit.hash, created: false, commits: [commit], files: ['main.tf'], filesComplete: true,
    }, { kind: 'hook', at: app.ports.clock.now().toISOString() });
    await tellRun(ports, { runId: finished.id, stateVersion: finished.stateVersion });

    expect([...told.keys()].sort()).toEqual(Object.keys(TELLING).sort());
    const secrets = [CANARY, Buffer.from(CANARY).toString('base64'), keySecret, session.token];
    for (const [type, text] of told) for (const one of secrets) expect({ type, tells: text.includes(one) }).toEqual({ type, tells: false });
    for (const { key: object } of await app.ports.objects.list('policy-inputs', '')) {
      const text = (await app.ports.objects.get('policy-inputs', object))?.toString('utf8') ?? '';
      for (const one of secrets) expect({ object, tells: text.includes(one) }).toEqual({ object, tells: false });
    }
    // What may be seen is seen, so that its absence elsewhere says something.
    expect(told.get('APPROVAL')).toContain('OWN_TOKEN');
  });
});
