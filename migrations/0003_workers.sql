-- Worker pools, workers, assignments.
create table worker_pools (
  id text primary key,
  name text not null,
  description text not null default '',
  labels jsonb not null default '[]',
  space_id text not null references spaces (id),
  is_shared boolean not null default false,
  drift_run_limit integer not null default -1,
  certificate text not null,
  certificate_id text not null,
  spki_sha256 text not null,
  public_key text not null,
  certificate_issued_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz
);

create table workers (
  id text primary key,
  pool_id text not null references worker_pools (id),
  boot_id text not null,
  certificate_id text not null,
  drained boolean not null default false,
  -- Told to end itself once idle; gets no further run.
  cycling boolean not null default false,
  -- The run that the worker holds since its claim.
  run_id text,
  lease integer,
  metadata jsonb not null default '{}',
  launcher_version text not null,
  os text not null,
  arch text not null,
  execution text not null,
  sensitive_outputs boolean not null default false,
  -- [{kind, version}] found on the worker's PATH (process execution).
  tools jsonb not null default '[]',
  heartbeat_seq bigint not null default 0,
  last_seen_at timestamptz not null,
  -- Set by the broker's last will; cleared by any sign of life.
  will_at timestamptz,
  passed_over_until timestamptz,
  available_at timestamptz,
  created_at timestamptz not null
);
create index workers_pool on workers (pool_id);

create table assignments (
  id text primary key,
  pool_id text not null,
  run_id text not null unique,
  worker_id text not null unique,
  created_at timestamptz not null,
  expires_at timestamptz not null
);

create table worker_nonces (
  jti text primary key,
  expires_at timestamptz not null
);
create index worker_nonces_expiry on worker_nonces (expires_at);

create table idempotency_keys (
  worker_id text not null,
  key text not null,
  request_sha256 text not null,
  -- 0 while the first call with the key is still at work.
  status integer not null,
  response text not null,
  expires_at timestamptz not null,
  primary key (worker_id, key)
);
create index idempotency_keys_expiry on idempotency_keys (expires_at);
