import { evaluatePolicies, type EvaluateNeeds } from '../../policies/actions/evaluate-policy.ts';
import { policiesOfStack } from '../../policies/attachment-store.ts';
import type { FlagWishes } from '../../policies/flags.ts';
import { nanoseconds, nanosecondsOfSeconds } from '../../policies/input-text.ts';
import { pushInput } from '../../policies/inputs/push-input.ts';
import { findRuns } from '../../runs/run-list-store.ts';
import { runOutline } from '../../runs/policy-run.ts';
import { policyFacts } from '../../stacks/policy-facts-store.ts';
import { stackInput } from '../../stacks/policy-stack.ts';
import type { Stack } from '../../stacks/stack.ts';
import type { PushEvent } from '../../vcs/vcs-event.ts';
import { pushVerdict, type PushVerdict } from '../push-verdicts.ts';
import { runsInProgress } from '../trigger-policy-store.ts';

export interface PushAnswer {
  readonly verdict: PushVerdict;
  readonly wishes: readonly FlagWishes[];
}

/** What the push policies of a stack make of a push; undefined where none is attached. */
export async function askPushPolicies(ports: EvaluateNeeds, stack: Stack, event: PushEvent): Promise<PushAnswer | undefined> {
  const { sql } = ports.db;
  const policies = (await policiesOfStack(sql, stack, ['GIT_PUSH'])).map(({ policy }) => policy);
  if (policies.length === 0) return undefined;
  const facts = (await policyFacts(sql, [stack])).get(stack.id);
  const [commit] = event.commits;
  if (facts === undefined || commit === undefined) throw new Error(`a push without a commit, or to the unknown stack ${stack.id}`);
  const inProgress = [...(await findRuns(sql, await runsInProgress(sql, stack.id)))].sort((a, b) => (a.id < b.id ? -1 : 1));
  const input = pushInput({
    inProgress: inProgress.map((run) => runOutline(run, run.branch === stack.branch)),
    pullRequest: null,
    push: {
      affected_files: event.files, author: event.actor?.login ?? commit.authorLogin ?? commit.authorName, branch: event.branch, created_at: nanosecondsOfSeconds(commit.timestamp), hash: event.after,
      message: commit.message, tag: '',
    },
    stack: stackInput(stack, facts),
    // A repository that is followed by its address belongs to no integration that somebody set up.
    integration: {
      id: 'git', name: 'Git', description: '', provider: event.provider, is_default: true, labels: [], space: 'root', created_at: nanoseconds(stack.createdAt), updated_at: nanoseconds(stack.createdAt),
    },
  });
  const verdicts = await evaluatePolicies(ports, 'GIT_PUSH', policies, input, { stackId: stack.id, repository: stack.repository, branch: event.branch, spaceId: stack.spaceId });
  return { verdict: pushVerdict(verdicts), wishes: verdicts.map(({ policy, decision }) => ({ policyUlid: policy.ulid, flag: decision?.flag ?? [], reset: decision?.reset_flag ?? [] })) };
}
