import { type CONTRACTS, contractOf, type PolicyType, type RuleKind } from './contracts.ts';
import { parseExactJson } from './exact-json.ts';
import { faultOfNotice, type Notice } from './notices.ts';

interface ValueOf {
  readonly boolean: boolean;
  readonly string: string;
  readonly strings: readonly string[];
  readonly notices: readonly Notice[];
  readonly roles: Readonly<Record<string, readonly string[]>>;
}

type Rules<T extends PolicyType> = (typeof CONTRACTS)[T]['rules'];

/** Every rule of the type's contract, with its default where the policy says nothing. Sets are sorted lists. */
export type Decision<T extends PolicyType = PolicyType> = {
  readonly [R in keyof Rules<T>]: Rules<T>[R] extends RuleKind ? ValueOf[Rules<T>[R]] : never;
} & { readonly sample: boolean };

export interface ReadDecision<T extends PolicyType> {
  readonly decision: Decision<T>;
  /** What was left out of the sets, and why; without the values, which may be anything. */
  readonly malformed: readonly string[];
}

/** Takes a result strictly: a boolean counts only when it is true, and members of another kind are left out. */
export function readDecision<T extends PolicyType>(type: T, json: string): ReadDecision<T> {
  const result = parseExactJson(json) as Readonly<Record<string, unknown>>;
  const malformed: string[] = [];
  const rules: readonly (readonly [string, RuleKind])[] = [...Object.entries(contractOf(type).rules), ['sample', 'boolean']];
  const decision = Object.fromEntries(rules.map(([name, kind]) => [name, read(name, kind, result[name], malformed)]));
  return { decision: decision as Decision<T>, malformed };
}

function read(name: string, kind: RuleKind, value: unknown, malformed: string[]): unknown {
  switch (kind) {
    case 'boolean':
      return value === true;
    case 'string':
      return typeof value === 'string' ? value : '';
    case 'strings':
      return stringsOf(value);
    case 'roles':
      return rolesOf(value);
    case 'notices':
      return listOf(value).filter((member) => {
        const fault = faultOfNotice(name, member);
        if (fault) malformed.push(`${name}: ${fault}`);
        return !fault;
      });
  }
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const stringsOf = (value: unknown): readonly string[] => listOf(value).filter((member) => typeof member === 'string');

function rolesOf(value: unknown): Readonly<Record<string, readonly string[]>> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([key, names]) => [key, stringsOf(names)] as const).filter(([, names]) => names.length > 0));
}
