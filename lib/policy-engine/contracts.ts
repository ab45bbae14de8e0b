export type RegoVersion = 'v0' | 'v1';

/** `roles` are sets of strings by key; `notices` are sets of objects of the shape that the rule's name asks for. */
export type RuleKind = 'boolean' | 'string' | 'strings' | 'notices' | 'roles';

interface Contract {
  readonly rules: Readonly<Record<string, RuleKind>>;
  /** Rego of names that bodies of the type may use, beside their own. */
  readonly aliases: string;
  /** Time for one evaluation when nothing else is configured. */
  readonly deadlineMs: number;
  /** The policy may run commands on the machine it is evaluated on. */
  readonly exec?: true;
}

const FLAGS = { flag: 'strings', reset_flag: 'strings' } as const;

const resources = (name: string, ...actions: readonly string[]) =>
  `${name} contains r if {\n\tsome r in input.terraform.resource_changes\n${actions.map((action) => `\t${action}\n`).join('')}}\n`;

const PLAN_ALIASES = [
  resources('affected_resources', 'some a in r.change.actions', 'a in {"create", "update", "delete"}'),
  resources('created_resources', '"create" in r.change.actions'),
  resources('updated_resources', '"update" in r.change.actions'),
  resources('deleted_resources', '"delete" in r.change.actions'),
  resources('recreated_resources', '"create" in r.change.actions', '"delete" in r.change.actions'),
].join('');

/** What policies of each type decide, and by when. Every type has the boolean `sample` as well. */
export const CONTRACTS = {
  LOGIN: {
    rules: {
      allow: 'boolean', admin: 'boolean', deny: 'boolean', deny_admin: 'boolean',
      team: 'strings', space_read: 'strings', space_write: 'strings', space_admin: 'strings', roles: 'roles',
    },
    aliases: '',
    deadlineMs: 5_000,
  },
  ACCESS: { rules: { read: 'boolean', write: 'boolean', deny: 'boolean', deny_write: 'boolean' }, aliases: '', deadlineMs: 5_000 },
  APPROVAL: {
    rules: { approve: 'boolean', reject: 'boolean', approve_with_note: 'strings', reject_with_note: 'strings', ...FLAGS },
    aliases: '',
    deadlineMs: 5_000,
  },
  GIT_PUSH: {
    rules: {
      track: 'boolean', propose: 'boolean', ignore: 'boolean', ignore_track: 'boolean', notrigger: 'boolean', notify: 'boolean',
      prioritize: 'boolean', allow_fork: 'boolean', fail: 'boolean',
      cancel: 'strings', message: 'strings', external_dependency: 'strings', ...FLAGS,
      lock: 'string', unlock: 'string', module_version: 'string',
    },
    aliases: '',
    deadlineMs: 10_000,
  },
  INITIALIZATION: {
    rules: { deny: 'strings' },
    aliases: 'commit := input.commit\nrun := input.run\nruntime_config := input.run.runtime_config\nstack := input.stack\n',
    deadlineMs: 5_000,
  },
  PLAN: { rules: { deny: 'strings', warn: 'strings', ...FLAGS }, aliases: PLAN_ALIASES, deadlineMs: 45_000 },
  TASK: { rules: { deny: 'strings' }, aliases: 'request := input.request\nsession := input.session\nstack := input.stack\n', deadlineMs: 5_000 },
  TRIGGER: { rules: { trigger: 'strings', ...FLAGS }, aliases: '', deadlineMs: 5_000 },
  NOTIFICATION: {
    rules: { inbox: 'notices', slack: 'notices', webhook: 'notices', pull_request: 'notices' },
    aliases: '',
    deadlineMs: 10_000,
  },
  /** Evaluated on the worker, before a run's container starts. */
  WORKER_INITIALIZATION: { rules: { deny: 'strings' }, aliases: '', deadlineMs: 5_000, exec: true },
} as const satisfies Record<string, Contract>;

export type PolicyType = keyof typeof CONTRACTS;

export const POLICY_TYPES = Object.keys(CONTRACTS) as readonly PolicyType[];

export const contractOf = (type: PolicyType): Contract => CONTRACTS[type];

/** True for the name of a policy type. */
export const isPolicyType = (name: string): name is PolicyType => Object.hasOwn(CONTRACTS, name);
