-- Policies, where they are attached, and the evidence of what they decided.
create table policies (
  id text primary key,
  -- In the keys of samples, and as owner of flags: a slug may be used again, this is not.
  ulid text not null unique,
  name text not null unique,
  description text,
  type text not null,
  engine_type text not null check (engine_type in ('REGO_V0', 'REGO_V1')),
  space_id text not null references spaces (id),
  labels jsonb not null default '[]',
  -- Up to 48 KiB; a longer one lies in the `documents` bucket under `body_key`.
  body text,
  body_key text,
  body_sha256 text not null,
  -- Whether its inputs are kept for replays.
  keeps_inputs boolean not null default true,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index policies_type on policies (type, space_id);

create table policy_attachments (
  id text primary key,
  policy_id text not null references policies (id) on delete cascade,
  stack_id text not null references stacks (id) on update cascade on delete cascade,
  created_at timestamptz not null,
  unique (policy_id, stack_id)
);
create index policy_attachments_stack on policy_attachments (stack_id);

-- Every evaluation: with a run it is the run's receipt and lives as long, others are kept seven days.
create table policy_evaluations (
  id text primary key,
  policy_id text not null,
  policy_ulid text not null,
  policy_name text not null,
  type text not null,
  engine_type text not null,
  outcome text not null,
  messages jsonb not null default '[]',
  flags jsonb not null default '[]',
  -- Values of the type's rules; large ones lie in the `documents` bucket under `result_key`.
  result jsonb,
  result_key text,
  error text,
  body_sha256 text not null,
  input_sha256 text not null,
  -- The input lies in the `policy-inputs` bucket for seven days.
  input_kept boolean not null default false,
  -- Of the sample in the `policy-inputs` bucket, when the policy asked for one or failed.
  sample_key text unique,
  run_id text references runs (id) on delete cascade,
  state_version integer,
  stack_id text,
  repository text,
  branch text,
  pull_request_id integer,
  duration_ms integer not null,
  created_at timestamptz not null
);
create index policy_evaluations_run on policy_evaluations (run_id, id) where run_id is not null;
create index policy_evaluations_policy on policy_evaluations (policy_ulid, id);
create index policy_evaluations_stack on policy_evaluations (stack_id, id);
create index policy_evaluations_passing on policy_evaluations (created_at) where run_id is null;

-- Which policies set a flag of a run; the flag goes when none of them is left.
create table run_flag_owners (
  run_id text not null references runs (id) on delete cascade,
  flag text not null,
  policy_ulid text not null,
  primary key (run_id, flag, policy_ulid)
);

-- What the policies of a waiting run said, for the state that it waits in.
create table run_policy_checks (
  run_id text primary key references runs (id) on delete cascade,
  state_version integer not null,
  -- approved or undecided; what is rejected has failed.
  approval text not null check (approval in ('approved', 'undecided')),
  -- Undecided because policies that held the run are gone: an explicit decision of a person is due.
  orphaned boolean not null default false,
  -- Policies of the run, of either type, as they were asked: [{ulid, version}].
  asked jsonb not null default '[]',
  -- Names of policies whose approval is missing.
  missing jsonb not null default '[]',
  notes jsonb not null default '[]',
  -- Newest review that was taken into account.
  last_review text,
  checked_at timestamptz not null
);

create table policy_replays (
  id text primary key,
  policy_id text not null,
  policy_ulid text not null,
  type text not null,
  engine_type text not null,
  body_key text not null,
  since timestamptz not null,
  status text not null check (status in ('RUNNING', 'FINISHED', 'FAILED')),
  done integer not null default 0,
  total integer not null,
  -- Last evaluation that was repeated.
  last_id text not null default '',
  created_by text not null,
  created_at timestamptz not null
);
create index policy_replays_age on policy_replays (created_at);

create table policy_replay_flips (
  replay_id text not null references policy_replays (id) on delete cascade,
  evaluation_id text not null,
  input text not null,
  run_id text,
  old text not null,
  new text not null,
  primary key (replay_id, evaluation_id)
);

-- Who reviewed, as policies are told: the session and the roles that its owner held.
alter table run_reviews add column session jsonb;
alter table run_reviews add column author_roles jsonb not null default '[]';

-- What login policies gave at the sign-in: {admin, teams, grants: [{space, role, actions}]}; null where none decided.
alter table sessions add column login_result jsonb;
