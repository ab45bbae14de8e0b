import { evaluatePolicies, type EvaluateNeeds } from '../../policies/actions/evaluate-policy.ts';
import { policiesOfStack } from '../../policies/attachment-store.ts';
import type { FlagWishes } from '../../policies/flags.ts';
import { planInput } from '../../policies/inputs/plan-input.ts';
import type { PolicyType } from '../../ports/policy-engine.ts';
import { describeRun, type DescribeNeeds } from '../../runs/actions/describe-run.ts';
import { previousTrackedRun } from '../../runs/run-list-store.ts';
import { planVerdicts, NO_POLICIES, type PlanVerdicts } from '../../runs/plan-verdicts.ts';
import type { Run } from '../../runs/run.ts';
import { isAppError } from '../../shared/errors.ts';
import type { Stack } from '../../stacks/stack.ts';
import { findArtifact } from '../artifact-store.ts';

export type AskNeeds = EvaluateNeeds & DescribeNeeds;

/** What the worker sent beside the report, by the ids of artifacts. */
export interface PlanEvidence {
  readonly planArtifactId?: string | undefined;
  readonly customArtifactId?: string | undefined;
  readonly skipped?: boolean | undefined;
}

export interface PlanAnswer {
  readonly verdicts: PlanVerdicts;
  readonly wishes: readonly FlagWishes[];
}

const denied = (reason: string, hasApprovals: boolean): PlanAnswer => ({ verdicts: { deny: [reason], warn: [], hasApprovals }, wishes: [] });

/** Asks the plan policies of a stack about a plan. Without the plan itself nothing is let through. */
export async function askPlanPolicies(ports: AskNeeds, run: Run, stack: Stack, evidence: PlanEvidence): Promise<PlanAnswer> {
  const attached = await policiesOfStack(ports.db.sql, stack, ['PLAN', 'APPROVAL']);
  const ofType = (type: PolicyType) => attached.filter(({ policy }) => policy.type === type).map(({ policy }) => policy);
  const policies = ofType('PLAN');
  const hasApprovals = ofType('APPROVAL').length > 0;
  if (policies.length === 0) return { verdicts: { ...NO_POLICIES, hasApprovals }, wishes: [] };

  const plan = await documentOf(ports, run, evidence.planArtifactId);
  if (plan === undefined && evidence.skipped !== true) return denied('the plan is not there, so the plan policies could not be asked', hasApprovals);
  const custom = await documentOf(ports, run, evidence.customArtifactId);
  if (custom === undefined && evidence.customArtifactId !== undefined) return denied('the custom policy inputs are not there, so the plan policies could not be asked', hasApprovals);
  const described = await describeRun(ports, run, stack);
  const previous = await previousTrackedRun(ports.db.sql, run);
  let input: string;
  try {
    input = planInput({
      commit: described.commit, remoteIp: run.creatorSession?.creatorIp ?? null, at: ports.clock.now(), run: described.run, stack: described.stack, plan: plan ?? null, custom: custom ?? '{}',
      previousRun: previous && (await describeRun(ports, previous, stack)).run,
    });
  } catch (error) {
    if (!isAppError(error, 'INVALID')) throw error;
    return denied(error.message, hasApprovals);
  }
  const verdicts = await evaluatePolicies(ports, 'PLAN', policies, input, {
    runId: run.id, stateVersion: run.stateVersion, stackId: stack.id, repository: stack.repository, branch: run.branch, spaceId: stack.spaceId,
  });
  return {
    verdicts: planVerdicts(verdicts, hasApprovals),
    wishes: verdicts.map(({ policy, decision }) => ({ policyUlid: policy.ulid, flag: decision?.flag ?? [], reset: decision?.reset_flag ?? [] })),
  };
}

async function documentOf(ports: Pick<AskNeeds, 'db' | 'objects'>, run: Run, artifactId: string | undefined): Promise<string | undefined> {
  if (artifactId === undefined) return undefined;
  const artifact = await findArtifact(ports.db.sql, run.id, artifactId);
  return artifact && (await ports.objects.get(artifact.bucket, artifact.objectKey))?.toString('utf8');
}
