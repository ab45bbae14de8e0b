import { listSamples, readPolicySample } from '../../../core/policies/actions/read-samples.ts';
import { resultText } from '../../../core/policies/actions/read-receipts.ts';
import type { Evaluation } from '../../../core/policies/evaluation.ts';
import type { GraphqlContext } from '../context.ts';
import type { PolicyModel } from '../models.ts';
import type { PolicyAttachmentResolvers, PolicyReceiptResolvers, PolicyReplayFlipResolvers, PolicyResolvers, StackPolicyAttachmentResolvers } from '../resolver-types.ts';
import { searchIn, type Searchable } from '../search.ts';
import { seconds } from './values.ts';

const SAMPLES: Searchable<Evaluation> = {
  id: (sample) => sample.id,
  text: (sample) => [sample.outcome, sample.stackId, sample.repository, sample.branch],
  fields: {
    outcome: (sample) => sample.outcome,
    stack: (sample) => sample.stackId,
    repository: (sample) => sample.repository,
    branch: (sample) => sample.branch,
    pullRequestId: (sample) => sample.pullRequestId,
    createdAt: (sample) => seconds(sample.createdAt),
  },
  order: { field: 'createdAt', direction: 'DESC' },
};

const toRecord = (sample: Evaluation) => ({ key: sample.sampleKey ?? '', outcome: sample.outcome, timestamp: seconds(sample.createdAt) });

const stacksOf = async (policy: PolicyModel, { loaders }: GraphqlContext) => (await loaders.stacksOfPolicy(policy)) ?? [];

export const Policy: PolicyResolvers = {
  body: async (policy, _, { loaders }) => policy.body ?? (await loaders.bodyOfPolicy(policy)) ?? '',
  keepInputs: (policy) => policy.keepsInputs,
  space: (policy) => policy.spaceId,
  spaceDetails: (policy, _, { loaders }) => loaders.getSpace(policy.spaceId),
  createdAt: (policy) => seconds(policy.createdAt),
  updatedAt: (policy) => seconds(policy.updatedAt),
  attachedModulesCount: () => 0,
  attachedStacksCount: async (policy, _, request) => (await stacksOf(policy, request)).length,
  attachedStacks: (policy, _, request) => stacksOf(policy, request),
  attachedStack: async (policy, { id }, request) => (await stacksOf(policy, request)).find((attachment) => attachment.stackId === id) ?? null,
  evaluationRecords: async (policy, _, { ports, actor }) => (await listSamples(ports, actor, policy)).map(toRecord),
  evaluationSample: async (policy, { key }, { ports, actor }) => (await readPolicySample(ports, actor, policy, key)) ?? null,
  searchEvaluationRecords: async (policy, { input }, { ports, actor }) => {
    const { edges, pageInfo } = searchIn(await listSamples(ports, actor, policy), input, SAMPLES);
    return { edges: edges.map(({ node }) => ({ node: toRecord(node) })), pageInfo };
  },
};

export const PolicyAttachment: PolicyAttachmentResolvers = {
  isModule: () => false,
};

export const PolicyReceipt: PolicyReceiptResolvers = {
  policy: (receipt) => receipt.policyId,
  timestamp: (receipt) => seconds(receipt.createdAt),
  stateVersion: (receipt) => receipt.stateVersion ?? 0,
  result: (receipt, _, { ports }) => resultText(ports, receipt),
};

export const PolicyReplayFlip: PolicyReplayFlipResolvers = {
  run: (flip) => flip.runId,
};

export const StackPolicyAttachment: StackPolicyAttachmentResolvers = {
  id: (attached) => attached.attachmentId,
  policyId: ({ policy }) => policy.id,
  policyName: ({ policy }) => policy.name,
  policyType: ({ policy }) => policy.type,
  policyLabels: ({ policy }) => policy.labels,
};
