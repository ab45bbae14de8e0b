-- What the server last saw of each repository: branch name → commit hash.
create table git_repositories (
  url text primary key,
  heads jsonb not null default '{}',
  heads_version integer not null default 0,
  polled_at timestamptz,
  error text,
  created_at timestamptz not null
);
