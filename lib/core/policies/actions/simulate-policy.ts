import type { PolicyEvaluation, PolicyType } from '../../ports/policy-engine.ts';
import type { Ports } from '../../ports/ports.ts';
import { can, type Actor } from '../../shared/actor.ts';
import { forbidden, invalid, unavailable } from '../../shared/errors.ts';
import { ASKED_AND_WAITED_FOR_MS, DEFAULT_LIMITS } from '../limits.ts';
import { policyType, sourceOf, type PolicyEngineType } from '../policy.ts';

export interface Simulation {
  readonly type: string;
  readonly body: string;
  /** JSON text. */
  readonly data: string;
  readonly engineType?: PolicyEngineType | null;
}

type Needs = Pick<Ports, 'policyEngine' | 'settings'>;

/** Whoever may write policies somewhere may try them out. */
function requireAuthor(actor: Actor): void {
  const spaces = [...actor.grants.keys()];
  if (actor.isRootAdmin || spaces.some((id) => can(actor, 'policy:create', id) || can(actor, 'policy:update', id))) return;
  throw forbidden('only who may write policies in some space can try them out');
}

/** What a body makes of an input, with every line that it reached and every step; nothing is kept. */
export async function observePolicy(ports: Needs, actor: Actor, { type: name, body, data, engineType }: Simulation): Promise<PolicyEvaluation<PolicyType>> {
  requireAuthor(actor);
  return evaluate(ports, name, body, data, engineType, true);
}

/** The values of the type's rules for an input, as JSON text; a fault is the caller's, with its place. */
export async function simulatePolicy(ports: Needs, actor: Actor, { type: name, body, data, engineType }: Simulation): Promise<string> {
  requireAuthor(actor);
  const evaluation = await evaluate(ports, name, body, data, engineType, false);
  if (evaluation.decision !== undefined) return JSON.stringify(evaluation.decision);
  const { kind, message, line, column } = evaluation.error;
  throw invalid(`${line === undefined ? '' : `line ${line}, column ${column ?? 1}: `}${message}`, { kind, line: line ?? null, column: column ?? null });
}

async function evaluate(ports: Needs, name: string, body: string, data: string, engineType: PolicyEngineType | null | undefined, observed: boolean): Promise<PolicyEvaluation<PolicyType>> {
  const type = policyType(name);
  const limits = ports.settings.policyLimits ?? DEFAULT_LIMITS;
  const options = { deadlineMs: Math.min(limits.deadlineMs[type], ASKED_AND_WAITED_FOR_MS), ...(observed ? { coverage: true, trace: true } : {}) };
  const [[evaluation] = []] = await ports.policyEngine.evaluate(type, [sourceOf({ body, engineType: engineType ?? 'REGO_V0' })], [data], options);
  if (evaluation === undefined) throw unavailable('the policy engine did not answer');
  return evaluation;
}

/** The version of the engine that evaluates here. */
export async function engineVersion(ports: Pick<Ports, 'policyEngine'>): Promise<string> {
  const version = await ports.policyEngine.version();
  if (version === undefined) throw unavailable('the policy engine does not run: install Go and run `npm run build:engine`');
  return version;
}
