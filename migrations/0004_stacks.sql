-- Stacks, contexts, configuration.
create table stacks (
  id text primary key,
  name text not null unique,
  description text,
  labels jsonb not null default '[]',
  space_id text not null references spaces (id),
  provider text not null,
  namespace text not null default '',
  repository text not null,
  repository_url text,
  branch text not null,
  project_root text,
  additional_project_globs jsonb not null default '[]',
  git_sparse_checkout_paths jsonb not null default '[]',
  vcs_integration_id text,
  worker_pool_id text references worker_pools (id),
  runner_image text,
  administrative boolean not null default false,
  autodeploy boolean not null default false,
  autoretry boolean not null default false,
  github_action_deploy boolean not null default true,
  local_preview_enabled boolean not null default false,
  well_known_secret_masking boolean not null default false,
  sensitive_output_upload boolean not null default true,
  protect_from_deletion boolean not null default false,
  hooks jsonb not null default '{}',
  vendor_config jsonb not null,
  manage_state boolean not null default true,
  is_disabled boolean not null default false,
  deleting boolean not null default false,
  -- Of what is being deleted: whether its resources are destroyed first, and who asked.
  deletion_destroys boolean,
  deletion_by text,
  locked_by text,
  locked_at timestamptz,
  lock_note text,
  tracked_commit jsonb,
  tracked_commit_set_by text,
  branch_head jsonb,
  last_applied_version text,
  last_apply_at timestamptz,
  git_hook_token text not null unique,
  -- The blocking run past QUEUED and not ended: the stack's only slot, taken by compare-and-set.
  blocker_run_id text,
  state text not null default 'NONE',
  state_set_at timestamptz,
  state_set_by text,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index stacks_repository on stacks (repository_url);
create index stacks_space on stacks (space_id);

create table stack_stars (
  login text not null,
  stack_id text not null references stacks (id) on update cascade on delete cascade,
  primary key (login, stack_id)
);

create table contexts (
  id text primary key,
  name text not null,
  description text,
  labels jsonb not null default '[]',
  space_id text not null references spaces (id),
  hooks jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table context_attachments (
  id text primary key,
  context_id text not null references contexts (id) on delete cascade,
  stack_id text not null references stacks (id) on update cascade on delete cascade,
  priority integer not null default 0,
  created_at timestamptz not null,
  unique (context_id, stack_id)
);
create index context_attachments_stack on context_attachments (stack_id);

create table config_elements (
  id text primary key,
  owner_type text not null check (owner_type in ('stack', 'context')),
  owner_id text not null,
  name text not null,
  type text not null check (type in ('ENVIRONMENT_VARIABLE', 'FILE_MOUNT')),
  description text,
  -- Encrypted, all of them; over 40 KiB the ciphertext lies in the `documents` bucket under `object_key`.
  ciphertext text,
  object_key text,
  write_only boolean not null,
  checksum text not null,
  file_mode text,
  created_at timestamptz not null,
  unique (owner_type, owner_id, name)
);

-- Objects of stacks that are gone, to be deleted from then on.
create table unused_objects (
  bucket text not null,
  object_key text not null,
  due_at timestamptz not null,
  primary key (bucket, object_key)
);
create index unused_objects_due on unused_objects (due_at);
