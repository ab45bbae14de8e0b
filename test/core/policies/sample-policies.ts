import type { PolicyType } from '../../../lib/policy-engine/contracts.ts';

export interface Sample {
  readonly name: string;
  readonly type: PolicyType;
  readonly version: 'v0' | 'v1';
  readonly rego: string;
  /** JSON text. */
  readonly input: string;
  /** Part of the decision; sets as lists, in any order. */
  readonly expect: Readonly<Record<string, unknown>>;
}

/** Two policies of each type as people write them, with what they say about an input. */
export const SAMPLES: readonly Sample[] = [
  {
    name: 'LOGIN 1', type: 'LOGIN', version: 'v1',
    rego: [
      'allow if input.session.member',
      'deny_admin if not net.cidr_contains("10.20.0.0/16", input.request.remote_ip)',
      'admin if "Platform" in input.session.teams',
      'roles[s.id] contains "space-writer" if {',
      '  some s in input.spaces',
      '  "payments" in s.labels',
      '}',
    ].join('\n'),
    input: '{"request":{"remote_ip":"10.9.0.4","timestamp_ns":1700000000000000000},"session":{"login":"kim","member":true,"teams":["Platform"]},"spaces":[{"id":"root","name":"root","labels":[]},{"id":"pay-01","name":"Pay","labels":["payments"]}]}',
    expect: {
      allow: true,
      admin: true,
      deny: false,
      deny_admin: true,
      roles: { 'pay-01': ['space-writer'] },
    },
  },
  {
    name: 'LOGIN 2', type: 'LOGIN', version: 'v0',
    rego: [
      'allow { endswith(input.session.login, "@acme.io") }',
      'deny { input.session.machine; not startswith(input.session.login, "api::01H") }',
      'team[t] { t := input.session.teams[_]; t != "everyone" }',
      'team["oncall"] { input.session.login == "zed@acme.io" }',
      'roles["ops-01"]["space-reader"] { team["oncall"] }',
    ].join('\n'),
    input: JSON.stringify({
      session: { login: 'zed@acme.io', machine: false, member: true, teams: ['everyone', 'db'] },
      spaces: [],
    }),
    expect: {
      allow: true,
      deny: false,
      team: ['db', 'oncall'],
      roles: { 'ops-01': ['space-reader'] },
    },
  },
  {
    name: 'ACCESS 1', type: 'ACCESS', version: 'v0',
    rego: [
      'write { input.session.teams[_] == "db" }',
      'read { true }',
      'deny_write { input.stack.labels[_] == "frozen" }',
    ].join('\n'),
    input: JSON.stringify({
      session: { login: 'kim', teams: ['db'], admin: false },
      stack: { id: 's1', labels: ['frozen'] },
    }),
    expect: {
      write: true,
      read: true,
      deny_write: true,
      deny: false,
    },
  },
  {
    name: 'ACCESS 2', type: 'ACCESS', version: 'v1',
    rego: [
      'write if input.module.terraform_provider == "aws"',
      'deny if input.session.machine',
    ].join('\n'),
    input: JSON.stringify({
      session: { login: 'api::01H', machine: true, teams: [] },
      module: { id: 'm1', labels: [], terraform_provider: 'aws' },
    }),
    expect: {
      write: true,
      deny: true,
    },
  },
  {
    name: 'APPROVAL 1', type: 'APPROVAL', version: 'v1',
    rego: [
      'owner := input.run.creator_session.login',
      'others := {a.author | some a in input.reviews.current.approvals; a.author != owner}',
      'approve if input.run.state == "QUEUED"',
      'approve if count(others) >= 1',
      'reject_with_note contains sprintf("vetoed by %s", [r.author]) if some r in input.reviews.current.rejections',
      'flag contains "self-approved" if {',
      '  some a in input.reviews.current.approvals',
      '  a.author == owner',
      '}',
    ].join('\n'),
    input: JSON.stringify({
      run: { state: 'UNCONFIRMED', creator_session: { login: 'kim' } },
      reviews: { current: { approvals: [{ author: 'kim', state: 'UNCONFIRMED' }], rejections: [] } },
    }),
    expect: {
      approve: false,
      reject: false,
      reject_with_note: [],
      flag: ['self-approved'],
    },
  },
  {
    name: 'APPROVAL 2', type: 'APPROVAL', version: 'v0',
    rego: [
      'approve { input.run.type != "TASK" }',
      'approve_with_note["read-only task"] { re_match("^terraform (show|output)( |$)", input.run.command) }',
      'reject { count(input.reviews.current.rejections) > 0 }',
    ].join('\n'),
    input: JSON.stringify({
      run: { id: '01R', state: 'QUEUED', type: 'TASK', command: 'terraform output -json' },
      reviews: { current: { approvals: [], rejections: [{ author: 'zed' }] } },
    }),
    expect: {
      approve: false,
      approve_with_note: ['read-only task'],
      reject: true,
    },
  },
  {
    name: 'GIT_PUSH 1', type: 'GIT_PUSH', version: 'v1',
    rego: [
      'hit if { some f in input.push.affected_files; glob.match("envs/{dev,prod}/**", ["/"], f) }',
      'track if { hit; input.push.branch == input.stack.branch }',
      'propose if hit',
      'ignore_track if "no-deploy" in input.stack.labels',
      'cancel contains r.id if { some r in input.in_progress; r.state == "QUEUED" }',
      'external_dependency contains sprintf("%s-image", [input.push.hash]) if hit',
    ].join('\n'),
    input: JSON.stringify({
      in_progress: [{ id: '01A', state: 'QUEUED', type: 'PROPOSED' }, { id: '01B', state: 'UNCONFIRMED', type: 'TRACKED' }],
      pull_request: null,
      push: { affected_files: ['envs/prod/eu/a.tf'], branch: 'main', hash: 'c0ffee', tag: '' },
      stack: { id: 's1', branch: 'main', labels: ['no-deploy'] },
    }),
    expect: {
      track: true,
      ignore_track: true,
      propose: true,
      ignore: false,
      cancel: ['01A'],
      external_dependency: ['c0ffee-image'],
    },
  },
  {
    name: 'GIT_PUSH 2', type: 'GIT_PUSH', version: 'v0',
    rego: [
      'key = sprintf("pr-%d", [input.pull_request.id])',
      'propose { input.pull_request.action == "synchronize" }',
      'lock = key { input.pull_request.action == "synchronize" }',
      'unlock = key { input.pull_request.action == "closed" }',
      'ignore { input.pull_request.draft }',
      'message["draft, not previewed"] { input.pull_request.draft }',
      'fail { input.pull_request.draft }',
    ].join('\n'),
    input: JSON.stringify({
      in_progress: [],
      pull_request: { id: 12, action: 'synchronize', draft: true },
      push: { branch: 'f', tag: '' },
      stack: { id: 's1', branch: 'main' },
    }),
    expect: {
      propose: true,
      ignore: true,
      fail: true,
      message: ['draft, not previewed'],
      lock: 'pr-12',
      unlock: '',
    },
  },
  {
    name: 'INITIALIZATION 1', type: 'INITIALIZATION', version: 'v0',
    rego: [
      'deny[sprintf("hook %d uses curl", [i])] {',
      '  c := runtime_config.before_init[i]',
      '  contains(c, "curl ")',
      '}',
    ].join('\n'),
    input: JSON.stringify({
      commit: { branch: 'f' },
      run: { type: 'PROPOSED', runtime_config: { before_init: ['ls', 'curl http://x | sh'] } },
      stack: { id: 's1' },
    }),
    expect: {
      deny: ['hook 1 uses curl'],
    },
  },
  {
    name: 'INITIALIZATION 2', type: 'INITIALIZATION', version: 'v1',
    rego: [
      'deny contains "unsigned commit message" if not contains(commit.message, "Signed-off-by:")',
    ].join('\n'),
    input: JSON.stringify({
      commit: { message: 'x\n\nSigned-off-by: Kim' },
      run: { type: 'TRACKED' },
      stack: { id: 's1' },
    }),
    expect: {
      deny: [],
    },
  },
  {
    name: 'PLAN 1', type: 'PLAN', version: 'v1',
    rego: [
      'deny contains msg if {',
      '  some r in deleted_resources',
      '  not r in recreated_resources',
      '  r.type == "aws_db_instance"',
      '  msg := sprintf("%s would be destroyed", [r.address])',
      '}',
      'warn contains sprintf("%d resources affected", [n]) if {',
      '  n := count(affected_resources)',
      '  n > 1',
      '}',
      'flag contains "touches-db" if { some r in affected_resources; r.type == "aws_db_instance" }',
    ].join('\n'),
    input: JSON.stringify({
      spacelift: { run: { type: 'TRACKED' }, stack: { autodeploy: true } },
      terraform: {
        resource_changes: [
          { address: 'aws_db_instance.a', type: 'aws_db_instance', change: { actions: ['delete', 'create'] } },
          { address: 'aws_db_instance.b', type: 'aws_db_instance', change: { actions: ['delete'] } },
          { address: 'null_resource.c', type: 'null_resource', change: { actions: ['no-op'] } },
        ],
      },
    }),
    expect: {
      deny: ['aws_db_instance.b would be destroyed'],
      warn: ['2 resources affected'],
      flag: ['touches-db'],
    },
  },
  {
    name: 'PLAN 2', type: 'PLAN', version: 'v0',
    rego: [
      'warn["root password changed"] {',
      '  r := input.terraform.resource_changes[_]',
      '  r.change.actions[_] == "update"',
      '  r.change.after.username == sanitized("root")',
      '}',
      'reset_flag["touches-db"] { count(affected_resources) == 0 }',
    ].join('\n'),
    input: JSON.stringify({
      spacelift: { run: { type: 'TRACKED' }, stack: { autodeploy: true } },
      terraform: {
        resource_changes: [{ address: 'aws_db_instance.a', type: 'aws_db_instance', change: { actions: ['update'], after: { username: '737677b2' } } }],
      },
    }),
    expect: {
      warn: ['root password changed'],
      deny: [],
      reset_flag: [],
    },
  },
  {
    name: 'TASK 1', type: 'TASK', version: 'v0',
    rego: [
      'deny["no state surgery on Fridays"] {',
      '  startswith(request.command, "terraform state ")',
      '  time.weekday(request.timestamp_ns) == "Friday"',
      '}',
    ].join('\n'),
    input: '{"request":{"command":"terraform state rm aws_x.y","remote_ip":"1.2.3.4","timestamp_ns":1700215200000000000},"session":{"login":"kim","admin":true},"stack":{"id":"s1"}}',
    expect: {
      deny: ['no state surgery on Fridays'],
    },
  },
  {
    name: 'TASK 2', type: 'TASK', version: 'v1',
    rego: [
      'deny contains sprintf("%s may not run tasks on %s", [session.login, stack.id]) if not "ops" in session.teams',
    ].join('\n'),
    input: JSON.stringify({
      request: { command: 'ls' },
      session: { login: 'kim', teams: ['ops'] },
      stack: { id: 's1' },
    }),
    expect: {
      deny: [],
    },
  },
  {
    name: 'TRIGGER 1', type: 'TRIGGER', version: 'v0',
    rego: [
      'done[w.stack_id] { w := input.workflow[_]; w.state == "FINISHED" }',
      'trigger[s.id] {',
      '  input.run.state == "FINISHED"',
      '  s := input.stacks[_]',
      '  needs := {n | l := s.labels[_]; startswith(l, "after:"); n := trim_prefix(l, "after:")}',
      '  needs[input.stack.id]',
      '  count(needs - done) == 0',
      '}',
    ].join('\n'),
    input: JSON.stringify({
      run: { state: 'FINISHED', type: 'TRACKED', flags: [] },
      stack: { id: 'vpc' },
      stacks: [{ id: 'app', labels: ['after:vpc', 'after:db'] }, { id: 'dns', labels: ['after:vpc'] }],
      workflow: [{ id: '01A', stack_id: 'vpc', state: 'FINISHED' }, { id: '01B', stack_id: 'db', state: 'APPLYING' }],
    }),
    expect: {
      trigger: ['dns'],
    },
  },
  {
    name: 'TRIGGER 2', type: 'TRIGGER', version: 'v1',
    rego: [
      'trigger contains s.id if {',
      '  some s in input.stacks',
      '  s.queued_runs == 0',
      '  semver.compare(input.module.current_version, "2.0.0") < 0',
      '}',
    ].join('\n'),
    input: JSON.stringify({
      module: { id: 'net', current_version: '1.10.0', labels: [] },
      stacks: [{ id: 'a', queued_runs: 0 }, { id: 'b', queued_runs: 3 }],
    }),
    expect: {
      trigger: ['a'],
    },
  },
  {
    name: 'NOTIFICATION 1', type: 'NOTIFICATION', version: 'v1',
    rego: [
      'run := input.run_updated.run',
      'slack contains {"channel_id": "C1", "message": sprintf("%s: %s", [input.run_updated.stack.name, run.state]), "thread_key": run.id} if run.state in {"FAILED", "FINISHED"}',
      'webhook contains {"endpoint_id": e.id, "method": "PUT", "headers": {"x-stack": input.run_updated.stack.id}, "payload": {"log": "spacelift::logs::planning"}} if {',
      '  some e in input.webhook_endpoints',
      '  "runs" in e.labels',
      '  run.state == "FAILED"',
      '}',
    ].join('\n'),
    input: JSON.stringify({
      account: { name: 'acme' },
      webhook_endpoints: [{ id: 'hook-1', labels: ['runs'] }, { id: 'hook-2', labels: [] }],
      run_updated: { state: 'FAILED', run: { id: '01R', state: 'FAILED', type: 'TRACKED' }, stack: { id: 's1', name: 'Net' } },
    }),
    expect: {
      slack: [{ channel_id: 'C1', message: 'Net: FAILED', thread_key: '01R' }],
      webhook: [{ endpoint_id: 'hook-1', headers: { 'x-stack': 's1' }, method: 'PUT', payload: { log: 'spacelift::logs::planning' } }],
      inbox: [],
      pull_request: [],
    },
  },
  {
    name: 'NOTIFICATION 2', type: 'NOTIFICATION', version: 'v0',
    rego: [
      'inbox[{"title": "Platform error", "body": e.message, "severity": "WARNING"}] {',
      '  e := input.internal_error',
      '  e.severity == "ERROR"',
      '}',
      'pull_request[{"commit": r.commit.hash, "body": "done", "deduplication_key": input.run_updated.stack.id}] {',
      '  r := input.run_updated.run',
      '}',
    ].join('\n'),
    input: JSON.stringify({
      account: { name: 'acme' },
      webhook_endpoints: [],
      internal_error: { error: 'policy triggered for Stack that doesn\'t exist', message: 'no stack x', severity: 'ERROR' },
    }),
    expect: {
      inbox: [{ body: 'no stack x', severity: 'WARNING', title: 'Platform error' }],
      pull_request: [],
    },
  },
  {
    name: 'WORKER_INITIALIZATION 1', type: 'WORKER_INITIALIZATION', version: 'v0',
    rego: [
      'env := input.static_run_environment',
      'deny["writes only from main"] { env.run_type == "TRACKED"; env.commit_branch != "main" }',
    ].join('\n'),
    input: JSON.stringify({
      run: { id: '01R' },
      static_run_environment: { run_type: 'TRACKED', commit_branch: 'hotfix' },
    }),
    expect: {
      deny: ['writes only from main'],
    },
  },
  {
    name: 'WORKER_INITIALIZATION 2', type: 'WORKER_INITIALIZATION', version: 'v0',
    rego: [
      'deny["no signature"] { count(input.run.user_provided_metadata) == 0 }',
      'sample { true }',
    ].join('\n'),
    input: JSON.stringify({
      run: { id: '01R', user_provided_metadata: ['sig:abc'] },
      static_run_environment: { run_type: 'TRACKED' },
    }),
    expect: {
      deny: [],
      sample: true,
    },
  },
];
