-- Who is told what: webhooks and what they sent, the inbox, and what the audit trail says of a call.

-- Named webhooks, those of one stack, and the one that the audit trail goes to.
create table webhooks (
  id text primary key,
  kind text not null check (kind in ('NAMED', 'STACK', 'AUDIT')),
  -- Secrets are bound to it: an id may be used again, this is not.
  ulid text not null unique,
  name text,
  space_id text references spaces (id),
  stack_id text references stacks (id) on update cascade on delete cascade,
  endpoint text not null,
  enabled boolean not null,
  labels jsonb not null default '[]',
  retry_on_failure boolean not null default false,
  include_runs boolean not null default false,
  -- Sealed; null without one.
  secret text,
  -- Sealed: the values by name.
  headers text,
  header_names jsonb not null default '[]',
  -- Deliveries that failed since the last that did not.
  failures integer not null default 0,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index webhooks_endpoint on webhooks (stack_id, endpoint) where kind = 'STACK';
create unique index webhooks_audit on webhooks (kind) where kind = 'AUDIT';
create index webhooks_space on webhooks (space_id) where kind = 'NAMED';

-- Kept as long as the bucket keeps what was sent and answered.
create table webhook_deliveries (
  id text primary key,
  webhook_id text not null references webhooks (id) on update cascade on delete cascade,
  -- What it tells of: the same thing told twice is sent once.
  source text not null,
  event text not null,
  method text not null,
  endpoint text not null,
  run_id text,
  status text not null check (status in ('PENDING', 'DELIVERED', 'FAILED')),
  tries integer not null default 0,
  status_code integer,
  error text,
  duration_ms integer,
  created_at timestamptz not null,
  finished_at timestamptz,
  unique (webhook_id, source)
);
create index webhook_deliveries_webhook on webhook_deliveries (webhook_id, id);
create index webhook_deliveries_age on webhook_deliveries (created_at);

-- The inbox of those who administer a space.
create table notifications (
  id text primary key,
  title text not null,
  body text not null,
  severity text not null check (severity in ('INFO', 'WARNING', 'ERROR')),
  space_id text not null,
  stack_id text,
  run_id text,
  policy_id text,
  -- Equal ones within an hour are one entry, which counts them.
  fingerprint text not null,
  times integer not null default 1,
  created_at timestamptz not null,
  last_at timestamptz not null,
  read_at timestamptz,
  read_by text
);
create index notifications_fingerprint on notifications (fingerprint, last_at);
create index notifications_stack on notifications (stack_id) where stack_id is not null;
create index notifications_age on notifications (last_at);

-- Told to somebody who cannot be reached yet.
create table undelivered_notices (
  id text primary key,
  kind text not null check (kind in ('slack', 'pull_request')),
  policy_id text not null,
  run_id text,
  notice jsonb not null,
  reason text not null,
  created_at timestamptz not null
);
create index undelivered_notices_age on undelivered_notices (created_at);

-- The mutation that was called, with its arguments but for secrets, and the roles of whoever called it.
alter table audit add column mutation text;
alter table audit add column args jsonb not null default '{}';
alter table audit add column actor_roles jsonb not null default '[]';
create index audit_by_resource on audit (resource_type, resource_id);
