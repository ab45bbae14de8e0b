import { evaluateMany, type EvaluateNeeds } from '../../policies/actions/evaluate-policy.ts';
import { accessLevel, type AccessLevel } from '../../policies/access.ts';
import { stacksOfPolicies } from '../../policies/attachment-store.ts';
import { accessInput } from '../../policies/inputs/access-input.ts';
import { ACCESS_CHECKS_MS } from '../../policies/limits.ts';
import { listPolicies } from '../../policies/policy-store.ts';
import type { Policy } from '../../policies/policy.ts';
import { READER_ACTIONS, WRITER_ACTIONS, type Action } from '../../shared/actions.ts';
import type { Actor } from '../../shared/actor.ts';
import { LEGACY_SPACE } from '../../spaces/space.ts';
import { listSpaces } from '../../spaces/space-store.ts';
import { policyFacts } from '../policy-facts-store.ts';
import { stackInput } from '../policy-stack.ts';
import { stacksOfSpace } from '../stack-sight-store.ts';
import type { Stack } from '../stack.ts';

const LEVEL_ACTIONS = { READ: new Set<Action>(READER_ACTIONS), WRITE: new Set<Action>([...READER_ACTIONS, ...WRITER_ACTIONS]) } as const;

/** The actor with what access policies allow on single stacks of the space `legacy`, if it has no role there. */
export async function withStackAccess(ports: EvaluateNeeds, actor: Actor): Promise<Actor> {
  if (actor.asksAccess !== true || actor.isRootAdmin) return actor;
  const levels = await accessLevels(ports, actor, await stacksOfSpace(ports.db.sql, LEGACY_SPACE));
  return { ...actor, stackGrants: new Map([...levels].flatMap(([id, level]) => (level === 'NONE' ? [] : [[id, LEVEL_ACTIONS[level]] as const]))) };
}

/** What access policies give somebody on some stacks, all of them asked at once; nothing where none is attached. */
export async function accessLevels(ports: EvaluateNeeds, actor: Actor, stacks: readonly Stack[]): Promise<ReadonlyMap<string, AccessLevel>> {
  const { sql } = ports.db;
  const policies = await listPolicies(sql, { spaceIds: 'all', type: 'ACCESS' });
  const levels = new Map<string, AccessLevel>(stacks.map(({ id }) => [id, 'NONE']));
  if (policies.length === 0) return levels;
  const spaces = await listSpaces(sql);
  const attached = await stacksOfPolicies(sql, policies, spaces);
  const byStack = Map.groupBy(policies.flatMap((policy) => (attached.get(policy.id) ?? []).map(({ stackId }) => ({ stackId, policy }))), ({ stackId }) => stackId);
  const concerned = stacks.filter(({ id }) => byStack.has(id));
  const facts = await policyFacts(sql, concerned);
  const at = ports.clock.now();
  const session = {
    login: actor.login, name: actor.name, member: true, admin: actor.isRootAdmin, machine: actor.machine, teams: actor.teams, creator_ip: actor.remoteIp ?? '',
    ...(actor.machine ? { account_name: ports.settings.accountName } : {}),
  };
  const questions: { readonly stackId: string; readonly policies: readonly Policy[]; readonly input: string }[] = [];
  for (const stack of concerned) {
    const known = facts.get(stack.id);
    const asked = (byStack.get(stack.id) ?? []).map(({ policy }) => policy);
    if (known !== undefined) questions.push({ stackId: stack.id, policies: asked, input: accessInput({ remoteIp: actor.remoteIp, at, session, stack: stackInput(stack, known) }) });
  }
  const verdicts = await evaluateMany(ports, 'ACCESS', questions.map(({ stackId, ...question }) => ({ ...question, subject: { stackId } })), { deadlineMs: ACCESS_CHECKS_MS });
  for (const [index, { stackId }] of questions.entries()) levels.set(stackId, accessLevel(verdicts[index] ?? []));
  return levels;
}
