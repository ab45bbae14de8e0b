import { auditBody } from '../../audit/audit-entry.ts';
import { sweepAudit } from '../../audit/actions/tell-audit.ts';
import { evaluatePolicies, type EvaluateNeeds } from '../../policies/actions/evaluate-policy.ts';
import { planReceipts, receiptsOfRuns } from '../../policies/evaluation-store.ts';
import { listPoliciesInForce } from '../../policies/policy-store.ts';
import { describeRun, type DescribeNeeds } from '../../runs/actions/describe-run.ts';
import { statesHistory } from '../../runs/policy-run.ts';
import { findRun, historyOf } from '../../runs/run-store.ts';
import type { Run, RunHistoryEntry } from '../../runs/run.ts';
import { findStack } from '../../stacks/stack-store.ts';
import type { Stack } from '../../stacks/stack.ts';
import { createDelivery } from '../../webhooks/actions/create-delivery.ts';
import { findAuditWebhook, reachableWebhooks, webhooksOfStacks } from '../../webhooks/webhook-store.ts';
import { audienceOf } from '../audience-store.ts';
import { defaultRunBody } from '../run-body.ts';
import { commonInput, runUpdatedInput } from '../run-input.ts';
import { distinctNotices } from '../notices.ts';
import { carryOut, type CarryOutNeeds } from './carry-out.ts';

export type TellRunNeeds = CarryOutNeeds & EvaluateNeeds & DescribeNeeds;

interface Step {
  readonly run: Run;
  readonly stack: Stack;
  readonly entry: RunHistoryEntry;
  /** Up to this step. */
  readonly history: readonly RunHistoryEntry[];
  /** What a webhook is told of the step under, once. */
  readonly source: string;
}

/** Tells everybody who listens of a run's step: webhooks of its stack, the audit trail's, and whomever policies name. */
export async function tellRun(ports: TellRunNeeds, input: { readonly runId: string; readonly stateVersion: number }): Promise<void> {
  const run = await findRun(ports.db.sql, input.runId);
  const stack = run && (await findStack(ports.db.sql, run.stackId));
  if (run === undefined || stack === undefined) return;
  const history = (await historyOf(ports.db.sql, run.id)).filter(({ stateVersion }) => stateVersion <= input.stateVersion);
  const entry = history.find(({ stateVersion }) => stateVersion === input.stateVersion);
  if (entry === undefined) return;
  const step: Step = { run, stack, entry, history, source: `run/${run.id}/${entry.stateVersion}` };
  const audience = await audienceOf(ports.db.sql, stack.id);
  if (audience.stackWebhooks) await toStackWebhooks(ports, step);
  if (audience.audit) await toAuditTrail(ports, step);
  if (audience.policies) await askPolicies(ports, step);
}

async function toStackWebhooks(ports: TellRunNeeds, { run, stack, entry, source }: Step): Promise<void> {
  const body = JSON.stringify(defaultRunBody(ports.settings.accountName, run, stack, entry));
  for (const { webhook } of await webhooksOfStacks(ports.db.sql, [stack.id])) {
    if (webhook.enabled) await createDelivery(ports, webhook, { source, event: 'run_state', runId: run.id, method: 'POST', headers: {}, body });
  }
}

async function toAuditTrail(ports: TellRunNeeds, { run, stack, entry, source }: Step): Promise<void> {
  await sweepAudit(ports);
  const kept = await findAuditWebhook(ports.db.sql);
  if (kept === undefined || !kept.webhook.enabled || !kept.webhook.includeRuns) return;
  const body = auditBody(ports.settings.accountName, {
    action: `run.${entry.state.toLowerCase()}`, actor: entry.username ?? 'system::runs', actorKind: entry.username === null ? 'system' : 'user', actorRoles: [], remoteIp: null, resourceType: 'run', resourceId: run.id,
    relatedType: 'stack', relatedId: stack.id, spaceId: stack.spaceId, mutation: null, args: {}, createdAt: entry.at,
    body: { Stack: stack.id, State: entry.state, StateVersion: entry.stateVersion + 1, Type: run.type, ...(entry.note === null ? {} : { Note: entry.note }) },
  });
  await createDelivery(ports, kept.webhook, { source, event: 'run_state', runId: run.id, method: 'POST', headers: {}, body: JSON.stringify(body) });
}

async function askPolicies(ports: TellRunNeeds, { run, stack, entry, history, source }: Step): Promise<void> {
  const { sql } = ports.db;
  const policies = await listPoliciesInForce(sql, { type: 'NOTIFICATION', spaceId: stack.spaceId });
  if (policies.length === 0) return;
  const { settings } = ports;
  const [described, webhooks, receipts, plan] = [await describeRun(ports, run, stack), await reachableWebhooks(sql, stack.spaceId), await receiptsOfRuns(sql, [run.id]), await planReceipts(sql, run.id)];
  const text = runUpdatedInput(commonInput(settings.accountName, webhooks), {
    run: described.run, stack: described.stack, entry, history, statesHistory: statesHistory(history), autoretry: stack.autoretry, plan,
    receipts: receipts.filter(({ type }) => type !== 'NOTIFICATION'), url: `${settings.baseUrl}/stack/${stack.id}/run/${run.id}`,
  });
  const verdicts = await evaluatePolicies(ports, 'NOTIFICATION', policies, text, {
    runId: run.id, stateVersion: entry.stateVersion, stackId: stack.id, repository: stack.repository, branch: run.branch, spaceId: stack.spaceId,
  });
  const said = verdicts.map(({ policy, decision }) => ({ policyId: policy.id, decision }));
  await carryOut(
    ports,
    { id: source, event: 'run_state', spaceId: stack.spaceId, stackId: stack.id, run, defaultBody: defaultRunBody(settings.accountName, run, stack, entry), webhooks, ofError: false },
    { inbox: distinctNotices('inbox', said), slack: distinctNotices('slack', said), webhook: distinctNotices('webhook', said), pull_request: distinctNotices('pull_request', said) },
  );
}
