-- Accounts, spaces, people, keys, sessions, roles, audit.
create table installation (
  id text primary key default 'installation' check (id = 'installation'),
  key_fingerprint text not null,
  wrapped_key text not null,
  lease_holder text,
  lease_expires_at timestamptz,
  -- The certificate authority of workers; its key is encrypted.
  ca_certificate text,
  ca_key text,
  created_at timestamptz not null
);

create table accounts (
  id text primary key,
  name text not null,
  settings jsonb not null default '{}',
  created_at timestamptz not null
);

create table spaces (
  id text primary key,
  name text not null,
  description text not null default '',
  labels jsonb not null default '[]',
  parent_id text references spaces (id),
  inherit_entities boolean not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index spaces_parent on spaces (parent_id);

create table users (
  id text primary key,
  login text not null unique,
  name text not null,
  password_hash text,
  must_change_password boolean not null default false,
  is_root_admin boolean not null default false,
  -- Where the password is from: the environment's variables, or a person.
  origin text not null default 'local' check (origin in ('local', 'environment')),
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table api_keys (
  id text primary key,
  name text not null,
  description text not null default '',
  type text not null default 'SECRET',
  secret_sha256 text,
  is_root_admin boolean not null default false,
  is_machine_user boolean not null default false,
  teams jsonb not null default '[]',
  origin text not null check (origin in ('api', 'environment')),
  created_by text not null,
  created_at timestamptz not null,
  last_used_at timestamptz,
  expires_at timestamptz,
  deleted_at timestamptz
);

create table sessions (
  id text primary key,
  actor_kind text not null check (actor_kind in ('user', 'api_key')),
  actor_id text not null,
  login text not null,
  -- SHA-256 of the browser cookie, for sessions of people.
  cookie_sha256 text unique,
  created_at timestamptz not null,
  last_used_at timestamptz,
  expires_at timestamptz not null,
  ended_at timestamptz
);
create index sessions_expiry on sessions (expires_at);

-- Tries to sign in, counted per subject: `password:<address>`, `password`, `api-key:<id>`.
create table login_attempts (
  id text primary key,
  subject text not null,
  at timestamptz not null
);
create index login_attempts_subject on login_attempts (subject, at);

create table roles (
  id text primary key,
  slug text not null unique,
  name text not null,
  description text not null default '',
  actions jsonb not null,
  is_system boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table role_bindings (
  id text primary key,
  actor_type text not null check (actor_type in ('user', 'api_key', 'group', 'stack')),
  actor_id text not null,
  role_id text not null references roles (id),
  space_id text not null references spaces (id),
  created_at timestamptz not null,
  unique (actor_type, actor_id, role_id, space_id)
);

create table audit (
  id text primary key,
  action text not null,
  actor text not null,
  actor_kind text not null,
  remote_ip text,
  resource_type text not null,
  resource_id text not null,
  related_type text,
  related_id text,
  space_id text,
  body jsonb not null,
  created_at timestamptz not null
);
create index audit_by_time on audit (created_at);
