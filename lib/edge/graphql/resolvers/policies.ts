import { attachPolicy, detachPolicy } from '../../../core/policies/actions/attach-policy.ts';
import { createPolicy } from '../../../core/policies/actions/create-policy.ts';
import { deletePolicy } from '../../../core/policies/actions/delete-policy.ts';
import { listAttachablePolicies, listVisiblePolicies, previewAutoattachment, readPolicy } from '../../../core/policies/actions/read-policy.ts';
import { readReplay, startReplay } from '../../../core/policies/actions/replay-policy.ts';
import { engineVersion, observePolicy, simulatePolicy } from '../../../core/policies/actions/simulate-policy.ts';
import { updatePolicy } from '../../../core/policies/actions/update-policy.ts';
import { policyType, type Policy } from '../../../core/policies/policy.ts';
import { POLICY_TEMPLATES, type PolicyTemplate } from '../../../core/policies/templates/templates.ts';
import type { MutationResolvers, QueryResolvers } from '../resolver-types.ts';
import { searchIn, type Searchable } from '../search.ts';
import { seconds } from './values.ts';

type Queries =
  | 'policy' | 'policies' | 'searchPolicies' | 'attachablePoliciesInSpace' | 'policyTemplate' | 'searchPolicyTemplates' | 'autoattachmentForLabels' | 'policyRuntime' | 'policyReplay';
type Mutations =
  | 'policyCreate' | 'policyUpdate' | 'policyCreatev2' | 'policyUpdatev2' | 'policyDelete' | 'policyAttach' | 'policyDetach' | 'policySimulate' | 'policySimulatev2' | 'policyObserve'
  | 'policyReplayStart';

const SEARCH: Searchable<Policy> = {
  id: (policy) => policy.id,
  text: (policy) => [policy.name, policy.id, policy.description, ...policy.labels],
  fields: {
    id: (policy) => policy.id,
    name: (policy) => policy.name,
    description: (policy) => policy.description,
    type: (policy) => policy.type,
    engineType: (policy) => policy.engineType,
    label: (policy) => policy.labels,
    labels: (policy) => policy.labels,
    space: (policy) => policy.spaceId,
    createdAt: (policy) => seconds(policy.createdAt),
    updatedAt: (policy) => seconds(policy.updatedAt),
  },
  order: { field: 'name', direction: 'ASC' },
};

const TEMPLATE_SEARCH: Searchable<PolicyTemplate> = {
  id: (template) => template.id,
  text: (template) => [template.name, template.id, template.description, ...template.labels],
  fields: {
    id: (template) => template.id,
    name: (template) => template.name,
    type: (template) => template.type,
    label: (template) => template.labels,
    labels: (template) => template.labels,
  },
  order: { field: 'name', direction: 'ASC' },
};

const withSlug = (template: PolicyTemplate) => ({ ...template, slug: template.id });

export const Query: Pick<QueryResolvers, Queries> = {
  policy: async (_, { id }, { ports, actor }) => (await readPolicy(ports, actor, id)) ?? null,
  policies: (_, { input }, { ports, actor }) => listVisiblePolicies(ports, actor, input?.type ? policyType(input.type) : undefined),
  searchPolicies: async (_, { input }, { ports, actor }) => searchIn(await listVisiblePolicies(ports, actor), input, SEARCH),
  attachablePoliciesInSpace: (_, { id }, { ports, actor }) => listAttachablePolicies(ports, actor, id),
  policyTemplate: (_, { id }, { actor }) => {
    const template = actor && POLICY_TEMPLATES.find((one) => one.id === id);
    return template ? withSlug(template) : null;
  },
  searchPolicyTemplates: (_, { input }, { actor }) => {
    const { edges, pageInfo } = searchIn(actor ? POLICY_TEMPLATES : [], input, TEMPLATE_SEARCH);
    return { edges: edges.map(({ node }) => ({ node: withSlug(node) })), pageInfo };
  },
  autoattachmentForLabels: async (_, { space, labels }, { ports, actor }) => {
    const { count, sample } = await previewAutoattachment(ports, actor, { spaceId: space, labels });
    return { count, sample: sample.map((stack) => ({ id: stack.id, name: stack.name, labels: stack.labels, isModule: false })) };
  },
  policyRuntime: async (_, __, { ports, actor }) => ({ openPolicyAgentVersion: actor && (await engineVersion(ports)) }),
  policyReplay: async (_, { id }, { ports, actor }) => (await readReplay(ports, actor, id)) ?? null,
};

export const Mutation: Pick<MutationResolvers, Mutations> = {
  policyCreate: (_, input, { ports, actor }) => createPolicy(ports, actor, input),
  policyUpdate: (_, input, { ports, actor }) => updatePolicy(ports, actor, input),
  policyCreatev2: (_, { input }, { ports, actor }) => createPolicy(ports, actor, { ...input, keepsInputs: input.keepInputs }),
  policyUpdatev2: (_, { id, input }, { ports, actor }) => updatePolicy(ports, actor, { ...input, id, keepsInputs: input.keepInputs }),
  policyDelete: (_, { id, force }, { ports, actor }) => deletePolicy(ports, actor, { id, force }),
  policyAttach: (_, { id, stack }, { ports, actor }) => attachPolicy(ports, actor, { policyId: id, stackId: stack }),
  policyDetach: (_, { id }, { ports, actor }) => detachPolicy(ports, actor, { id }),
  policySimulate: (_, { body, input, type }, { ports, actor }) => simulatePolicy(ports, actor, { type, body, data: input }),
  policySimulatev2: (_, { input }, { ports, actor }) => simulatePolicy(ports, actor, input),
  policyObserve: async (_, { input }, { ports, actor }) => {
    const { decision, error, prints, coverage, trace } = await observePolicy(ports, actor, input);
    return { result: decision === undefined ? null : JSON.stringify(decision), error: error ?? null, prints, reached: coverage?.reached ?? [], notReached: coverage?.notReached ?? [], trace: trace ?? [] };
  },
  policyReplayStart: async (_, { policy, ...candidate }, { ports, actor }) => ({ ...(await startReplay(ports, actor, { ...candidate, policyId: policy })), flips: [] }),
};
