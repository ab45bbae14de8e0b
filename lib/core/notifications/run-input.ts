import { inputText, type InputValue } from '../policies/input-text.ts';
import type { InputObject } from '../policies/inputs/shared.ts';
import type { Evaluation } from '../policies/evaluation.ts';
import type { RunHistoryEntry } from '../runs/run.ts';
import type { Webhook } from '../webhooks/webhook.ts';

/** What NOTIFICATION policies are always told. */
export const commonInput = (accountName: string, webhooks: readonly Webhook[]): InputObject => ({
  account: { name: accountName },
  webhook_endpoints: webhooks.map(({ id, labels }): InputValue => ({ id, labels })),
});

/** How long each state before the present one took. */
export function timingOf(history: readonly RunHistoryEntry[]): readonly InputValue[] {
  const ordered = [...history].sort((a, b) => a.stateVersion - b.stateVersion);
  return ordered.slice(0, -1).map((entry, index) => ({ state: entry.state, duration: BigInt((ordered[index + 1] as RunHistoryEntry).at.getTime() - entry.at.getTime()) * 1_000_000n }));
}

export interface RunUpdate {
  readonly run: InputObject;
  readonly stack: InputObject;
  readonly entry: RunHistoryEntry;
  readonly history: readonly RunHistoryEntry[];
  readonly statesHistory: readonly InputValue[];
  readonly autoretry: boolean;
  readonly url: string;
  readonly receipts: readonly Evaluation[];
  readonly plan: { readonly deny: readonly string[]; readonly warn: readonly string[] };
}

/** What NOTIFICATION policies are asked about when a run enters a state, as JSON text. */
export function runUpdatedInput(common: InputObject, update: RunUpdate): string {
  const receipts = update.receipts.map(({ type, policyName, outcome, flags }): InputValue => ({ type, name: policyName, outcome, flags }));
  return inputText({
    ...common,
    run_updated: {
      state: update.entry.state,
      username: update.entry.username ?? '',
      note: update.entry.note,
      run: { ...update.run, state: update.entry.state, states_history: update.statesHistory, policy_receipts: receipts },
      stack: { ...update.stack, autoretry: update.autoretry },
      timing: timingOf(update.history),
      urls: { run: update.url },
      policy_receipts: receipts,
      plan_policy_decision: { deny: update.plan.deny, warn: update.plan.warn },
    },
  });
}
