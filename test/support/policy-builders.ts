import { attachPolicy } from '../../lib/core/policies/actions/attach-policy.ts';
import { createPolicy } from '../../lib/core/policies/actions/create-policy.ts';
import type { Policy } from '../../lib/core/policies/policy.ts';
import type { PolicyEngine, PolicyFault, PolicyType } from '../../lib/core/ports/policy-engine.ts';
import { skip } from '../policy-engine/engine.ts';
import { adminActor } from './actors.ts';
import type { TestApp } from './app.ts';

/** Options of `describe` for what needs the engine: it is skipped by name where that cannot be built. */
export const needsEngine = skip === false ? {} : { skip };

let made = 0;

/** A policy in version 1 of the language, without its `package` line; attached to a stack if one is given. */
export async function aPolicy(
  app: TestApp,
  type: PolicyType,
  rego: string,
  options: { readonly stack?: string; readonly v0?: boolean; readonly name?: string; readonly space?: string; readonly labels?: readonly string[] } = {},
): Promise<Policy> {
  const policy = await createPolicy(app.ports, adminActor(), {
    name: options.name ?? `${type.toLowerCase()} ${++made}`, type, body: `package spacelift\n\n${rego}\n`, engineType: options.v0 === true ? 'REGO_V0' : 'REGO_V1', space: options.space, labels: options.labels,
  });
  if (options.stack !== undefined) await attachPolicy(app.ports, adminActor(), { policyId: policy.id, stackId: options.stack });
  return policy;
}

/** An engine that takes every text and fails every evaluation in one way, as a broken one would. */
export const failingEngine = (fault: PolicyFault): PolicyEngine => ({
  check: async () => ({ errors: [], warnings: [] }),
  evaluate: async (_type, bodies, inputs) => bodies.map(() => inputs.map(() => ({ error: fault, prints: [] }))),
  version: async () => undefined,
});

/** An approval policy on a stack that was saved when an engine was there; nobody is asked about it here. */
export async function heldByApproval(app: TestApp, stackId: string): Promise<void> {
  const { sql } = app.ports.db;
  const now = app.ports.clock.now();
  const id = `approval-${++made}`;
  const body = 'package spacelift\n';
  await sql
    .insertInto('policies')
    .values({ id, ulid: app.ports.ids.ulid(), name: id, type: 'APPROVAL', engine_type: 'REGO_V1', space_id: 'root', body, body_key: null, body_sha256: '', created_at: now, updated_at: now })
    .execute();
  await sql.insertInto('policy_attachments').values({ id: app.ports.ids.ulid(), policy_id: id, stack_id: stackId, created_at: now }).execute();
}
