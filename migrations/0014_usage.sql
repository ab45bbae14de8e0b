-- What the installation was used for: a row for each day that is over. The report itself is an object that lives as long as its row.
create table usage_reports (
  -- The day, in UTC: 2026-01-31.
  period text primary key,
  object_key text not null,
  -- How long workers worked on runs, on pools of their own and on the shared one.
  private_ms bigint not null,
  public_ms bigint not null,
  -- KEPT where nothing is to be sent.
  status text not null check (status in ('KEPT', 'PENDING', 'SENT', 'FAILED')),
  tries integer not null default 0,
  error text,
  created_at timestamptz not null,
  sent_at timestamptz
);

-- Workers that were there, counted once an hour. An hour without a row is one without workers. Pools that are gone keep their rows.
create table worker_counts (
  at timestamptz not null,
  pool_id text not null,
  pool_name text not null,
  is_public boolean not null,
  workers integer not null,
  primary key (at, pool_id)
);

-- The states of runs in which a worker had them, of stacks that are gone.
create table gone_run_states (
  run_id text not null,
  state_version integer not null,
  state text not null,
  at timestamptz not null,
  until timestamptz not null,
  run_type text not null,
  stack_id text not null,
  stack_name text not null,
  pool_id text,
  pool_name text,
  is_public boolean not null,
  primary key (run_id, state_version)
);
create index gone_run_states_until on gone_run_states (until);

-- Runs that ended in a period are found by it.
create index runs_finished on runs (finished_at) where finished_at is not null;

-- Releases as their publishers list them.
create table tool_releases (
  kind text primary key check (kind in ('TERRAFORM_FOSS', 'OPEN_TOFU')),
  versions jsonb not null,
  -- Where the list is from; another address makes its tag worthless.
  url text not null,
  etag text,
  fetched_at timestamptz not null,
  checked_at timestamptz not null
);
