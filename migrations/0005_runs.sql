-- Runs and what belongs to them.
create table runs (
  id text primary key,
  stack_id text not null references stacks (id) on update cascade on delete cascade,
  space_id text not null,
  type text not null,
  state text not null,
  state_version integer not null default 0,
  title text not null,
  branch text,
  -- {hash, message, authorName, authorLogin, timestamp, url, tag}
  commit_info jsonb not null,
  command text,
  triggered_by text,
  creator_session jsonb,
  -- [{at, kind, text, subject}]: events and decisions that led to the run, oldest first.
  causes jsonb not null default '[]',
  drift_detection boolean not null default false,
  local_workspace_id text,
  priority text not null default 'NORMAL' check (priority in ('LOW', 'NORMAL', 'HIGH')),
  targets jsonb not null default '[]',
  skip_initialization boolean not null default false,
  force_apply text,
  flags jsonb not null default '[]',
  user_metadata jsonb not null default '[]',
  environment_overrides jsonb not null default '[]',
  -- Text of the custom runtime configuration given at trigger, and the resolved snapshot.
  runtime_config_input text,
  runtime_config jsonb,
  workflow_id text not null,
  -- Of runs made by events: one run for each key, however often the event is told.
  dedup_key text,
  retry_of text,
  worker_pool_id text references worker_pools (id),
  worker_id text,
  lease integer not null default 0,
  -- INITIAL, APPLY or REPLAN: what the next or current handover does.
  phase text not null default 'INITIAL',
  attempts integer not null default 0,
  handover_at timestamptz,
  -- apply, release, finish, fail or discard, once the server has decided after planning.
  decision text,
  decision_note text,
  stop_requested_at timestamptz,
  stop_requested_by text,
  stop_note text,
  kill_requested_at timestamptz,
  waiting_reason text,
  waiting_since timestamptz,
  waiting_run_id text,
  waiting_pool_id text,
  waiting_approvals jsonb,
  -- {addCount, changeCount, deleteCount, importCount, moveCount, forgetCount, resources}
  delta jsonb,
  has_changes boolean,
  tool_kind text,
  tool_version text,
  -- Objects in `documents`: changes by phase; in `workspace`: the sealed workspace.
  changes_key text,
  apply_changes_key text,
  workspace_key text,
  workspace_sha256 text,
  workspace_bytes bigint,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  finished_at timestamptz
);
create index runs_stack on runs (stack_id, type, id);
create index runs_state on runs (state, worker_pool_id);
create index runs_open on runs (stack_id, id) where finished_at is null;
create index runs_workspace on runs (id) where workspace_key is not null;
create index runs_commit on runs (stack_id, type, (commit_info ->> 'hash'));
create unique index runs_dedup on runs (stack_id, dedup_key) where dedup_key is not null;

create table run_history (
  run_id text not null references runs (id) on delete cascade,
  state_version integer not null,
  state text not null,
  at timestamptz not null,
  username text,
  note text,
  has_logs boolean not null default false,
  terminal boolean not null default false,
  primary key (run_id, state_version)
);

create table run_comments (
  id text primary key,
  run_id text not null references runs (id) on delete cascade,
  username text not null,
  body text not null,
  created_at timestamptz not null
);
create index run_comments_run on run_comments (run_id);

create table run_reviews (
  id text primary key,
  run_id text not null references runs (id) on delete cascade,
  state text not null,
  state_version integer not null,
  author text not null,
  decision text not null,
  note text,
  created_at timestamptz not null
);
create index run_reviews_run on run_reviews (run_id);

create table local_workspaces (
  id text primary key,
  stack_id text not null references stacks (id) on update cascade on delete cascade,
  object_key text not null,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);

-- Events on a tracked branch that made no run, with the reason (runs.md §5.5); kept seven days.
create table ignored_triggers (
  id text primary key,
  stack_id text not null references stacks (id) on update cascade on delete cascade,
  commit_hash text not null,
  branch text,
  reason text not null,
  created_at timestamptz not null
);
create index ignored_triggers_stack on ignored_triggers (stack_id, created_at);
