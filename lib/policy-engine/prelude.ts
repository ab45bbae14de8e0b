import { contractOf, POLICY_TYPES, type PolicyType, type RuleKind } from './contracts.ts';

/** What the engine is told about the rules that the type predefines. */
export interface WireContract {
  readonly package: string;
  readonly imports: readonly string[];
  readonly rules: Readonly<Record<string, 'boolean' | 'string' | 'set' | 'map'>>;
}

const WIRE_KINDS = { boolean: 'boolean', string: 'string', strings: 'set', notices: 'set', roles: 'map' } as const;

// A member that never comes makes the rule an empty set; `input` has any type, so it says nothing about the members.
const DEFAULTS: Record<RuleKind, (name: string) => string> = {
  boolean: (name) => `default ${name} := false\n`,
  string: (name) => `default ${name} := ""\n`,
  strings: (name) => `${name} contains input if false\n`,
  notices: (name) => `${name} contains input if false\n`,
  roles: () => '',
};

// Version 1 yields sets of slugs, version 0 objects of `true`; a rule nobody wrote is simply not there.
const ROLES = `roles[key] := names if {
	some key, value in data.spacelift.roles
	names := slugs(value)
	count(names) > 0
}

slugs(value) := {name | some name, given in value; given == true} if is_object(value)

slugs(value) := {name | some name in value} if not is_object(value)
`;

const rulesOf = (type: PolicyType): Readonly<Record<string, RuleKind>> => ({ ...contractOf(type).rules, sample: 'boolean' });

/** The value that holds every rule of the contract; its package keeps clear of the names that bodies choose. */
export const DECISION_QUERY = 'data.windlass.decision';

function preludeOf(type: PolicyType): readonly string[] {
  const rules = Object.entries(rulesOf(type));
  const defaults = rules.map(([name, kind]) => DEFAULTS[kind](name)).join('');
  const members = rules.map(([name, kind]) => `\t"${name}": ${kind === 'roles' ? name : `data.spacelift.${name}`},\n`).join('');
  return [
    `package spacelift\n\n${defaults}\n${contractOf(type).aliases}`,
    `package windlass\n\ndecision := {\n${members}}\n${rules.some(([, kind]) => kind === 'roles') ? `\n${ROLES}` : ''}`,
  ];
}

/** What every policy of a type is compiled with. */
export interface TypeFrame {
  /** Modules beside the policy: defaults and aliases in its own package, and the decision. */
  readonly prelude: readonly string[];
  readonly contract: WireContract;
}

const frameOf = (type: PolicyType): TypeFrame => ({
  prelude: preludeOf(type),
  contract: {
    package: 'spacelift',
    imports: ['input', 'data.spacelift', 'future.keywords', 'rego.v1'],
    rules: Object.fromEntries(Object.entries(rulesOf(type)).map(([name, kind]) => [name, WIRE_KINDS[kind]])),
  },
});

export const FRAMES = Object.fromEntries(POLICY_TYPES.map((type) => [type, frameOf(type)])) as Readonly<Record<PolicyType, TypeFrame>>;
