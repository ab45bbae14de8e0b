import { evaluatePolicies, type EvaluateNeeds } from '../../policies/actions/evaluate-policy.ts';
import { loginInput } from '../../policies/inputs/login-input.ts';
import { ASKED_AND_WAITED_FOR_MS, DEFAULT_LIMITS } from '../../policies/limits.ts';
import { listPoliciesInForce } from '../../policies/policy-store.ts';
import { unauthenticated } from '../../shared/errors.ts';
import { raiseInternalError } from '../../shared/internal-error-store.ts';
import { listSpaces } from '../../spaces/space-store.ts';
import { ROOT_SPACE } from '../../spaces/space.ts';
import { loginVerdict, type LoginResult } from '../login-result.ts';
import { isRootAdministrator, loginOf, type Principal } from '../principal.ts';
import { listRoles } from '../role-store.ts';

/** Asks the login policies about a sign-in; null where there are none, or for administrators, whom nothing locks out. Whoever is denied is unauthorized. */
export async function askLoginPolicies(ports: EvaluateNeeds, principal: Principal, remoteIp: string | null): Promise<LoginResult | null> {
  if (isRootAdministrator(principal)) return null;
  const { sql } = ports.db;
  const policies = await listPoliciesInForce(sql, { type: 'LOGIN', spaceId: ROOT_SPACE });
  if (policies.length === 0) return null;
  const [spaces, roles] = [await listSpaces(sql), await listRoles(sql)];
  const input = loginInput({
    remoteIp,
    at: ports.clock.now(),
    session: {
      login: loginOf(principal), name: principal.name, member: true, admin: false, machine: principal.kind === 'api_key', teams: principal.teams, creator_ip: remoteIp ?? '',
      ...(principal.kind === 'api_key' ? { account_name: ports.settings.accountName } : {}),
    },
    spaces: spaces.map(({ id, name, labels }) => ({ id, name, labels })),
    roles: roles.map(({ id, name, slug }) => ({ id: slug, name, slug, ulid: id })),
  });
  const { deadlineMs } = ports.settings.policyLimits ?? DEFAULT_LIMITS;
  const verdicts = await evaluatePolicies(ports, 'LOGIN', policies, input, { spaceId: ROOT_SPACE }, { deadlineMs: Math.min(deadlineMs.LOGIN, ASKED_AND_WAITED_FOR_MS) });
  const verdict = loginVerdict(verdicts);
  if (verdict.outcome === 'denied') throw unauthenticated('unauthorized: the login policies do not let you in');

  const grants = verdict.roles.flatMap(({ space, role }) => {
    const found = roles.find(({ slug }) => slug === role);
    return found !== undefined && spaces.some(({ id }) => id === space) ? [{ space, role, actions: found.actions }] : [];
  });
  if (grants.length < verdict.roles.length) {
    const unknown = verdict.roles.filter((one) => !grants.some((grant) => grant.space === one.space && grant.role === one.role)).map(({ space, role }) => `${role} in ${space}`);
    await raiseInternalError(sql, ports, {
      title: 'Unknown Role Or Space In Login Policy', error: 'login policy names what does not exist', message: `login policies give what does not exist, and it was passed over: ${unknown.slice(0, 20).join(', ')}`,
      severity: 'WARNING', spaceId: ROOT_SPACE,
    });
  }
  return { admin: verdict.outcome === 'admin', teams: verdict.teams.length === 0 ? null : verdict.teams, grants };
}
