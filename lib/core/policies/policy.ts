import type { PolicyBody, PolicyType } from '../ports/policy-engine.ts';
import { invalid } from '../shared/errors.ts';

export type PolicyEngineType = 'REGO_V0' | 'REGO_V1';

/** A decision rule in Rego, without its text. */
export interface Policy {
  /** Made from the name, and may be used again after a deletion; `ulid` is not. */
  readonly id: string;
  readonly ulid: string;
  readonly name: string;
  readonly description: string | null;
  readonly type: PolicyType;
  readonly engineType: PolicyEngineType;
  readonly spaceId: string;
  readonly labels: readonly string[];
  readonly bodySha256: string;
  /** Whether inputs are kept for replays. */
  readonly keepsInputs: boolean;
  /** Counts the saves. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The same with its text. */
export interface PolicyWithBody extends Policy {
  readonly body: string;
}

const VERSIONS: Readonly<Record<PolicyEngineType, PolicyBody['version']>> = { REGO_V0: 'v0', REGO_V1: 'v1' };

export const sourceOf = (policy: Pick<PolicyWithBody, 'body' | 'engineType'>): PolicyBody => ({ source: policy.body, version: VERSIONS[policy.engineType] });

const OLD_SPELLINGS: Readonly<Record<string, PolicyType>> = { STACK_ACCESS: 'ACCESS', TASK_RUN: 'TASK', TERRAFORM_PLAN: 'PLAN' };
const TYPES: ReadonlySet<string> = new Set<PolicyType>(['LOGIN', 'ACCESS', 'APPROVAL', 'GIT_PUSH', 'INITIALIZATION', 'PLAN', 'TASK', 'TRIGGER', 'NOTIFICATION']);

/** The type by any of its spellings; types that nothing here evaluates are refused. */
export function policyType(name: string): PolicyType {
  const type = OLD_SPELLINGS[name] ?? name;
  if (!TYPES.has(type)) throw invalid(`policies of type ${name} are not available here`, { field: 'type', type: name });
  return type as PolicyType;
}

/** LOGIN decides for the account, NOTIFICATION for its space; all others only where they are attached. */
export const isAttachable = (type: PolicyType): boolean => type !== 'LOGIN' && type !== 'NOTIFICATION';

const AUTO = 'autoattach:';

/** A policy labelled `autoattach:<label>` belongs to every stack with that label, `autoattach:*` to all. */
export function attachesItself(policyLabels: readonly string[], stackLabels: readonly string[]): boolean {
  return policyLabels.some((label) => label.startsWith(AUTO) && (label === `${AUTO}*` || stackLabels.includes(label.slice(AUTO.length))));
}

export const hasAutoattachLabel = (labels: readonly string[]): boolean => labels.some((label) => label.startsWith(AUTO));

/** What an attachment by label is called, since no row stands for it. */
export const autoAttachmentId = (policyId: string, stackId: string): string => `auto-${policyId}-${stackId}`;

/** One policy on one stack. */
export interface PolicyAttachment {
  readonly id: string;
  readonly policyId: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly isAutoattached: boolean;
}
