import { evaluatePolicies, type EvaluateNeeds } from '../../policies/actions/evaluate-policy.ts';
import { inputText } from '../../policies/input-text.ts';
import { listPoliciesInForce } from '../../policies/policy-store.ts';
import type { InternalError } from '../../shared/internal-error.ts';
import { findStack } from '../../stacks/stack-store.ts';
import { sha256 } from '../../shared/text.ts';
import { reachableWebhooks } from '../../webhooks/webhook-store.ts';
import { policyFacts } from '../audience-store.ts';
import { putNotification } from '../notification-store.ts';
import { fittingText } from '../notification.ts';
import { distinctNotices } from '../notices.ts';
import { commonInput } from '../run-input.ts';
import { carryOut, type CarryOutNeeds } from './carry-out.ts';

export type TellErrorNeeds = CarryOutNeeds & EvaluateNeeds;

/** Tells the administrators of a space of an internal error: through its policies, and in the inbox unless those put something else there. */
export async function tellError(ports: TellErrorNeeds, fault: InternalError & { readonly at: string }, messageId: string): Promise<void> {
  const { sql } = ports.db;
  const stack = fault.stackId ? await findStack(sql, fault.stackId) : undefined;
  const about = fault.policyId ? await policyFacts(sql, fault.policyId) : undefined;
  const spaceId = stack?.spaceId ?? fault.spaceId;
  // A policy that fails to tell is not asked to tell of that.
  const policies = about?.type === 'NOTIFICATION' ? [] : await listPoliciesInForce(sql, { type: 'NOTIFICATION', spaceId });
  const said = policies.length === 0 ? [] : await ask(ports, fault, policies, spaceId);
  const inbox = distinctNotices('inbox', said);
  if (inbox.length === 0) {
    const at = new Date(fault.at);
    await putNotification(sql, {
      id: ports.ids.ulid(), ...fittingText({ title: fault.title, body: fault.message }), severity: fault.severity, spaceId, stackId: stack?.id ?? null, runId: fault.runId ?? null, policyId: fault.policyId ?? null,
      times: 1, createdAt: at, lastAt: at, readAt: null, readBy: null,
    });
  }
  if (said.length === 0) return;
  const { accountName } = ports.settings;
  await carryOut(
    ports,
    {
      id: `error/${sha256(`${messageId}/${fault.at}`).slice(0, 26)}`, event: 'internal_error', spaceId, stackId: stack?.id ?? null, run: null, webhooks: await reachableWebhooks(sql, spaceId), ofError: true,
      defaultBody: { title: fault.title, body: fault.message, error: fault.error, severity: fault.severity, account: accountName },
    },
    { inbox, slack: distinctNotices('slack', said), webhook: distinctNotices('webhook', said), pull_request: distinctNotices('pull_request', said) },
  );
}

async function ask(ports: TellErrorNeeds, fault: InternalError, policies: Awaited<ReturnType<typeof listPoliciesInForce>>, spaceId: string) {
  const webhooks = await reachableWebhooks(ports.db.sql, spaceId);
  const text = inputText({ ...commonInput(ports.settings.accountName, webhooks), internal_error: { error: fault.error, message: fault.message, severity: fault.severity } });
  const verdicts = await evaluatePolicies(ports, 'NOTIFICATION', policies, text, { stackId: fault.stackId ?? undefined, spaceId });
  return verdicts.map(({ policy, decision }) => ({ policyId: policy.id, decision }));
}
