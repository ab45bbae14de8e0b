-- Managed state, resources and outputs, artifacts of runs.
create table state_workspaces (
  id text primary key,
  -- Null once the stack is deleted: the states are kept for a while longer, `abandoned_at` says since when.
  stack_id text references stacks (id) on update cascade on delete set null,
  abandoned_at timestamptz,
  name text not null,
  current_version_id text,
  -- The tool's lock document and who holds it.
  lock_info jsonb,
  lock_run_id text,
  lock_lease integer,
  lock_state_version integer,
  created_at timestamptz not null,
  unique (stack_id, name)
);

create table state_versions (
  id text primary key,
  workspace_id text not null references state_workspaces (id) on delete cascade,
  object_key text not null,
  bytes bigint not null,
  sha256 text not null,
  md5 text not null,
  serial bigint not null,
  lineage text not null,
  tool_version text,
  origin text not null check (origin in ('run', 'import', 'rollback')),
  is_deleted_marker boolean not null default false,
  run_id text,
  lease integer,
  created_by text not null,
  committed_at timestamptz not null,
  superseded_at timestamptz
);
create index state_versions_workspace on state_versions (workspace_id, id);

create table state_uploads (
  id text primary key,
  workspace_id text not null references state_workspaces (id) on delete cascade,
  run_id text,
  lease integer,
  base_version_id text,
  bytes bigint not null,
  sha256 text not null,
  md5 text not null,
  serial bigint not null,
  lineage text not null,
  tool_version text,
  lock_id text,
  object_key text not null,
  expires_at timestamptz not null,
  version_id text
);

-- A state that a person sent before importing it or creating a stack with it.
create table uploaded_states (
  id text primary key,
  actor text not null,
  object_key text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

create table entities (
  id text primary key,
  stack_id text not null references stacks (id) on update cascade on delete cascade,
  kind text not null check (kind in ('resource', 'module', 'output')),
  address text not null,
  name text not null,
  type text not null,
  parent_id text not null default '',
  provider text,
  mode text,
  tainted boolean not null default false,
  sensitive boolean not null default false,
  phantom boolean not null default false,
  -- Where the sanitized values, or an output's value, lie as a JSON string: object in `documents`, offset and length in bytes.
  values_key text,
  values_offset bigint,
  values_length bigint,
  -- Tells whether the values changed when no list of changes does.
  values_sha256 text,
  output_hash text,
  creator_run_id text,
  updater_run_id text,
  drifted_at timestamptz,
  third_party_metadata text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index entities_stack on entities (stack_id, address);

-- What a stack's list of entities shows: the run or imported version (both ULIDs), and for a run whether before or after
-- its changes. Reports arrive in any order; an older one never replaces a newer list.
create table entity_lists (
  stack_id text primary key references stacks (id) on update cascade on delete cascade,
  source_id text not null,
  phase text not null check (phase in ('none', 'plan', 'apply')),
  updated_at timestamptz not null
);

create table stack_outputs (
  stack_id text not null references stacks (id) on update cascade on delete cascade,
  name text not null,
  description text,
  sensitive boolean not null,
  -- JSON text; of a sensitive output only ciphertext (both opt-ins) or nothing.
  value text,
  ciphertext text,
  -- Object in `documents` with what is too long for a row: the value, or its ciphertext.
  object_key text,
  hash text,
  -- Set by a run that applied: only such values feed dependants.
  run_id text,
  updated_at timestamptz not null,
  primary key (stack_id, name)
);

create table artifacts (
  id text primary key,
  run_id text not null references runs (id) on delete cascade,
  lease integer not null,
  kind text not null,
  bucket text not null,
  object_key text not null,
  bytes bigint not null,
  sha256 text not null,
  created_at timestamptz not null,
  completed_at timestamptz
);
create index artifacts_run on artifacts (run_id, kind);
