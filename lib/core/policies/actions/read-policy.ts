import type { Sql } from '../../ports/database.ts';
import type { PolicyType } from '../../ports/policy-engine.ts';
import type { Ports } from '../../ports/ports.ts';
import { can, type Actor } from '../../shared/actor.ts';
import { notFound } from '../../shared/errors.ts';
import { listSpaces } from '../../spaces/space-store.ts';
import { isUsableIn } from '../../spaces/space.ts';
import { stacksByLabels, type LabelTarget } from '../attachment-store.ts';
import { findPolicy, listPolicies } from '../policy-store.ts';
import { isAttachable, type Policy } from '../policy.ts';

const canSee = (actor: Actor, spaceId: string): boolean => can(actor, 'space:read', spaceId);

/** One policy; undefined when missing or not visible. */
export async function readPolicy(ports: Pick<Ports, 'db'>, actor: Actor, id: string): Promise<Policy | undefined> {
  const policy = await findPolicy(ports.db.sql, id);
  return policy && canSee(actor, policy.spaceId) ? policy : undefined;
}

/** The policy, which the caller must see. */
export async function visiblePolicy(sql: Sql, actor: Actor, id: string): Promise<Policy> {
  const policy = await findPolicy(sql, id);
  if (!policy || !canSee(actor, policy.spaceId)) throw notFound(`policy "${id}" not found`, { policy: id });
  return policy;
}

const readableSpaces = (actor: Actor) => (actor.isRootAdmin ? ('all' as const) : [...actor.grants.keys()].filter((id) => canSee(actor, id)));

/** Every policy the caller can see, by id. */
export async function listVisiblePolicies(ports: Pick<Ports, 'db'>, actor: Actor, type?: PolicyType): Promise<readonly Policy[]> {
  return listPolicies(ports.db.sql, { spaceIds: readableSpaces(actor), type });
}

/** Policies that stacks of a space can have, as far as the caller sees them. */
export async function listAttachablePolicies(ports: Pick<Ports, 'db'>, actor: Actor, spaceId: string): Promise<readonly Policy[]> {
  const spaces = await listSpaces(ports.db.sql);
  return (await listVisiblePolicies(ports, actor)).filter((policy) => isAttachable(policy.type) && isUsableIn(spaces, policy.spaceId, spaceId));
}

const SAMPLE = 100;

/** The stacks that labels in a space would attach to, as far as the caller sees them: how many, and the newest. */
export async function previewAutoattachment(ports: Pick<Ports, 'db'>, actor: Actor, asked: { readonly spaceId: string; readonly labels: readonly string[] }): Promise<{ readonly count: number; readonly sample: readonly LabelTarget[] }> {
  if (!canSee(actor, asked.spaceId)) throw notFound(`space "${asked.spaceId}" not found`, { space: asked.spaceId });
  const found = (await stacksByLabels(ports.db.sql, asked, await listSpaces(ports.db.sql))).filter((stack) => canSee(actor, stack.spaceId));
  return { count: found.length, sample: found.slice(0, SAMPLE) };
}
