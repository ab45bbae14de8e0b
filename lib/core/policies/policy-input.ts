import type { PolicyFault } from '../ports/policy-engine.ts';
import { invalid, unavailable } from '../shared/errors.ts';
import { ROOT_SPACE } from '../spaces/space.ts';
import type { Policy } from './policy.ts';

/** What clients send for a policy. */
export interface PolicyInput {
  readonly name: string;
  readonly body: string;
  readonly description?: string | null;
  readonly labels?: readonly string[] | null;
  readonly space?: string | null;
  /** Whether inputs are kept for replays; by default they are, and a change leaves it as it is. */
  readonly keepsInputs?: boolean | null;
}

const MAX_NAME_LENGTH = 255;
const MAX_DESCRIPTION_BYTES = 8 * 1024;

/** The fields of a policy that a person sets, checked; its text is checked by the engine. */
export function policyFields(input: PolicyInput): Pick<Policy, 'name' | 'description' | 'labels'> {
  const name = input.name.trim();
  if (name === '') throw invalid('a policy needs a name', { field: 'name' });
  if (name.length > MAX_NAME_LENGTH) throw invalid(`the name of a policy has at most ${MAX_NAME_LENGTH} characters`, { field: 'name' });
  if (input.body.trim() === '') throw invalid('a policy needs a body: Rego in the package spacelift', { field: 'body' });
  const description = input.description ?? null;
  if (description !== null && Buffer.byteLength(description) > MAX_DESCRIPTION_BYTES) throw invalid('the description of a policy has at most 8 KiB', { field: 'description' });
  return { name, description, labels: [...new Set(input.labels ?? [])] };
}

/** Who may sign in is decided for the whole account. */
export function requireFittingSpace(type: Policy['type'], spaceId: string): void {
  if (type === 'LOGIN' && spaceId !== ROOT_SPACE) throw invalid('a login policy lies in the root space', { field: 'space', space: spaceId });
}

const SHOWN = 20;

/** Why a text is not saved: each fault with its place, or that nobody can tell. */
export function refusedBody(faults: readonly PolicyFault[]): Error {
  const broken = faults.find(({ kind }) => kind === 'internal');
  if (broken !== undefined) return unavailable(`the policy cannot be checked, so it is not saved: ${broken.message}`);
  const lines = faults.slice(0, SHOWN).map(({ kind, message, line, column }) => `${line === undefined ? '' : `line ${line}, column ${column ?? 1}: `}${message}${line === undefined ? ` (${kind})` : ''}`);
  return invalid(`the policy cannot be saved: ${lines.join('; ')}`, {
    field: 'body',
    errors: faults.slice(0, SHOWN).map(({ kind, message, line, column }) => ({ kind, message, line: line ?? null, column: column ?? null })),
  });
}
