import { after, before, describe, it } from 'node:test';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'expect';
import { createApiKey } from '../../../lib/core/accounts/actions/create-api-key.ts';
import { exchangeApiKey } from '../../../lib/core/accounts/actions/exchange-api-key.ts';
import { opaPolicyEngine } from '../../../lib/adapters/policy/opa-policy-engine.ts';
import { decidePlan } from '../../../lib/core/handovers/actions/decide-plan.ts';
import { receiptsOfRuns, samplesOf } from '../../../lib/core/policies/evaluation-store.ts';
import type { Policy } from '../../../lib/core/policies/policy.ts';
import { findPolicy } from '../../../lib/core/policies/policy-store.ts';
import { tellRun } from '../../../lib/core/notifications/actions/tell-run.ts';
import type { PolicyEngine, PolicyType } from '../../../lib/core/ports/policy-engine.ts';
import type { Ports } from '../../../lib/core/ports/ports.ts';
import { checkRun } from '../../../lib/core/runs/actions/check-run.ts';
import { confirmRun } from '../../../lib/core/runs/actions/confirm-run.ts';
import { createTask } from '../../../lib/core/runs/actions/create-task.ts';
import { listIgnoredTriggers } from '../../../lib/core/runs/ignored-trigger-store.ts';
import { listRuns } from '../../../lib/core/runs/run-list-store.ts';
import type { Run } from '../../../lib/core/runs/run.ts';
import { sha256 } from '../../../lib/core/shared/text.ts';
import { withStackAccess } from '../../../lib/core/stacks/actions/decide-access.ts';
import { readStack } from '../../../lib/core/stacks/actions/read-stack.ts';
import { searchStacks } from '../../../lib/core/stacks/actions/search-stacks.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { followByPolicies } from '../../../lib/core/triggers/actions/follow-by-policies.ts';
import { triggerFollowers } from '../../../lib/core/triggers/actions/trigger-followers.ts';
import type { PushEvent } from '../../../lib/core/vcs/vcs-event.ts';
import { adminActor, strangerActor, writerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { needsEngine } from '../../support/policy-builders.ts';
import { aPool, insertTestRun, reload } from '../../support/run-builders.ts';
import { anAccount, aSpace, aStack } from '../../support/stack-builders.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { engineCommand } from '../../policy-engine/engine.ts';

const ENDLESS = 'package spacelift\n\nsample if {\n\tsome a in numbers.range(1, 3000)\n\tsome b in numbers.range(1, 3000)\n\tsome c in numbers.range(1, 3000)\n\ta + b + c == 1\n}\n';

/** What can go wrong, and how it is told. */
const FAULTS = {
  'a body that no longer compiles': { body: () => 'package spacelift\n\nallow if nothing_of_this_name\n', kind: ['compile', 'unsafe', 'parse', 'type'] },
  // Two values for one complete rule, which every decision reads.
  'rules that contradict each other': { body: () => 'package spacelift\n\nsample := true if input\n\nsample := false if is_object(input)\n', kind: ['conflict'] },
  'a body that takes too long': { body: () => ENDLESS, kind: ['timeout'] },
  'an engine that is killed': { body: () => ENDLESS, kind: ['internal', 'timeout', 'memory'] },
  'an engine that is missing': { body: () => 'package spacelift\n', kind: ['internal'] },
} as const;
type Fault = keyof typeof FAULTS;

describe('policies fail closed', needsEngine, () => {
  let app: TestApp;
  let real: ReturnType<typeof opaPolicyEngine>;
  let killed: ReturnType<typeof opaPolicyEngine>;
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  const missing = opaPolicyEngine({ command: undefined, memoryMib: 512, maxInputMib: 64 });
  let count = 0;

  before(async () => {
    app = await testApp({ settings: { policyLimits: { combinedMs: 300_000, deadlineMs: { PLAN: 600, LOGIN: 600, ACCESS: 600, APPROVAL: 600, GIT_PUSH: 600, INITIALIZATION: 600, TASK: 600, TRIGGER: 600, NOTIFICATION: 600 } } } });
    await anAccount(app);
    await aSpace(app, { id: 'legacy', name: 'legacy', inheritEntities: true });
    await aPool(app, { isShared: true });
    real = opaPolicyEngine({ command: engineCommand, memoryMib: 512, maxInputMib: 64 });
    // The machine kills each child in the middle of its work, the second one too.
    folder = await scratchFolder('killed-engine');
    const mortal = join(folder.path, 'engine');
    await writeFile(mortal, `#!/bin/sh\n(sleep 0.15; kill -KILL $$) &\nexec ${engineCommand} "$@"\n`, { mode: 0o755 });
    killed = opaPolicyEngine({ command: mortal, memoryMib: 512, maxInputMib: 64 });
  });
  after(async () => {
    await Promise.all([real.close(), killed.close(), app.close()]);
    await folder.remove();
  });

  const portsFor = (fault: Fault): Ports => {
    const engine: PolicyEngine = fault === 'an engine that is missing' ? missing : fault === 'an engine that is killed' ? killed : real;
    return { ...app.ports, policyEngine: engine };
  };

  /** A policy as it may lie in the database after an upgrade, though nobody could save it today. */
  async function brokenPolicy(type: PolicyType, fault: Fault, stack?: Stack): Promise<Policy> {
    const id = `broken-${++count}`;
    const now = app.ports.clock.now();
    const body = FAULTS[fault].body();
    const { sql } = app.ports.db;
    await sql.deleteFrom('policies').execute();
    await sql
      .insertInto('policies')
      .values({ id, ulid: app.ports.ids.ulid(), name: id, type, engine_type: 'REGO_V1', space_id: 'root', body, body_key: null, body_sha256: sha256(body), created_at: now, updated_at: now })
      .execute();
    if (stack !== undefined) await sql.insertInto('policy_attachments').values({ id: app.ports.ids.ulid(), policy_id: id, stack_id: stack.id, created_at: now }).execute();
    const policy = await findPolicy(sql, id);
    if (policy === undefined) throw new Error('the policy is gone');
    return policy;
  }

  const aFreshStack = () => aStack(app, { id: `failing-${++count}` });
  const aRunOf = async (stack: Stack, changes: Partial<Run>) => {
    const commit = await app.ports.vcs.commit({ provider: 'GIT', url: stack.repositoryUrl }, { branch: stack.branch });
    return insertTestRun(app, stack, { commit, ...changes });
  };

  const CASES: { readonly [T in PolicyType]: (ports: Ports, fault: Fault) => Promise<{ readonly policy: Policy; readonly sampled?: boolean }> } = {
    async LOGIN(ports, fault) {
      const policy = await brokenPolicy('LOGIN', fault);
      const { key, secret } = await createApiKey(app.ports, adminActor(), { name: 'a key', admin: false });
      await expect(exchangeApiKey(ports, { id: key.id, secret, remoteIp: '127.0.0.1' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      return { policy };
    },
    async ACCESS(ports, fault) {
      const stack = await aStack(app, { id: `failing-${++count}`, spaceId: 'legacy' });
      const policy = await brokenPolicy('ACCESS', fault, stack);
      const actor = await withStackAccess(ports, strangerActor({ asksAccess: true }));
      expect(await readStack(ports, actor, stack.id)).toBeUndefined();
      expect((await searchStacks(ports, actor, {})).items).toEqual([]);
      return { policy };
    },
    async APPROVAL(ports, fault) {
      const stack = await aFreshStack();
      const policy = await brokenPolicy('APPROVAL', fault, stack);
      const run = await aRunOf(stack, { state: 'UNCONFIRMED' });
      await checkRun(ports, { runId: run.id, stateVersion: run.stateVersion });
      expect(await reload(app, run)).toMatchObject({ state: 'UNCONFIRMED', waiting: { reason: expect.stringContaining('could not be evaluated'), approvals: [policy.name] } });
      await expect(confirmRun(ports, adminActor(), { runId: run.id })).rejects.toMatchObject({ code: 'CONFLICT' });
      return { policy };
    },
    async GIT_PUSH(ports, fault) {
      const stack = await aFreshStack();
      const policy = await brokenPolicy('GIT_PUSH', fault, stack);
      const commit = await app.ports.vcs.commit({ provider: 'GIT', url: stack.repositoryUrl }, { branch: stack.branch });
      const event: PushEvent = {
        kind: 'push', provider: 'GIT', integrationId: null, deliveryKey: '', receivedAt: app.ports.clock.now(), repository: { url: stack.repositoryUrl, namespace: '', name: stack.repository },
        actor: null, synthetic: true, branch: stack.branch, before: null, after: commit.hash, created: false, commits: [commit], files: ['main.tf'], filesComplete: true,
      };
      expect(await followByPolicies(ports, stack, event, { kind: 'hook', at: app.ports.clock.now().toISOString() })).toBe(true);
      expect(await listRuns(app.ports.db.sql, stack.id, { types: ['TRACKED', 'PROPOSED'] })).toEqual([]);
      expect((await listIgnoredTriggers(app.ports.db.sql, stack.id))[0]?.reason).toContain('could not be evaluated');
      return { policy };
    },
    async INITIALIZATION(ports, fault) {
      const stack = await aFreshStack();
      const policy = await brokenPolicy('INITIALIZATION', fault, stack);
      const run = await aRunOf(stack, {});
      await checkRun(ports, { runId: run.id, stateVersion: run.stateVersion });
      expect((await reload(app, run)).state).toBe('FAILED');
      return { policy };
    },
    async PLAN(ports, fault) {
      const stack = await aFreshStack();
      const policy = await brokenPolicy('PLAN', fault, stack);
      const run = await aRunOf(stack, { state: 'PLANNING', hasChanges: true, lease: 1 });
      await decidePlan(ports, { runId: run.id, lease: 1, skipped: true });
      expect(await reload(app, run)).toMatchObject({ state: 'FAILED', decision: 'fail', decisionNote: expect.stringContaining('could not be evaluated') });
      return { policy };
    },
    async TASK(ports, fault) {
      const stack = await aFreshStack();
      const policy = await brokenPolicy('TASK', fault, stack);
      await expect(createTask(ports, writerActor(), { stackId: stack.id, command: 'ls' })).rejects.toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('could not be evaluated') });
      expect(await listRuns(app.ports.db.sql, stack.id, { types: ['TASK'] })).toEqual([]);
      return { policy };
    },
    async TRIGGER(ports, fault) {
      const stack = await aFreshStack();
      const policy = await brokenPolicy('TRIGGER', fault, stack);
      const run = await aRunOf(stack, { state: 'FINISHED' });
      await triggerFollowers(ports, { runId: run.id });
      expect(await app.ports.db.sql.selectFrom('runs').select('id').where('workflow_id', '=', run.workflowId).execute()).toHaveLength(1);
      return { policy };
    },
    async NOTIFICATION(ports, fault) {
      const policy = await brokenPolicy('NOTIFICATION', fault);
      const run = await aRunOf(await aFreshStack(), { state: 'FINISHED' });
      await tellRun(ports, { runId: run.id, stateVersion: run.stateVersion });
      expect(await app.ports.db.sql.selectFrom('webhook_deliveries').select('id').execute()).toEqual([]);
      expect((await receiptsOfRuns(app.ports.db.sql, [run.id])).map(({ outcome }) => outcome)).toEqual(['undecided']);
      return { policy };
    },
  };

  const STATES: Readonly<Record<PolicyType, string>> = {
    LOGIN: 'denies the sign-in', ACCESS: 'gives no access', APPROVAL: 'leaves the run undecided, and says why', GIT_PUSH: 'ignores the push, and says why', INITIALIZATION: 'fails the run before it starts',
    PLAN: 'fails the run', TASK: 'refuses the task', TRIGGER: 'starts nothing', NOTIFICATION: 'tells nobody but the inbox',
  };

  for (const type of Object.keys(STATES) as readonly PolicyType[]) {
    for (const fault of Object.keys(FAULTS) as readonly Fault[]) {
      it(`${type}: ${fault} ${STATES[type]}`, async () => {
        await app.ports.db.sql.deleteFrom('messages').execute();
        const { policy } = await CASES[type](portsFor(fault), fault);
        const [sample] = await samplesOf(app.ports.db.sql, policy.ulid, app.ports.clock.now());
        expect(FAULTS[fault].kind).toContain(sample?.error?.split(':')[0]);
        expect(await app.queued()).toContainEqual(expect.objectContaining({ body: expect.objectContaining({ severity: 'ERROR' }) }));
      });
    }
  }
});
